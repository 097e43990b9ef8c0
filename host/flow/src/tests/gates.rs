//! Publication, questions, prices, joint supervision, splitting and ratification, step by step.

use std::collections::BTreeSet;

use model::CivilDay;

use super::scenarios::bodies;
use crate::gates::band_of;
use crate::{
    Band, Beside, Calendar, Gate, Hold, Item, Joint, LATE, Look, Organ, Price, Query, SPLIT,
    SignOff, Step, Taken,
};

fn day(text: &str) -> CivilDay {
    CivilDay::parse(text).unwrap()
}

fn step(id: &str, after: &[&str], gate: Gate) -> Step {
    let after = after.iter().map(ToString::to_string).collect();
    Step { id: id.to_owned(), title: format!("步骤{id}"), after, gate, ..Step::default() }
}

fn priced(price: Price) -> Gate {
    Gate { price: Some(price), ..Gate::default() }
}

fn taken(steps: &[(&str, &str)]) -> Vec<Taken> {
    let one =
        |(step, on): &(&str, &str)| Taken { step: (*step).to_owned(), day: day(on), record: None };
    steps.iter().map(one).collect()
}

/// Codes of all holds of a step.
fn codes(
    item: &Item,
    taken: &[Taken],
    beside: &Beside,
    today: &str,
    asked: (&str, Option<i64>, Option<&str>),
) -> Vec<&'static str> {
    let (bodies, calendar) = (bodies(), Calendar::default());
    let look =
        Look { item, taken, beside, bodies: &bodies, calendar: &calendar, today: day(today) };
    let holds = look.check(asked.0, asked.1, asked.2);
    assert!(holds.iter().all(|h| h.text().ends_with('。') && !h.help().is_empty()));
    assert!(holds.iter().all(|h| !h.english().is_empty() && h.refusal().code == h.code()));
    holds.iter().map(Hold::code).collect()
}

fn works() -> Item {
    let disclosed = Gate { discloses: true, ..Gate::default() };
    let tender = Gate { needs_review: true, ..Gate::default() };
    let mut contract = step("CTR", &["NOT"], priced(Price::AtMost));
    contract.after_stay = vec!["PUB".to_owned()];
    let mut publication = step("PUB", &["A"], Gate::default());
    publication.stay_days = 3;
    let steps = vec![
        step("A", &[], disclosed),
        publication,
        step("VAL", &["A"], priced(Price::Review)),
        step("NOT", &["A"], tender),
        contract,
    ];
    Item { id: "P03".to_owned(), steps, ..Item::default() }
}

#[test]
fn a_stage_waits_for_the_publication_of_the_one_before() {
    let (item, done) = (works(), taken(&[("A", "2026-03-01")]));
    let mut beside = Beside::default();
    let ask = |beside: &Beside| codes(&item, &done, beside, "2026-03-02", ("VAL", Some(1), None));
    assert_eq!(ask(&beside), ["STAGE_UNPUBLISHED"]);
    beside.published.insert("A".to_owned());
    assert_eq!(ask(&beside), Vec::<&str>::new());
}

#[test]
fn a_question_stops_everything_and_an_objection_what_waits_for_the_publication() {
    let item = works();
    let done = taken(&[("A", "2026-03-01"), ("PUB", "2026-03-01"), ("VAL", "2026-03-01")]);
    let mut beside = Beside { published: BTreeSet::from(["A".to_owned()]), ..Beside::default() };
    beside.prices.insert("VAL".to_owned(), 100);
    let query = |step: Option<&str>, answered| Query {
        number: 1,
        step: step.map(str::to_owned),
        day: day("2026-03-02"),
        answered,
    };
    let on = |beside: &Beside, step, cents| {
        codes(&item, &done, beside, "2026-03-10", (step, cents, None))
    };
    beside.queries = vec![query(None, false)];
    assert_eq!(on(&beside, "NOT", None), ["QUESTION_OPEN"]);
    beside.queries = vec![query(None, true)];
    assert!(on(&beside, "NOT", None).is_empty());
    beside.queries = vec![query(Some("PUB"), false)];
    assert!(on(&beside, "NOT", None).is_empty(), "the notice does not wait for that publication");
    assert_eq!(on(&beside, "CTR", Some(100)), ["OBJECTION_OPEN"]);
    beside.queries = vec![query(Some("PUB"), true)];
    assert!(on(&beside, "CTR", Some(100)).is_empty());
}

#[test]
fn a_price_is_reviewed_before_the_tender_and_binds_the_contract() {
    let item = works();
    let done = taken(&[("A", "2026-03-01")]);
    let mut beside = Beside { published: BTreeSet::from(["A".to_owned()]), ..Beside::default() };
    let on = |beside: &Beside, step, cents| {
        codes(&item, &done, beside, "2026-03-10", (step, cents, None))
    };
    assert_eq!(on(&beside, "NOT", None), ["NO_PRICE_REVIEW"]);
    assert_eq!(on(&beside, "VAL", None), ["PRICE_MISSING"]);
    assert_eq!(on(&beside, "CTR", Some(1)), ["PRICE_ABOVE_CEILING"], "nothing was reviewed");
    beside.prices.insert("VAL".to_owned(), 50_000_000);
    assert_eq!(on(&beside, "NOT", Some(1)), ["PRICE_NOT_ASKED"]);
    assert!(on(&beside, "NOT", None).is_empty());
    assert!(on(&beside, "CTR", Some(50_000_000)).is_empty());
    assert_eq!(on(&beside, "CTR", Some(50_000_001)), ["PRICE_ABOVE_CEILING"]);
    let letting = Item {
        steps: vec![
            step("VAL", &[], priced(Price::Review)),
            step("CTR", &["VAL"], priced(Price::AtLeast)),
        ],
        ..Item::default()
    };
    let on = |beside: &Beside, cents| {
        codes(&letting, &taken(&[]), beside, "2026-03-10", ("CTR", Some(cents), None))
    };
    assert_eq!(on(&beside, 49_999_999), ["PRICE_BELOW_FLOOR"]);
    assert!(on(&beside, 50_000_000).is_empty());
    assert_eq!(on(&Beside::default(), i64::MAX - 1), ["PRICE_BELOW_FLOOR"]);
}

fn band(body: &str, below: Option<i64>) -> Band {
    Band { title: body.to_owned(), body: body.to_owned(), below }
}

#[test]
fn bands_hold_their_lower_edge_and_not_their_upper_one() {
    let bands = [band("TWO", Some(500_000)), band("REP", Some(2_000_000))];
    let of = |cents| band_of(&bands, cents).map(|(lower, band)| (lower, band.body.as_str()));
    for (cents, want) in [
        (0, Some((0, "TWO"))),
        (499_999, Some((0, "TWO"))),
        (500_000, Some((500_000, "REP"))),
        (500_001, Some((500_000, "REP"))),
        (1_999_999, Some((500_000, "REP"))),
        (2_000_000, None),
        (i64::MAX, None),
    ] {
        assert_eq!(of(cents), want, "{cents}");
    }
    let open = [band("TWO", Some(500_000)), band("REP", None)];
    assert_eq!(band_of(&open, i64::MAX).map(|(lower, _)| lower), Some(500_000));
}

#[test]
fn a_change_beyond_a_tenth_or_over_an_edge_goes_back_to_the_body_of_the_higher_band() {
    let item = Item {
        steps: vec![step("CHG", &[], priced(Price::Change))],
        bands: vec![band("TWO", Some(5_000_000)), band("REP", None)],
        change_permille: 100,
        ..Item::default()
    };
    let ask = |old, new, body| {
        let beside = Beside { amount_cents: old, ..Beside::default() };
        codes(&item, &[], &beside, "2026-03-10", ("CHG", Some(new), body))
    };
    let back = ["CHANGE_NEEDS_BODY"];
    for new in [1_000_000, 1_100_000, 900_000] {
        assert!(ask(1_000_000, new, None).is_empty(), "{new}");
    }
    assert_eq!(ask(1_000_000, 1_100_001, None), back);
    assert_eq!(ask(1_000_000, 899_999, None), back);
    assert!(ask(1_000_000, 1_100_001, Some("TWO")).is_empty());
    // 4.9 to 5.1 is less than a tenth, but crosses the edge: the representatives decide.
    assert_eq!(ask(4_900_000, 5_000_000, None), back);
    assert!(ask(4_900_000, 4_999_999, None).is_empty());
    assert_eq!(ask(4_900_000, 5_000_000, Some("TWO")), back);
    assert!(ask(4_900_000, 5_000_000, Some("REP")).is_empty());
    assert!(ask(4_900_000, 5_000_000, Some("ASM")).is_empty(), "the assembly stands for them");
    // Down over the edge: the body that decided the higher amount.
    assert_eq!(ask(5_100_000, 4_999_999, Some("TWO")), back);
    assert!(ask(5_100_000, 4_999_999, Some("REP")).is_empty());
    assert_eq!(ask(i64::MAX, 0, None), back, "the largest amount does not overflow");
}

#[test]
fn joint_supervision_needs_every_mandatory_organ() {
    let organ = |role: &str| Organ { role: role.to_owned(), title: role.to_owned() };
    let joint = Joint {
        needed: 5,
        mandatory: ["discipline", "agri", "finance", "water"].map(organ).to_vec(),
        optional: ["planning", "roads"].map(organ).to_vec(),
    };
    let gate = Gate { joint: Some(joint), ..Gate::default() };
    let item = Item { steps: vec![step("JNT", &[], gate)], ..Item::default() };
    let signed = |roles: &[&str]| {
        let sign = |(n, role): (usize, &&str)| SignOff {
            step: "JNT".to_owned(),
            role: (*role).to_owned(),
            by: format!("p{n}"),
        };
        let beside =
            Beside { signed: roles.iter().enumerate().map(sign).collect(), ..Beside::default() };
        codes(&item, &[], &beside, "2026-03-10", ("JNT", None, None))
    };
    let missing = ["SIGN_OFFS_MISSING"];
    assert_eq!(signed(&[]), missing);
    // Five signatures without 水利 do not open the gate, nor do four with it.
    assert_eq!(signed(&["discipline", "agri", "finance", "planning", "roads"]), missing);
    assert_eq!(signed(&["discipline", "agri", "finance", "water"]), missing);
    // An organ that signs twice counts once, one that is not asked counts never.
    assert_eq!(signed(&["discipline", "agri", "finance", "water", "water"]), missing);
    assert_eq!(signed(&["discipline", "agri", "finance", "water", "police"]), missing);
    assert!(signed(&["discipline", "agri", "finance", "water", "roads"]).is_empty());
}

#[test]
fn linked_matters_that_reach_the_next_band_need_a_supervisor() {
    let item = Item {
        steps: vec![step("TWO", &[], Gate::default())],
        bands: vec![band("TWO", Some(10_000_000)), band("REP", None)],
        ..Item::default()
    };
    let ask = |own, linked, passed: &[&str]| {
        let passed = passed.iter().map(ToString::to_string).collect();
        let beside =
            Beside { amount_cents: own, linked_cents: linked, passed, ..Beside::default() };
        codes(&item, &[], &beside, "2026-03-10", ("TWO", None, None))
    };
    assert!(ask(9_900_000, 9_900_000, &[]).is_empty());
    assert!(ask(9_900_000, 9_999_999, &[]).is_empty());
    assert_eq!(ask(9_900_000, 10_000_000, &[]), ["SPLIT_SUSPECTED"]);
    assert_eq!(ask(9_900_000, 29_700_000, &[LATE]), ["SPLIT_SUSPECTED"]);
    assert!(ask(9_900_000, 29_700_000, &[SPLIT]).is_empty());
    assert!(ask(10_000_000, 29_700_000, &[]).is_empty(), "the last band has no edge to hide under");
}

#[test]
fn work_done_first_is_ratified_in_three_days_or_nothing_is_paid() {
    let mut two = step("TWO", &["EXE"], Gate { ratifies: true, ..Gate::default() });
    two.within_days = Some(3);
    let steps = vec![
        step("EXE", &[], Gate::default()),
        two,
        step("ACC", &["EXE"], Gate::default()),
        step("PAY", &["ACC", "TWO"], Gate::default()),
    ];
    let item = Item { steps, ..Item::default() };
    let ask = |done: &[(&str, &str)], today, step, passed: &[&str]| {
        let passed = passed.iter().map(ToString::to_string).collect();
        let beside = Beside { passed, ..Beside::default() };
        codes(&item, &taken(done), &beside, today, (step, None, None))
    };
    let work = [("EXE", "2026-07-01")];
    assert!(ask(&work, "2026-07-09", "TWO", &[]).is_empty(), "late is still owed");
    assert!(ask(&work, "2026-07-09", "ACC", &[]).is_empty());
    assert_eq!(ask(&work, "2026-07-05", "PAY", &[]), ["RATIFIED_LATE"]);
    assert!(ask(&work, "2026-07-04", "PAY", &[]).is_empty());
    let in_time = [("EXE", "2026-07-01"), ("TWO", "2026-07-04")];
    assert!(ask(&in_time, "2026-09-01", "PAY", &[]).is_empty());
    let late = [("EXE", "2026-07-01"), ("TWO", "2026-07-05")];
    assert_eq!(ask(&late, "2026-07-05", "PAY", &[]), ["RATIFIED_LATE"]);
    assert!(ask(&late, "2026-07-05", "PAY", &[LATE]).is_empty());
}
