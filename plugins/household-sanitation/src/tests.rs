use xiangyue_sdk::testing;

use super::*;

#[test]
fn sheets_become_claims_and_kin_do_not_count() {
    let parts = |each: i64| PARTS.map(|part| (part.name, each));
    let mut population =
        testing::population(20_500).setting("w", 200).setting("cap", 2_000).row(&[7]);
    for scorer in [7, 8, 9, 10] {
        population = population.event(
            "sheet",
            20_499,
            Some(scorer),
            &parts(if scorer == 7 { 2_000 } else { 1_850 }),
        );
    }
    population = population.row(&[8]).event("sheet", 20_499, Some(8), &parts(2_000));
    let settlement = testing::settle::<HouseholdSanitation>(&population.build()).unwrap();
    let [(0, claim)] = settlement.claims() else { panic!("{settlement:?}") };
    assert_eq!(
        (claim.points(), claim.get("raw"), claim.get("rank"), claim.get("sheets")),
        (1850, Some(9250), Some(1), Some(3))
    );
    let [(1, refusal)] = settlement.refused() else { panic!("{settlement:?}") };
    assert_eq!(refusal.code(), "TOO_FEW_SHEETS");
}

#[test]
fn a_missing_setting_is_a_refusal() {
    let population = testing::population(1).setting("w", 200).build();
    assert_eq!(testing::settle::<HouseholdSanitation>(&population).unwrap_err().code(), "MISSING");
}
