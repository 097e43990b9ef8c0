//! Caps: large enough for one event, of some effect, and one within the other.

use crate::fault::{Faults, code, words};
use crate::{Caps, Class, Column, Head, Item, Spot, Standard, Window};

/// Checks every cap.
pub(super) fn check(standard: &Standard, faults: &mut Faults) {
    for item in &standard.items {
        let spot = item.head.spot;
        let needed = item.points.saturating_abs();
        for (column, cap) in columns(&item.caps) {
            small(cap, needed, (&item.head, spot.cell(column)), faults);
        }
        useless(&item.caps, spot, &item.head.id, faults);
    }
    for rate in &standard.rates {
        let least = rate.bands.iter().map(|band| band.points).filter(|points| *points > 0).min();
        small(rate.cap, least.unwrap_or(0), (&rate.head, rate.head.spot.cell(Column::Cap)), faults);
    }
    for class in &standard.classes {
        useless(&class.caps, class.spot, "", faults);
        let own = |head: &&Head| head.class == class.title;
        for item in standard.items.iter().filter(|item| item.head.class == class.title) {
            for (column, cap) in columns(&class.caps) {
                small(cap, item.points, (&item.head, class.spot.cell(column)), faults);
            }
            crossing(class, item, faults);
        }
        let capped = class.caps != Caps::default();
        let others = standard.heads().filter(own).filter(|head| head.kind() != crate::Kind::Item);
        for head in others.filter(|_| capped) {
            faults.error(
                code::WRONG_SHAPE,
                head.spot.cell(Column::Class),
                &head.id,
                words(
                    format!(
                        "the caps of class `{}` count items only, not `{}`",
                        class.title, head.id
                    ),
                    format!("类别“{}”的封顶只管计分项，管不到“{}”。", class.title, head.title),
                    "给这一行换一个不封顶的类别，用它自己的封顶。",
                ),
            );
        }
    }
}

fn columns(caps: &Caps) -> [(Column, Option<i64>); 5] {
    [
        (Column::CapEvent, caps.event),
        (Column::CapDay, caps.day),
        (Column::CapMonth, caps.month),
        (Column::CapQuarter, caps.quarter),
        (Column::CapYear, caps.year),
    ]
}

/// Caps and windows that would have to look beyond the period.
pub(super) fn beyond(standard: &Standard, period: Window, faults: &mut Faults) {
    let mut long = |spot: Spot, id: &str, column: Column, window: Window| {
        if window > period && window != Window::All {
            faults.error(
                code::BEYOND_PERIOD,
                spot.cell(column),
                id,
                words(
                    format!("`{}` is longer than the scheme's period", column.key()),
                    format!("“{}”比办法的计算周期长，算不到别的周期。", column.title()),
                    "办法里的 period 改长（例如 year），或者换一个不长于它的。",
                ),
            );
        }
    };
    let windows = [
        (Column::CapDay, Window::Day),
        (Column::CapMonth, Window::Month),
        (Column::CapQuarter, Window::Quarter),
        (Column::CapYear, Window::Year),
    ];
    let items = standard.items.iter().map(|row| (&row.caps, row.head.spot, row.head.id.as_str()));
    let classes = standard.classes.iter().map(|row| (&row.caps, row.spot, ""));
    for (caps, spot, id) in items.chain(classes) {
        for ((column, window), (_, cap)) in windows.into_iter().zip(caps.windows()) {
            if cap.is_some() {
                long(spot, id, column, window);
            }
        }
    }
    for row in &standard.ladders {
        long(row.head.spot, &row.head.id, Column::Window, row.window);
    }
    for row in &standard.rates {
        long(row.head.spot, &row.head.id, Column::Window, row.window);
    }
}

/// A cap that not even one event's points fit under.
fn small(cap: Option<i64>, points: i64, (head, spot): (&Head, Spot), faults: &mut Faults) {
    let Some(cap) = cap.filter(|cap| *cap < points) else { return };
    let (cap, points) = (model::Points(cap), model::Points(points));
    faults.error(
        code::CAP_BELOW_ONE,
        spot,
        &head.id,
        words(
            format!("the cap {cap} is below the {points} of one event of `{}`", head.id),
            format!("封顶 {cap} 分，比“{}”一次的 {points} 分还少。", head.title),
            "把封顶改大，或者把分值改小。",
        ),
    );
}

/// A shorter window's cap that a longer window's is not above.
fn useless(caps: &Caps, spot: Spot, id: &str, faults: &mut Faults) {
    let all = columns(caps);
    for (index, (column, cap)) in all.iter().enumerate() {
        let longer = all.iter().skip(index.saturating_add(1)).filter_map(|(_, cap)| *cap).min();
        if let (Some(cap), Some(longer)) = (cap, longer)
            && *cap >= longer
        {
            faults.warning(
                code::NEVER_REACHED,
                spot.cell(*column),
                id,
                words(
                    format!("cap `{}` has no effect: a longer one is not larger", column.key()),
                    format!("“{}”不起作用：后面更长的封顶不比它大。", column.title()),
                    "去掉这一格，或者改数字。",
                ),
            );
        }
    }
}

/// The class is capped in a shorter window than the row: what a row uses up of its longer cap may be cut by the class,
/// so that one more event early on can bring less in all.
fn crossing(class: &Class, item: &Item, faults: &mut Faults) {
    let shortest = class.caps.windows().into_iter().find(|(_, cap)| cap.is_some());
    let longest = item.caps.windows().into_iter().rev().find(|(_, cap)| cap.is_some());
    let (Some((shortest, _)), Some((longest, _))) = (shortest, longest) else { return };
    if longest > shortest && item.points > 0 {
        let column = match longest {
            Window::Month => Column::CapMonth,
            Window::Quarter => Column::CapQuarter,
            _ => Column::CapYear,
        };
        faults.warning(
            code::CAPS_CROSS,
            item.head.spot.cell(column),
            &item.head.id,
            words(
                format!(
                    "the cap of `{}` runs longer than the one of class `{}`",
                    item.head.id, class.title
                ),
                format!(
                    "“{}”的封顶周期比类别“{}”的长，多报一件事可能反而少得分。",
                    item.head.title, class.title
                ),
                "类别封顶的周期不要短于本行封顶的周期。",
            ),
        );
    }
}
