//! Which item row takes which event: overlaps, gaps, rows that never apply.

use std::collections::{BTreeMap, BTreeSet};

use super::{EventShape, Scheme};
use crate::fault::{Faults, code, words};
use crate::{Column, Condition, Hit, Item, Kind, Standard, Table};

/// Checks the item rows of each event.
pub(super) fn check(table: &Table, standard: &Standard, scheme: &Scheme, faults: &mut Faults) {
    let mut by_event: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for item in &standard.items {
        by_event.entry(&item.head.event).or_default().push(item);
    }
    // a row with a faulty cell may be the one that fills a gap
    let whole: BTreeSet<usize> = standard.items.iter().map(|item| item.head.spot.row).collect();
    let partial: BTreeSet<&str> = table
        .rows(Kind::Item)
        .iter()
        .enumerate()
        .filter(|(index, _)| !whole.contains(index))
        .map(|(_, row)| row.text(Column::Event))
        .collect();
    for (kind, items) in by_event {
        let event = scheme.event(kind);
        for item in &items {
            reachable(item, event, faults);
        }
        match standard.hit {
            Hit::Unique => pairs(&items, faults),
            Hit::First => shadows(&items, faults),
        }
        if !partial.contains(kind)
            && let Some(event) = event
        {
            gaps(&items, event, faults);
        }
    }
}

/// Days on which the set of rows in force changes.
fn segments(items: &[&Item]) -> BTreeSet<i64> {
    let mut starts = BTreeSet::from([i64::MIN]);
    for item in items {
        starts.extend(item.from.map(model::CivilDay::number));
        starts.extend(item.to.map(|day| day.number().saturating_add(1)));
    }
    starts
}

fn active(item: &Item, day: i64) -> bool {
    item.from.is_none_or(|from| from.number() <= day) && item.to.is_none_or(|to| day <= to.number())
}

fn range(when: Option<&Condition>) -> (i64, i64) {
    when.map_or((i64::MIN, i64::MAX), |when| (when.low, when.high))
}

fn same_quantity(a: &Item, b: &Item) -> bool {
    match (&a.when, &b.when) {
        (Some(a), Some(b)) => a.quantities == b.quantities,
        _ => true,
    }
}

/// Whether some event could be taken by both.
fn meet(a: &Item, b: &Item) -> bool {
    let ((low_a, high_a), (low_b, high_b)) = (range(a.when.as_ref()), range(b.when.as_ref()));
    let empty = low_a > high_a || low_b > high_b;
    !empty && (!same_quantity(a, b) || (low_a <= high_b && low_b <= high_a))
}

fn pairs(items: &[&Item], faults: &mut Faults) {
    let starts = segments(items);
    for (index, later) in items.iter().enumerate() {
        for earlier in items.iter().take(index) {
            let together = starts.iter().any(|day| active(earlier, *day) && active(later, *day));
            if !together || !meet(earlier, later) {
                continue;
            }
            let (id, other) = (&later.head.id, &earlier.head.id);
            let same = earlier.when == later.when;
            let outcome =
                |item: &Item| (item.points, item.per, item.head.quantities.clone(), item.caps);
            let (code, said) = match (same, outcome(earlier) == outcome(later)) {
                (true, true) => (
                    code::DUPLICATE,
                    words(
                        format!("`{id}` says the same as `{other}`"),
                        format!("“{}”和“{}”写的是同一件事。", later.head.title, earlier.head.title),
                        "留一行，删一行。",
                    ),
                ),
                (true, false) => (
                    code::CONFLICT,
                    words(
                        format!(
                            "`{id}` and `{other}` take the same events and give different points"
                        ),
                        format!(
                            "“{}”和“{}”条件一样，分值不一样。",
                            later.head.title, earlier.head.title
                        ),
                        "留一行；都要的，用“条件、下限、上限”或起止日期分开。",
                    ),
                ),
                _ => (
                    code::OVERLAP,
                    words(
                        format!("`{id}` and `{other}` can take the same event"),
                        format!(
                            "同一件事可能既算“{}”又算“{}”。",
                            later.head.title, earlier.head.title
                        ),
                        "改下限、上限让两行不重叠；要让先写的先算，在“说明”表里把“重叠”改成“先写的先算”。",
                    ),
                ),
            };
            faults.error(code, later.head.spot, id, said);
        }
    }
}

fn shadows(items: &[&Item], faults: &mut Faults) {
    let starts = segments(items);
    for (index, later) in items.iter().enumerate() {
        let days: Vec<i64> = starts.iter().copied().filter(|day| active(later, *day)).collect();
        let covered = |day: &i64| {
            let above: Vec<&Item> =
                items.iter().take(index).copied().filter(|item| active(item, *day)).collect();
            let own: Vec<(i64, i64)> = above
                .iter()
                .filter(|item| {
                    item.when.is_none() || (later.when.is_some() && same_quantity(item, later))
                })
                .map(|item| range(item.when.as_ref()))
                .collect();
            uncovered(own, range(later.when.as_ref())).is_none()
        };
        if !days.is_empty() && days.iter().all(covered) {
            faults.error(
                code::SHADOWED,
                later.head.spot,
                &later.head.id,
                words(
                    format!("`{}` never applies: rows above take every such event", later.head.id),
                    format!("“{}”永远用不上：上面的行已经把这些事都算了。", later.head.title),
                    "把它移到上面去，或者删去。",
                ),
            );
        }
    }
}

/// The first part of a range that no interval covers.
fn uncovered(mut intervals: Vec<(i64, i64)>, (low, high): (i64, i64)) -> Option<(i64, i64)> {
    intervals.sort_unstable();
    let mut next = low;
    for (from, to) in intervals {
        if from > next {
            return Some((next, from.saturating_sub(1).min(high)));
        }
        if to >= next {
            next = to.saturating_add(1);
        }
        if to >= high {
            return None;
        }
    }
    Some((next, high))
}

fn gaps(items: &[&Item], event: &EventShape, faults: &mut Faults) {
    for day in segments(items) {
        let rows: Vec<&Item> = items.iter().copied().filter(|item| active(item, day)).collect();
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { continue };
        let Some(when) = &first.when else { continue };
        if rows.iter().any(|item| item.when.is_none()) {
            continue;
        }
        let said = if rows.iter().all(|item| same_quantity(first, item)) {
            let Some((min, max)) = event.bounds(&when.quantities) else { continue };
            let intervals = rows.iter().map(|item| range(item.when.as_ref())).collect();
            let Some((low, high)) = uncovered(intervals, (min, max)) else { continue };
            let name = when.quantities.join("、");
            let unit =
                when.quantities.first().and_then(|q| event.quantity(q)).map_or("", |q| &q.unit);
            words(
                format!(
                    "no row says what `{name}` from {low} to {high} of `{}` brings",
                    event.kind
                ),
                format!("“{}”的“{name}”从 {low} 到 {high}（{unit}）没有一行管。", event.title),
                "补一行；不给分的，也写一行，分值写 0.00。",
            )
        } else {
            words(
                format!(
                    "rows of `{}` have different conditions and no row for the rest",
                    event.kind
                ),
                format!("“{}”的各行条件不同，没有一行管剩下的情况。", event.title),
                "最后加一行不写条件的；不给分的，分值写 0.00。",
            )
        };
        faults.error(code::GAP, last.head.spot, &last.head.id, said);
        return;
    }
}

/// A row whose range, days or unit no event can meet.
fn reachable(item: &Item, event: Option<&EventShape>, faults: &mut Faults) {
    let bounds = |names: &[String]| event.and_then(|event| event.bounds(names));
    let (low, high) = range(item.when.as_ref());
    let outside = item.when.as_ref().and_then(|when| bounds(&when.quantities));
    let outside = outside.is_some_and(|(min, max)| high < min || low > max);
    let days = matches!((item.from, item.to), (Some(from), Some(to)) if from > to);
    let most =
        if item.head.quantities.is_empty() { Some((1, 1)) } else { bounds(&item.head.quantities) };
    let per = most.is_some_and(|(_, max)| item.per > max);
    let (column, text, help) = if low > high {
        (Column::Low, "下限比上限还高", "改下限或上限。")
    } else if outside {
        (Column::When, "这个范围办法不收", "照办法里这个数的最小值、最大值改。")
    } else if days {
        (Column::To, "止比起还早", "改日期。")
    } else if per {
        (Column::Per, "一次记录再多也不够一个计分单位", "把计分单位写小；要累计的，写在“分段”里。")
    } else {
        return;
    };
    faults.error(
        code::NEVER_REACHED,
        item.head.spot.cell(column),
        &item.head.id,
        words(
            format!("`{}` can never apply: see `{}`", item.head.id, column.key()),
            format!("“{}”永远用不上：{text}。", item.head.title),
            help,
        ),
    );
}
