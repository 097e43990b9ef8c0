use super::*;

const TOWN: Settings = Settings { weight: 200, cap: 2_000 };

fn sheet(scorer: u32, total: i64) -> Sheet {
    let each = total / 5;
    Sheet { scorer: Some(scorer), parts: [each, each, each, each, total - each * 4].map(Some) }
}

fn house(totals: &[i64]) -> House {
    House {
        excluded: Vec::new(),
        sheets: (1..).zip(totals).map(|(scorer, total)| sheet(scorer, *total)).collect(),
    }
}

#[test]
fn conversion_rounds_half_up_and_is_capped() {
    for (raw, points) in [
        (9250, 1850),
        (8875, 1775),
        (10000, 2000),
        (4999, 1000),
        (5005, 1001),
        (0, 0),
        (5002, 1000),
    ] {
        assert_eq!(convert(raw, TOWN), points, "{raw}");
    }
    assert_eq!(convert(9600, Settings { weight: 125, cap: 1000 }), 1000);
    assert_eq!(convert(10000, Settings { weight: 201, cap: 2000 }), 2000);
}

#[test]
fn extremes_are_dropped_only_from_five_sheets_on() {
    assert_eq!(raw(&house(&[9000, 6000, 8000, 7000])), Ok((7500, 4)));
    assert_eq!(raw(&house(&[9000, 1000, 8000, 7000, 6000])), Ok((7000, 3)));
    // Only one of several equal extremes is dropped.
    assert_eq!(raw(&house(&[9000, 9000, 9000, 0, 0])), Ok((6000, 3)));
    assert_eq!(raw(&house(&[100, 100, 101])), Ok((100, 3)));
    assert_eq!(raw(&house(&[100, 101, 101])), Ok((101, 3)));
}

#[test]
fn kin_are_removed_before_trimming() {
    let mut own = house(&[9000, 1000, 8000, 7000, 6000]);
    own.excluded = vec![1];
    assert_eq!(raw(&own), Ok((5500, 4)), "four remain, so nothing is trimmed");
    own.excluded = vec![1, 2, 3];
    assert_eq!(raw(&own), Err(Invalid::TooFew { left: 2 }));
    own.excluded = vec![99];
    assert_eq!(raw(&own), Ok((7000, 3)));
}

#[test]
fn sheets_that_cannot_count_make_the_round_invalid() {
    let good = house(&[5000, 6000, 7000]);
    for (spoil, want) in [
        (Sheet { scorer: None, ..sheet(9, 5000) }, Invalid::Unsigned),
        (sheet(1, 5000), Invalid::Twice),
        (
            Sheet { parts: [Some(1), None, Some(1), Some(1), Some(1)], ..sheet(9, 0) },
            Invalid::Blank,
        ),
        (
            Sheet { parts: [Some(2001), Some(0), Some(0), Some(0), Some(0)], ..sheet(9, 0) },
            Invalid::OutOfRange,
        ),
        (
            Sheet { parts: [Some(-1), Some(0), Some(0), Some(0), Some(0)], ..sheet(9, 0) },
            Invalid::OutOfRange,
        ),
    ] {
        let mut spoiled = good.clone();
        spoiled.sheets.push(spoil);
        assert_eq!(raw(&spoiled), Err(want));
    }
    assert_eq!(raw(&House::default()), Err(Invalid::TooFew { left: 0 }));
}

#[test]
fn bands_hold_ten_forty_and_eighty_per_cent() {
    let counts = |houses: i64| {
        let mut counts = [0; 4];
        (1..=houses).for_each(|rank| counts[stars(rank, houses) as usize] += 1);
        counts
    };
    assert_eq!(counts(10), [2, 4, 3, 1]);
    assert_eq!(counts(300), [60, 120, 90, 30]);
    assert_eq!(counts(9), [2, 4, 3, 0], "a tenth of nine houses is no whole house");
}

#[test]
fn ties_share_the_better_band_and_invalid_houses_do_not_count() {
    // Ten valid houses; the two best are equal, so both have three stars and the next is third.
    let mut houses: Vec<House> = (0..8).map(|n| house(&[5000 - n * 100; 3])).collect();
    houses.push(house(&[9000; 3]));
    houses.push(house(&[9000; 3]));
    houses.push(House::default());
    let results = settle(TOWN, &houses);
    let best = Outcome { raw: 9000, rank: 1, stars: 3, points: 1800, counted: 3 };
    assert_eq!(results[8], Ok(best));
    assert_eq!(results[9], Ok(best));
    assert_eq!(results[0].map(|r| (r.rank, r.stars)), Ok((3, 2)));
    assert_eq!(results[10], Err(Invalid::TooFew { left: 0 }));
}

#[test]
fn the_order_of_houses_and_sheets_changes_nothing() {
    let mut houses: Vec<House> = (0..40)
        .map(|n: i64| house(&[n * 37 % 50 * 200, n * 91 % 50 * 200, 7000, 6500, n * 13 % 50 * 200]))
        .collect();
    let before = settle(TOWN, &houses);
    houses.iter_mut().for_each(|house| house.sheets.reverse());
    houses.reverse();
    let mut after = settle(TOWN, &houses);
    after.reverse();
    assert_eq!(before, after);
}
