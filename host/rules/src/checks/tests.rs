use proptest::prelude::*;

use super::*;
use crate::RuleEvent;

fn row() -> RuleRow {
    let event =
        |id: &str| RuleEvent { id: id.into(), kind: "k".into(), day: 1, ..RuleEvent::default() };
    RuleRow { subject: "h1".to_owned(), events: vec![event("a"), event("b")], ..RuleRow::default() }
}

fn claim(item: &str, points: i64) -> Claim {
    Claim {
        subject: "h1".to_owned(),
        item: item.to_owned(),
        points,
        reason: "理由".to_owned(),
        clause: "第一条".to_owned(),
        events: vec!["a".to_owned()],
        facts: BTreeMap::new(),
    }
}

fn quote_of(eligible: bool, points: i64, quantity_max: i64, reason: &str) -> Quote {
    Quote { eligible, points, cents: 0, quantity_max, reason: reason.to_owned() }
}

type Change = fn(&mut Claim);

#[test]
fn a_claim_is_about_its_row_and_nothing_else() {
    assert_eq!(claims(&row(), &[claim("i", 1), claim("j", -1)]), Ok(()));
    let changes: [(Change, &str); 7] = [
        (|c| c.subject = "h2".to_owned(), "in the answer for"),
        (|c| c.item = String::new(), "`item` is empty"),
        (|c| c.item = "i".repeat(121), "longer than 120"),
        (|c| c.reason = " ".to_owned(), "`reason` is empty"),
        (|c| c.clause = "长".repeat(201), "longer than 600"),
        (|c| c.events = vec!["c".to_owned()], "no event of that row"),
        (|c| c.events = vec!["a".to_owned(), "a".to_owned()], "cites `a` twice"),
    ];
    for (change, want) in changes {
        let mut changed = claim("i", 1);
        change(&mut changed);
        let error = claims(&row(), &[changed]).unwrap_err();
        assert!(error.to_string().contains(want), "{error}");
    }
    assert!(claims(&row(), &[claim("i", 1), claim("i", 2)]).is_err());
}

#[test]
fn a_quote_has_a_price_or_a_reason() {
    let asked = QuoteInput {
        day: 1,
        settings: BTreeMap::new(),
        offer: "o".to_owned(),
        quantity: 2,
        account: BTreeMap::new(),
        offer_facts: BTreeMap::new(),
    };
    assert_eq!(quote(&asked, &quote_of(true, 5, 2, "")), Ok(()));
    assert_eq!(quote(&asked, &quote_of(false, 0, 1, "LIMIT")), Ok(()));
    for wrong in [
        quote_of(true, -1, 2, ""),
        quote_of(true, 5, 1, ""),
        quote_of(true, AMOUNT_MAX + 1, 2, ""),
        quote_of(false, 5, 1, "LIMIT"),
        quote_of(false, 0, 1, ""),
        quote_of(false, 0, -1, "LIMIT"),
    ] {
        assert!(quote(&asked, &wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_refusal_has_a_code_and_a_sentence() {
    let refused = |code: &str, text: &str| {
        refusal(&RowRefusal {
            subject: "h1".to_owned(),
            code: code.to_owned(),
            text: text.to_owned(),
        })
    };
    assert_eq!(refused("TOO_FEW_2", "不够"), Ok(()));
    for (code, text) in [("", "x"), ("lower", "x"), ("A B", "x"), ("OK", ""), ("OK", " ")] {
        assert!(refused(code, text).is_err(), "{code:?} {text:?}");
    }
}

proptest! {
    #[test]
    fn amounts_pass_exactly_within_the_bounds(points: i64) {
        let inside = points.unsigned_abs() <= AMOUNT_MAX.unsigned_abs();
        prop_assert_eq!(claims(&row(), &[claim("i", points)]).is_ok(), inside);
    }
}

#[test]
fn figures_of_a_redemption_are_there_and_within_their_bounds() {
    let known = |name: &str| Declared {
        name: name.to_owned(),
        title: name.to_owned(),
        unit: crate::Unit::Points,
        min: 1,
        max: 100,
    };
    let description =
        Description { facts: vec![known("spendable"), known("price")], ..Description::default() };
    let asked = |spendable: Option<i64>, price: i64| QuoteInput {
        day: 1,
        settings: BTreeMap::new(),
        offer: "soap".to_owned(),
        quantity: 1,
        account: spendable.map(|value| ("spendable".to_owned(), value)).into_iter().collect(),
        offer_facts: BTreeMap::from([("price".to_owned(), price)]),
    };
    assert_eq!(request(&asked(Some(100), 1), &description), Ok(()));
    for (question, want) in [
        (asked(None, 1), "fact `spendable` of `soap` is missing"),
        (asked(Some(0), 1), "is 0, outside 1..=100"),
        (asked(Some(1), 101), "is 101, outside 1..=100"),
    ] {
        let error = request(&question, &description).unwrap_err();
        assert!(error.to_string().contains(want), "{error}");
        assert_eq!(error.code(), "RULE_BAD_INPUT");
    }
}
