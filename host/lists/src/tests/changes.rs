use std::collections::BTreeMap;

use package::{ListKind, Wording};
use proptest::prelude::*;
use serde_json::json;

use super::{entry, list, lists_in};
use crate::{diff, percent};

/// Counts as published for 海沧区; 165 → 119 is −27.88 %.
#[test]
fn haicang_figures() {
    let before = lists_in("tests/haicang/before/lists");
    let after = lists_in("tests/haicang/after/lists");
    let found = diff(&before, &after, &Wording::default());
    let figures: Vec<(&str, usize, usize, &str)> = found
        .reduction
        .classes
        .iter()
        .chain([&found.reduction.total])
        .map(|f| (f.title.as_str(), f.before, f.after, f.percent.as_deref().unwrap()))
        .collect();
    assert_eq!(
        figures,
        [
            ("依法履职", 38, 24, "-36.84%"),
            ("协助政府", 61, 55, "-9.84%"),
            ("监督清单", 11, 10, "-9.09%"),
            ("证明盖章", 20, 2, "-90.00%"),
            ("台账报表", 27, 21, "-22.22%"),
            ("检查评比", 8, 7, "-12.50%"),
            ("合计", 165, 119, "-27.88%"),
        ]
    );
    assert_eq!((found.removed.len(), found.added.len(), found.unchanged), (46, 0, 119));
}

/// Three items that go from duty to assist are no removals, and the total stays.
#[test]
fn moved_items_are_not_removals() {
    let before = lists_in("tests/haicang/before/lists");
    let mut after = before.clone();
    let duty = after.iter().position(|l| l.id == ListKind::Duty).unwrap();
    let mut gone = Vec::new();
    for id in ["DU-05", "DU-06", "DU-07"] {
        gone.push(after[duty].entries.remove(id).unwrap());
    }
    let assist = after.iter_mut().find(|l| l.id == ListKind::Assist).unwrap();
    for (number, mut entry) in (62..).zip(gone) {
        entry.id = format!("AS-{number}");
        assist.entries.insert(entry.id.clone(), entry);
    }
    let found = diff(&before, &after, &Wording::default());
    assert_eq!((found.moved.len(), found.removed.len(), found.added.len()), (3, 0, 0));
    assert_eq!(found.reduction.total.percent.as_deref(), Some("0.00%"));
    assert_eq!(found.moved[0].from_list, Some(ListKind::Duty));
    assert_eq!(found.moved[0].to_list, Some(ListKind::Assist));
}

#[test]
fn renamed_changed_added_and_removed_are_told_apart() {
    let mut changed = entry("DU-02", "村务公开");
    changed.department = "农业农村局".to_owned();
    changed.quota = Some(4);
    let mut renamed = entry("DU-09", "调处纠纷");
    renamed.was = "DU-03".to_owned();
    let before = [list(
        ListKind::Duty,
        [
            entry("DU-01", "开会"),
            entry("DU-02", "村务公开"),
            entry("DU-03", "调解"),
            entry("DU-04", "修路"),
        ],
    )];
    let after = [list(
        ListKind::Duty,
        [entry("DU-01", "召集村民会议"), changed, renamed, entry("DU-05", "绿化")],
    )];
    let found = diff(&before, &after, &Wording::default());
    let ids = |changes: &[crate::Change]| -> Vec<String> {
        changes.iter().map(|c| c.id.clone()).collect()
    };
    assert_eq!(ids(&found.added), ["DU-05"]);
    assert_eq!(ids(&found.removed), ["DU-04"]);
    assert_eq!(ids(&found.renamed), ["DU-01", "DU-09"]);
    assert_eq!(found.renamed[0].was_title.as_deref(), Some("开会"));
    assert_eq!(ids(&found.changed), ["DU-02"]);
    let fields: Vec<_> =
        found.changed[0].fields.iter().map(|f| (f.field.as_str(), &f.before, &f.after)).collect();
    assert_eq!(
        fields,
        [
            ("department", &json!("民政局"), &json!("农业农村局")),
            ("quota", &json!(null), &json!(4)),
        ]
    );
}

type Small = BTreeMap<(u8, u8), u8>;

/// A few lists with a few entries, so that ids and titles meet often.
fn small() -> impl Strategy<Value = Small> {
    proptest::collection::btree_map((0_u8..3, 0_u8..6), 0_u8..8, 0..12)
}

fn lists(small: &Small) -> Vec<package::WorkList> {
    ListKind::ALL
        .into_iter()
        .take(3)
        .enumerate()
        .map(|(at, kind)| {
            let own = small.iter().filter(|((list, _), _)| usize::from(*list) == at);
            let entries = own.map(|((_, id), title)| {
                entry(&format!("{}-{id:02}", kind.prefix()), &format!("事项{title}"))
            });
            list(kind, entries)
        })
        .collect()
}

proptest! {
    #[test]
    fn every_entry_has_one_fate(a in small(), b in small()) {
        let (before, after) = (lists(&a), lists(&b));
        let found = diff(&before, &after, &Wording::default());
        let stayed = found.moved.len() + found.renamed.len() + found.changed.len() + found.unchanged;
        prop_assert_eq!(stayed + found.removed.len(), a.len());
        prop_assert_eq!(stayed + found.added.len(), b.len());
        prop_assert_eq!(found.reduction.total.before, a.len());
        let own = diff(&before, &before, &Wording::default());
        prop_assert!(own.is_empty() && own.unchanged == a.len());
        let back = diff(&after, &before, &Wording::default());
        prop_assert_eq!(back.added.len(), found.removed.len());
    }

    /// Against sums in another form: 2·10⁴·|Δ|·… is compared without dividing.
    #[test]
    fn percents_are_the_nearest(before in 1_usize..100_000, after in 0_usize..200_000) {
        let said = percent(before, after).unwrap();
        let digits: i128 = said.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
        let delta = i128::try_from(before.abs_diff(after)).unwrap();
        let old = i128::try_from(before).unwrap();
        let off = delta * 10_000 - digits * old;
        prop_assert!(-old < 2 * off + 1 && 2 * off < old, "{}", said);
        let sign = if digits == 0 { None } else if after < before { Some('-') } else { Some('+') };
        prop_assert_eq!(said.chars().next().filter(|c| !c.is_ascii_digit()), sign);
    }
}
