//! The Chinese sentence beside a number: which row of the table, what was counted, what came of it.

use model::{Cents, Points};
use table::{Head, Rank, Step};

use super::count::Tally;
use super::plan::Item;

fn named(head: &Head) -> String {
    if head.class.is_empty() {
        format!("“{}”", head.title)
    } else {
        format!("{}·“{}”", head.class, head.title)
    }
}

/// An amount of the record in the unit of the table.
fn shown(amount: i64, unit: &str) -> String {
    match unit {
        "小时" => {
            let (hours, minutes) = (amount.div_euclid(60), amount.rem_euclid(60));
            if minutes == 0 {
                format!("{hours}小时")
            } else {
                format!("{hours}小时{minutes}分钟")
            }
        }
        "元" | "万元" if amount.rem_euclid(100) == 0 => format!("{}元", amount.div_euclid(100)),
        "元" | "万元" => format!("{}元", Cents(amount)),
        unit => format!("{amount}{unit}"),
    }
}

/// “按封顶由12.00分减为9.00分” where caps took something.
fn capped(points: i64, uncapped: i64) -> String {
    if points == uncapped {
        format!("计{}分", Points(points))
    } else {
        format!("应计{}分，封顶后计{}分", Points(uncapped), Points(points))
    }
}

pub(super) fn item(head: &Head, item: &Item, tally: &Tally) -> String {
    let what = if head.quantities.is_empty() {
        format!("{}次", tally.events)
    } else {
        format!("{}次共{}", tally.events, shown(tally.amount, &item.unit))
    };
    let number = if item.number == 1 { String::new() } else { item.number.to_string() };
    let each = format!("每{number}{}{}分", item.unit, Points(item.points));
    format!("{}：{what}，{each}，{}", named(head), capped(tally.points, tally.uncapped))
}

pub(super) fn ladder(head: &Head, step: Option<&Step>, tally: &Tally) -> String {
    let points = Points(tally.points);
    match step {
        Some(step) => {
            let total = shown(tally.amount, &step.unit);
            format!("{}：累计{total}，达到“{}”一档，计{points}分", named(head), step.edge)
        }
        None => format!("{}：分{}期各自累计，共计{points}分", named(head), tally.closed),
    }
}

pub(super) fn rate(head: &Head, unit: &str, tally: &Tally) -> String {
    let parts = if tally.closed > 1 { format!("分{}期", tally.closed) } else { String::new() };
    let total = shown(tally.amount, unit);
    format!(
        "{}：累计{total}，{parts}分段折算，{}",
        named(head),
        capped(tally.points, tally.uncapped)
    )
}

pub(super) fn weight(head: &Head, raw: i64, permille: i64, (points, full): (i64, i64)) -> String {
    let done = capped(points, full);
    format!("{}：原始分{}，按{permille}‰折算，{done}", named(head), Points(raw))
}

pub(super) fn place(head: &Head, (place, of): (i64, i64), band: &Rank) -> String {
    let label =
        if band.label.is_empty() { String::new() } else { format!("，评为{}", band.label) };
    format!("{}：全村{of}户第{place}名{label}，计{}分", named(head), Points(band.points))
}
