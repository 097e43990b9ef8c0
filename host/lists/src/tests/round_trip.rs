use std::collections::BTreeMap;

use model::CivilDay;
use package::{Every, Files, ListEntry, ListKind, rows};
use proptest::prelude::*;

use super::{list, lists_in, read};
use crate::{csv, html, read_csv, read_xlsx, toml, xlsx};

/// Printed and read again, both ways.
fn back(kind: ListKind, entries: &[ListEntry]) -> [BTreeMap<String, ListEntry>; 2] {
    let own = list(kind, entries.iter().cloned());
    let printed = rows([&own]);
    let book = xlsx("一览表", &printed).unwrap();
    [read_xlsx(&book, None), read_csv(csv(&printed).as_bytes())].map(|grid| {
        let done = read(&grid.unwrap(), kind);
        assert!(done.findings.is_empty(), "{:#?}", done.findings);
        done.entries.into_iter().map(|e| (e.id.clone(), e)).collect()
    })
}

#[test]
fn the_shipped_lists_come_back_as_they_are() {
    let lists = lists_in("policies/laixi/editions/2026-01-01/lists");
    assert_eq!(lists.len(), ListKind::ALL.len(), "one of each kind is shipped");
    for list in lists {
        let entries: Vec<ListEntry> = list.entries.values().cloned().collect();
        for found in back(list.id, &entries) {
            assert_eq!(found, list.entries, "{:?}", list.id);
        }
    }
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let lists = lists_in("policies/laixi/editions/2026-01-01/lists");
    let rows = rows(&lists);
    assert_eq!(xlsx("表", &rows).unwrap(), xlsx("表", &rows).unwrap());
    assert_eq!(html("表", "", &rows), html("表", "", &rows));
    assert!(rows.iter().all(|row| !row.owner.is_empty() && !row.basis.is_empty()));
}

#[test]
fn html_prints_on_a3_fetches_nothing_and_escapes_everything() {
    let mut entry = super::entry("DU-01", "<script>alert('x')</script>");
    entry.note = "a\"b & c".to_owned();
    let page = html("<表>", "注", &rows([&list(ListKind::Duty, [entry])]));
    assert!(page.contains("size:A3 landscape"));
    for bad in ["<script", "http", "src=", "url(", "<表>", "a\"b"] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{page}");
}

#[test]
fn a_formula_is_a_text() {
    let entries = ["=1+1", "+86", "-1", "@x", "'quoted"].into_iter().zip(1..).map(|(title, n)| {
        let mut entry = super::entry(&format!("DU-{n:02}"), title);
        entry.note = title.to_owned();
        entry
    });
    let entries: Vec<ListEntry> = entries.collect();
    let printed = csv(&rows([&list(ListKind::Duty, entries.clone())]));
    assert!(printed.lines().skip(1).all(|l| !l.contains(",=") && !l.contains(",+")), "{printed}");
    for found in back(ListKind::Duty, &entries) {
        assert_eq!(found.into_values().collect::<Vec<_>>(), entries);
    }
}

/// Words without what an importer is right to take off: marks at the ends and line breaks.
fn words(max: usize) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!(
        "[甲乙丙丁A-Z=+@]([甲乙丙丁ａ０, \"'&<、（）-]{{0,{max}}}[戊己a-z0-9])?"
    ))
    .unwrap()
}

fn some_day() -> impl Strategy<Value = Option<CivilDay>> {
    proptest::option::of((10_000_i64..40_000).prop_map(|n| CivilDay::from_number(n).unwrap()))
}

fn some_ids(prefix: &'static str) -> impl Strategy<Value = Vec<String>> {
    let id = (1_u16..1000).prop_map(move |n| format!("{prefix}-{n:02}"));
    proptest::collection::vec(id, 0..3)
}

fn some_entry() -> impl Strategy<Value = ListEntry> {
    let texts = (words(20), words(8), words(10), proptest::option::of(1_u16..200), words(30));
    let texts_of = || proptest::collection::vec(words(6), 0..3);
    let links = (some_ids("SU"), some_ids("SE"), texts_of(), texts_of());
    let rest = (
        proptest::option::of(proptest::sample::select(Every::ALL.to_vec())),
        proptest::option::of(0_u32..=366),
        proptest::option::of(proptest::sample::select(Every::ALL.to_vec())),
        some_day(),
        some_day(),
        any::<bool>(),
    );
    (texts, links, rest).prop_map(|(texts, links, rest)| ListEntry {
        id: String::new(),
        title: texts.0,
        department: texts.1.replace('、', ""),
        support: Vec::new(),
        basis_law: format!("《{}》", texts.2),
        basis_article: texts.3.map(|n| format!("第{n}条")).unwrap_or_default(),
        village_part: if rest.5 { texts.4.clone() } else { String::new() },
        supervised_by: links.0,
        services: links.1,
        audience: String::new(),
        documents: links.2,
        every: rest.0,
        quota: rest.1,
        quota_per: rest.2,
        fields: links.3,
        from: rest.3,
        to: rest.4,
        was: if rest.5 { "DU-77".to_owned() } else { String::new() },
        note: texts.4,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn printed_and_imported_again_nothing_changes(
        entries in proptest::collection::vec(some_entry(), 1..6),
    ) {
        let numbered: Vec<ListEntry> = entries
            .into_iter()
            .zip(1..)
            .map(|(entry, n)| ListEntry { id: format!("DU-{n:02}"), ..entry })
            .collect();
        for found in back(ListKind::Duty, &numbered) {
            prop_assert_eq!(found.into_values().collect::<Vec<_>>(), numbered.clone());
        }
    }

    /// The text that is written is the list that was read, and each line knows its entry.
    #[test]
    fn written_as_toml_and_read_nothing_changes(
        entries in proptest::collection::vec(some_entry(), 1..6),
    ) {
        let numbered: Vec<ListEntry> = entries
            .into_iter()
            .zip(1..)
            .map(|(entry, n)| ListEntry { id: format!("DU-{n:02}"), ..entry })
            .collect();
        let written = toml(ListKind::Duty, "履\"职", &["《某法》".to_owned()], "# 说明", &numbered);
        let files = Files::from([("duty.toml".to_owned(), written.text.clone().into_bytes())]);
        let (lists, diagnostics) = package::read_lists(&files);
        prop_assert!(diagnostics.is_empty(), "{:?}\n{}", diagnostics, written.text);
        prop_assert_eq!(lists[0].entries.values().cloned().collect::<Vec<_>>(), numbered.clone());
        for (number, line) in (1_u32..).zip(written.text.lines()) {
            if let Some(id) = line.strip_prefix("id = \"DU-") {
                let (index, field) = written.at(number).unwrap();
                prop_assert_eq!(field, crate::Field::Id);
                prop_assert_eq!(&numbered[index].id, &format!("DU-{}", id.trim_end_matches('"')));
            }
        }
    }
}
