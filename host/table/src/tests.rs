#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a wrong index or sum in a test is a failed test"
)]

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{
    Column, EventShape, Form, Kind, QuantityShape, Scheme, Table, Window, check, code, parse, read,
    tidy, write,
};

const HOURS: &str = include_str!("../../../tests/golden/tables/hours-rate.table.toml");
const AWARD: &str = include_str!("../../../tests/golden/tables/hours-award.table.toml");
const ROUND: &str = include_str!("../../../tests/golden/tables/household-round.table.toml");

fn event(kind: &str, quantities: &[(&str, i64, i64, &str)]) -> EventShape {
    let one = |(name, min, max, unit): &(&str, i64, i64, &str)| QuantityShape {
        name: (*name).to_owned(),
        min: *min,
        max: *max,
        unit: (*unit).to_owned(),
    };
    EventShape {
        kind: kind.to_owned(),
        title: format!("{kind}的名称"),
        quantities: quantities.iter().map(one).collect(),
    }
}

fn scheme(settles: bool, events: Vec<EventShape>) -> Scheme {
    Scheme { settles, period: Some(Window::Year), events }
}

/// Item rows about losses handed back, and a second event.
fn items(rows: &str) -> (Table, Scheme) {
    let text = format!("id = \"t\"\ntitle = \"t\"\n{rows}");
    let table = parse(&text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    let events = vec![event("found", &[("worth", 0, 1_000_000, "分"), ("level", 1, 3, "级")])];
    (table, scheme(false, events))
}

fn item(id: &str, points: &str, more: &str) -> String {
    format!(
        "[[items]]\nid = \"{id}\"\ntitle = \"{id}\"\nevent = \"found\"\nper = \"次\"\npoints = \"{points}\"\nclause = \"《办法》第1条\"\n{more}\n"
    )
}

fn low_high(low: &str, high: &str) -> String {
    let edge = |key: &str, text: &str| {
        if text.is_empty() { String::new() } else { format!("{key} = \"{text}\"\n") }
    };
    format!("when = \"worth\"\n{}{}", edge("low", low), edge("high", high))
}

/// Codes with the ids of their rows.
fn found((table, scheme): &(Table, Scheme)) -> Vec<(String, String)> {
    check(table, scheme).into_iter().map(|f| (f.code.to_owned(), f.id)).collect()
}

fn codes(rows: &str) -> Vec<String> {
    found(&items(rows)).into_iter().map(|(code, id)| format!("{code} {id}")).collect()
}

#[test]
fn a_good_table_has_no_fault() {
    let rows = item("a", "0.00", &low_high("", "<100元"))
        + &item("b", "2.00", &low_high("≥100元", "≤1000元"))
        + &item("c", "5.00", &low_high(">1000元", ""));
    assert_eq!(codes(&rows), Vec::<String>::new());
    let service = vec![event("service", &[("minutes", 1, 720, "分钟")])];
    for text in [HOURS, AWARD] {
        assert_eq!(check(&parse(text).unwrap(), &scheme(false, service.clone())), []);
    }
    let part = |name| (name, 0, 5_000, "百分之一分");
    let sheet = vec![event("sheet", &[part("courtyard"), part("gate")])];
    assert_eq!(check(&parse(ROUND).unwrap(), &scheme(true, sheet.clone())), []);
    assert_eq!(found(&(parse(ROUND).unwrap(), scheme(false, sheet)))[0].0, code::WRONG_LAW);
}

#[test]
fn item_rows_that_contradict_each_other_are_found() {
    let all = |low: &str, high: &str| low_high(low, high);
    let cases: Vec<(String, &[&str])> = vec![
        (item("a", "1.00", "") + &item("b", "1.00", ""), &["DUPLICATE_ROW b"]),
        (item("a", "1.00", "") + &item("b", "2.00", ""), &["CONFLICTING_ROWS b"]),
        (
            item("a", "1.00", &all("", "≤100元")) + &item("b", "2.00", &all("≥100元", "")),
            &["TABLE_OVERLAP b"],
        ),
        (
            item("a", "1.00", &all("", "<100元")) + &item("b", "2.00", &all(">100元", "")),
            &["TABLE_GAP b"],
        ),
        (item("a", "1.00", &all("", "<100元")), &["TABLE_GAP a"]),
        // one cent below the edge is the last number of the row before
        (item("a", "1.00", &all("", "≤99元")) + &item("b", "2.00", &all(">99元", "")), &[]),
        (
            item("a", "1.00", &all("≥100元", "<100元"))
                + &item("b", "1.00", &all("", "")).replace("when = \"worth\"\n", ""),
            &["NEVER_REACHED a"],
        ),
        (
            item("a", "1.00", &all("", "")).replace("when", "note")
                + &item("b", "1.00", &all(">10000元", "")),
            &["TABLE_OVERLAP b", "NEVER_REACHED b"],
        ),
        (
            item("a", "1.00", "from = \"2026-01-01\"\nto = \"2026-06-30\"")
                + &item("b", "2.00", "from = \"2026.7.1\""),
            &[],
        ),
        (
            item("a", "1.00", "to = \"2026-07-01\"") + &item("b", "2.00", "from = \"2026-07-01\""),
            &["CONFLICTING_ROWS b"],
        ),
        (item("a", "1.00", "from = \"2026-07-01\"\nto = \"2026-06-30\""), &["NEVER_REACHED a"]),
    ];
    for (rows, want) in cases {
        let got: BTreeSet<String> = codes(&rows).into_iter().collect();
        let want: BTreeSet<String> = want.iter().map(|code| (*code).to_owned()).collect();
        assert_eq!(got, want, "{rows}");
    }
}

#[test]
fn a_day_without_quotes_is_its_text() {
    let quoted = items(&item("a", "1.00", "from = \"2026-07-01\""));
    assert_eq!(items(&item("a", "1.00", "from = 2026-07-01")), quoted);
}

#[test]
fn under_first_hit_only_rows_that_never_apply_are_faults() {
    let first = |rows: &str| codes(&format!("hit = \"first\"\n{rows}"));
    let (low, high) = (low_high("", "<500元"), low_high("≥500元", ""));
    assert_eq!(first(&(item("a", "1.00", &low) + &item("b", "2.00", ""))), Vec::<String>::new());
    assert_eq!(first(&(item("b", "2.00", "") + &item("a", "1.00", &low))), ["SHADOWED_ROW a"]);
    let rows = item("a", "1.00", &low)
        + &item("b", "2.00", &high)
        + &item("c", "3.00", &low_high("≥100元", "≤900元"));
    assert_eq!(first(&rows), ["SHADOWED_ROW c"], "two rows together shadow a third");
    let level = "when = \"level\"\nlow = \"≥2级\"\n";
    assert_eq!(first(&(item("a", "1.00", &low) + &item("b", "2.00", level))), ["TABLE_GAP b"]);
}

#[test]
fn names_units_caps_and_basis_are_checked() {
    let cases: Vec<(String, &[&str])> = vec![
        (
            item("a", "1.00", "").replace("event = \"found\"", "event = \"lost\""),
            &["UNKNOWN_EVENT a", "UNUSED_EVENT "],
        ),
        (item("a", "1.00", "quantity = \"weight\""), &["UNKNOWN_QUANTITY a"]),
        (item("a", "1.00", "quantity = \"worth\""), &["UNIT_MISMATCH a"]),
        (item("a", "1.00", "quantity = \"worth\"").replace("\"次\"", "\"100元\""), &[]),
        (
            item("a", "1.00", "").replace("\"次\"", "\"2小时\""),
            &["UNIT_MISMATCH a", "NEVER_REACHED a"],
        ),
        (
            item("a", "1.00", &low_high("≥100元", "≤900公里")),
            &["UNIT_MISMATCH a", "NEVER_REACHED a", "TABLE_GAP a"],
        ),
        (item("a", "-1.00", ""), &["NO_BASIS a"]),
        (item("a", "-1.00", "instrument = \"《某法》第1条；行政处罚决定书\""), &[]),
        (item("a", "3.00", "cap_month = \"2.99\""), &["CAP_BELOW_ONE a"]),
        (item("a", "3.00", "cap_month = \"9.00\"\ncap_quarter = \"9.00\""), &["NEVER_REACHED a"]),
        (item("a", "3.00", "").replace("clause = \"《办法》第1条\"\n", ""), &["NO_CLAUSE a"]),
        (
            item("a", "3.00", "class = \"积善\"") + "[[classes]]\nclass = \"积孝\"\n",
            &["UNKNOWN_CLASS a", "UNUSED_CLASS "],
        ),
        (
            item("a", "3.00", "class = \"积善\"\ncap_year = \"30.00\"")
                + "[[classes]]\nclass = \"积善\"\ncap_month = \"9.00\"\n",
            &["CAPS_CROSS a"],
        ),
        (
            item("a", "3.00", "class = \"积善\"")
                + "[[classes]]\nclass = \"积善\"\ncap_month = \"2.00\"\n",
            &["CAP_BELOW_ONE a"],
        ),
        (item("a", "3.001", "cap_day = \"-1\""), &["TABLE_WRONG_CELL a"]),
        (item("a", "3.00", "steps = [{at = \"≥1次\"}]"), &["TABLE_WRONG_SHAPE a"]),
        (item("a", "3.00", &low_high("100元", "")), &["EDGE_WITHOUT_SIDE a", "TABLE_WRONG_CELL a"]),
        (item("a", "3.00", &low_high("≤100元", "")), &["TABLE_WRONG_CELL a"]),
        (item("", "3.00", ""), &["TABLE_EMPTY_CELL "]),
        (
            item("a", "3.00", "") + &item("a", "3.00", "from = \"x\""),
            &["TABLE_SAME_ID a", "TABLE_WRONG_CELL a"],
        ),
    ];
    for (rows, want) in cases {
        let got: BTreeSet<String> = codes(&rows).into_iter().collect();
        let want: BTreeSet<String> = want.iter().map(|code| (*code).to_owned()).collect();
        assert_eq!(got, want, "{rows}");
    }
    let (table, mut scheme) = items(&item("a", "3.00", "cap_year = \"30.00\""));
    scheme.period = Some(Window::Quarter);
    assert_eq!(found(&(table, scheme)), [(code::BEYOND_PERIOD.to_owned(), "a".to_owned())]);
}

#[test]
fn steps_and_bands_are_checked() {
    let service = || scheme(true, vec![event("service", &[("minutes", 1, 720, "分钟")])]);
    let of = |text: &str| -> Vec<String> {
        found(&(parse(text).unwrap(), service())).into_iter().map(|(code, _)| code).collect()
    };
    for (from, to, want) in [
        ("at = \"≥20小时\"", "at = \"≥10小时\"", code::CONFLICT),
        ("at = \"≥20小时\"", "at = \"≥5小时\"", code::OVERLAP),
        ("points = \"10.00\"", "points = \"4.00\"", code::NOT_RISING),
        ("points = \"10.00\"", "points = \"5.00\"", code::NEVER_REACHED),
        ("points = \"10.00\"", "points = \"-5.00\"", code::NO_BASIS),
        ("at = \"≥20小时\"", "at = \"≥20元\"", code::UNIT_MISMATCH),
        ("at = \"≥20小时\"", "at = \"20小时\"", code::EDGE_WITHOUT_SIDE),
    ] {
        assert!(
            of(&AWARD.replacen(from, to, 1)).contains(&want.to_owned()),
            "{to}: {:?}",
            of(&AWARD.replacen(from, to, 1))
        );
    }
    let falling = AWARD.replacen("points = \"10.00\"", "points = \"4.00\"", 1);
    assert_eq!(of(&falling.replace("window =", "falls = \"是\"\nwindow =")), Vec::<String>::new());
    for (from, to, want) in [
        ("low = \">0小时\"", "low = \">1小时\"", code::GAP),
        ("low = \">20小时\"", "low = \"≥20小时\"", code::OVERLAP),
        ("low = \">20小时\"", "low = \">21小时\"", code::GAP),
        ("low = \">20小时\"", "low = \">19小时\"", code::OVERLAP),
        ("high = \"≤20小时\"", "high = \"<20小时\"", code::GAP),
        ("high = \"≤20小时\"\n", "", code::SHADOWED),
        ("high = \"≤80小时\"", "high = \"≤20小时\"", code::NEVER_REACHED),
        ("per = \"4小时\"", "high = \"≤999小时\"\nper = \"4小时\"", code::GAP),
    ] {
        assert!(
            of(&HOURS.replacen(from, to, 1)).contains(&want.to_owned()),
            "{to}: {:?}",
            of(&HOURS.replacen(from, to, 1))
        );
    }
    let ranked = |from: &str, to: &str| of(&ROUND.replacen(from, to, 1));
    assert!(ranked("upto = \"≤40%\"", "upto = \"≤5%\"").contains(&code::OVERLAP.to_owned()));
    assert!(ranked("upto = \"≤100%\"", "upto = \"≤90%\"").contains(&code::GAP.to_owned()));
    assert!(
        ranked("upto = \"≤40%\"", "upto = \"40%\"").contains(&code::EDGE_WITHOUT_SIDE.to_owned())
    );
    assert!(
        ranked("points = \"2.00\"", "points = \"4.00\"").contains(&code::NOT_RISING.to_owned())
    );
}

#[test]
fn every_fault_names_its_place_and_the_fix() {
    let rows = item("a", "x", "cap_day = \"y\"") + &item("b", "-1", &low_high("5", "≤6元"));
    let (table, scheme) = items(&rows);
    let faults = check(&table, &scheme);
    assert!(faults.len() >= 4, "{faults:?}");
    for fault in &faults {
        let words = &fault.words;
        assert!(
            !words.message.is_empty() && !words.text.is_empty() && !words.help.is_empty(),
            "{fault:?}"
        );
        assert!(
            !words.message.contains('\n') && words.message.starts_with(|c: char| !c.is_uppercase()),
            "{fault:?}"
        );
    }
    let places: BTreeSet<String> = faults.iter().map(|fault| fault.spot.pointer()).collect();
    assert!(
        places.contains("/items/0/points") && places.contains("/items/0/cap_day"),
        "{places:?}"
    );
    assert!(places.contains("/items/1/low"), "{places:?}");
}

#[test]
fn cells_are_read_as_people_write_them() {
    for (form, text, want) in [
        (Form::Points, "３分", "3.00"),
        (Form::Points, " 0.5 ", "0.50"),
        (Form::Points, "－5", "-5.00"),
        (Form::Points, "—", ""),
        (Form::Amount, "次", "1次"),
        (Form::Amount, "每４小时", "4小时"),
        (Form::Amount, "2h", "2小时"),
        (Form::Edge, ">=10 小时", "≥10小时"),
        (Form::Edge, "10小时以上", "≥10小时"),
        (Form::Edge, "超过10小时", ">10小时"),
        (Form::Edge, "不满100元", "<100元"),
        (Form::Edge, "100元以内", "≤100元"),
        (Form::Edge, "100元", "100元"),
        (Form::Share, "<=12.5%", "≤12.5%"),
        (Form::Weight, "20%", "200‰"),
        (Form::Window, "季度", "每季"),
        (Form::Measure, "平均分", "平均"),
        (Form::Day, "2026.9.1", "2026-09-01"),
        (Form::Day, "２０２６年９月１日", "2026-09-01"),
        (Form::Day, "46266", "2026-09-01"),
        (Form::Yes, "√", "是"),
        (Form::Count, "3份", "3"),
    ] {
        assert_eq!(tidy(form, text).unwrap(), want, "{text}");
    }
    for (form, text) in [
        (Form::Points, "三分"),
        (Form::Points, "1.005"),
        (Form::Points, "12345678901"),
        (Form::Amount, "半小时"),
        (Form::Amount, "0.5小时"),
        (Form::Edge, "≥小时"),
        (Form::Share, "≤100.1%"),
        (Form::Weight, "200"),
        (Form::Day, "2026-02-30"),
        (Form::Id, "编号一"),
        (Form::Yes, "也许"),
    ] {
        assert!(tidy(form, text).is_err(), "{text}");
    }
}

fn cells() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,3}(\\.[0-9]{1,2})?",
        "(≥|>|≤|<|>=)?[0-9]{1,4}(小时|元|次|%|‰)?",
        "[a-z]{1,6}",
        "(每月|全部|平均|是|2026-09-01)",
        "\\PC{0,12}",
    ]
}

fn tables() -> impl Strategy<Value = Table> {
    let kinds = prop::sample::select(Kind::ALL.to_vec());
    let row = (
        kinds,
        prop::collection::vec(cells(), 22),
        prop::collection::vec(prop::collection::vec(cells(), 4), 0..3),
    );
    prop::collection::vec(row, 0..6).prop_map(|rows| {
        let mut table = Table { id: "t".to_owned(), title: "表".to_owned(), ..Table::default() };
        for (kind, texts, steps) in rows {
            let cells = |columns: &[Column], texts: &[String]| {
                let pairs = columns.iter().copied().zip(texts.iter().cloned());
                pairs.filter(|(_, text)| !text.is_empty()).collect()
            };
            let row = crate::Row {
                cells: cells(kind.head(), &texts),
                steps: steps.iter().map(|texts| cells(kind.steps(), texts)).collect(),
            };
            table.rows.entry(kind).or_default().push(row);
        }
        table
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(table in tables()) {
        let written = write(&table, "# 备注");
        prop_assert_eq!(parse(&written.text).unwrap(), table.clone());
        prop_assert_eq!(write(&parse(&written.text).unwrap(), "# 备注"), written);
    }

    #[test]
    fn any_cells_are_read_and_checked_without_a_panic(table in tables(), settles: bool) {
        let events = vec![event("found", &[("worth", 0, 1_000, "分")])];
        let faults = check(&table, &scheme(settles, events));
        let (standard, own) = read(&table);
        // a row is counted exactly when none of its cells has a fault
        let rows = standard.heads().count() + standard.classes.len();
        let bad: BTreeSet<_> = own.iter().filter(|f| !f.warning && f.spot.kind.is_some())
            .map(|f| (f.spot.kind, f.spot.row)).collect();
        let all: usize = table.rows.values().map(Vec::len).sum();
        prop_assert_eq!(rows + bad.len(), all);
        prop_assert!(own.iter().all(|fault| faults.contains(fault)));
    }

    #[test]
    fn a_tidy_cell_stays_as_it_is(text in cells()) {
        for column in Column::ALL {
            if let Ok(once) = tidy(column.form(), &text) {
                prop_assert_eq!(tidy(column.form(), &once), Ok(once.clone()));
            }
        }
    }
}
