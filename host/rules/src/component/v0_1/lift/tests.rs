use super::*;
use crate::RuleEvent;

fn asked() -> RuleInput {
    let event =
        |id: String| RuleEvent { id: id.into(), kind: "k".into(), day: 1, ..RuleEvent::default() };
    let row = |n: i32| RuleRow {
        subject: format!("h{n}"),
        events: (0..2).map(|e| event(format!("h{n}e{e}"))).collect(),
        ..RuleRow::default()
    };
    RuleInput { day: 1, rows: (0..3).map(row).collect(), ..RuleInput::default() }
}

fn settled(row: u32, item: u32, events: (u32, u32)) -> types::Settled {
    let span = |(start, count)| types::Span { start, count };
    let claim = types::Claim {
        item,
        points: 5,
        reason: 2,
        clause: 2,
        events: span(events),
        facts: span((0, 0)),
    };
    types::Settled { row, claim }
}

fn unsettled(row: u32) -> types::Unsettled {
    types::Unsettled {
        row,
        reason: types::Refusal { code: "NO".to_owned(), text: "不行".to_owned() },
    }
}

fn answer(
    claims: Vec<types::Settled>,
    refused: Vec<types::Unsettled>,
) -> Result<Settlement, RuleError> {
    let symbols = ["a", "b", "text"].map(str::to_owned).to_vec();
    let answer =
        types::Settlement { symbols, claims, refused, events: vec![4, 5, 0], facts: Vec::new() };
    settlement(&asked(), Ok(answer))
}

#[test]
fn a_settlement_is_put_back_into_names_in_the_order_of_rows() {
    let given = answer(
        vec![settled(2, 0, (0, 2)), settled(0, 0, (2, 1)), settled(2, 1, (0, 0))],
        vec![unsettled(1)],
    );
    let given = given.unwrap();
    let claims: Vec<_> = given
        .claims
        .iter()
        .map(|c| (c.subject.as_str(), c.item.as_str(), c.events.join(" ")))
        .collect();
    assert_eq!(
        claims,
        [
            ("h0", "a", "h0e0".to_owned()),
            ("h2", "a", "h2e0 h2e1".to_owned()),
            ("h2", "b", String::new())
        ]
    );
    assert_eq!(given.refused.iter().map(|r| r.subject.as_str()).collect::<Vec<_>>(), ["h1"]);
}

#[test]
fn a_settlement_that_does_not_fit_the_question_is_thrown_away() {
    for (claims, refused, want) in [
        (vec![settled(3, 0, (0, 0))], vec![], "position 3 in `rows`"),
        (vec![], vec![unsettled(9)], "position 9 in `rows`"),
        (vec![settled(0, 0, (0, 0)), settled(0, 0, (0, 0))], vec![], "two claims"),
        (vec![settled(0, 0, (0, 0))], vec![unsettled(0)], "refused and claimed"),
        (vec![], vec![unsettled(1), unsettled(1)], "refused twice"),
        (vec![settled(0, 0, (0, 1))], vec![], "an event of another row"),
        (vec![settled(2, 0, (0, 2)), settled(2, 1, (0, 2))], vec![], "or taken twice"),
        (vec![settled(0, 0, (u32::MAX, u32::MAX))], vec![], "span 4294967295+4294967295"),
    ] {
        let error = answer(claims, refused).unwrap_err();
        assert_eq!(error.code(), "RULE_BAD_ANSWER");
        assert!(error.to_string().contains(want), "{error} does not say `{want}`");
    }
}

#[test]
fn a_refusal_of_the_whole_question_is_no_answer() {
    let refusal = types::Refusal { code: "NO_FUND".to_owned(), text: "没有资金".to_owned() };
    let error = settlement(&asked(), Err(refusal)).unwrap_err();
    assert_eq!(
        (error.code(), error.text().as_str()),
        ("RULE_REFUSED", "规则没有给出结果：没有资金（NO_FUND）。")
    );
}
