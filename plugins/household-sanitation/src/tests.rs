use xiangyue_sdk::testing;

use super::*;

#[test]
fn sheets_become_claims_and_kin_do_not_count() {
    let parts = |each: i64| PARTS_OF_A_SHEET.map(|part| (part, each));
    let mut population = testing::population(&ROUND, 20_500)
        .setting(WEIGHT, 200)
        .setting(CAP, 2_000)
        .row()
        .excluded(&[7]);
    for scorer in [7, 8, 9, 10] {
        let each = if scorer == 7 { 2_000 } else { 1_850 };
        population = population.event(SHEET, 20_499, &parts(each)).by(scorer);
    }
    population = population.row().excluded(&[8]).event(SHEET, 20_499, &parts(2_000)).by(8);
    let settled = testing::settle::<HouseholdSanitation>(&population.build()).unwrap();
    let [Ok(claims), Err("TOO_FEW_SHEETS")] = &settled[..] else { panic!("{settled:?}") };
    let [claim] = &claims[..] else { panic!("{claims:?}") };
    assert_eq!(
        (claim.points, claim.get("raw"), claim.get("rank"), claim.get("sheets")),
        (1850, Some(9250), Some(1), Some(3))
    );
    assert_eq!(claim.events, [1, 2, 3]);
}
