//! What a table says as a whole: unknown and unused things, gaps, overlaps, rows that never apply, caps, basis.

mod bands;
mod caps;
mod heads;
mod hits;

use std::collections::BTreeSet;

use crate::fault::{Faults, code, words};
use crate::{Column, Fault, Kind, Spot, Standard, Table, Window, read};

/// What the scheme says that names the table.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Scheme {
    /// Whether the whole village is settled at once.
    pub settles: bool,
    /// The period whose events the rule sees together: month, quarter or year.
    pub period: Option<Window>,
    /// The events it takes.
    pub events: Vec<EventShape>,
}

/// An event of the scheme.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventShape {
    /// Event type.
    pub kind: String,
    /// 中文名称.
    pub title: String,
    /// Its quantities.
    pub quantities: Vec<QuantityShape>,
}

/// A quantity of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuantityShape {
    /// Name.
    pub name: String,
    /// Smallest value.
    pub min: i64,
    /// Largest value.
    pub max: i64,
    /// 中文：单位, as the record keeps it.
    pub unit: String,
}

impl Scheme {
    fn event(&self, kind: &str) -> Option<&EventShape> {
        self.events.iter().find(|event| event.kind == kind)
    }
}

impl EventShape {
    /// Smallest and largest value of the sum of some quantities; `None` when one is unknown.
    fn bounds(&self, names: &[String]) -> Option<(i64, i64)> {
        names.iter().try_fold((0_i64, 0_i64), |(min, max), name| {
            let one = self.quantity(name)?;
            Some((min.saturating_add(one.min), max.saturating_add(one.max)))
        })
    }

    fn quantity(&self, name: &str) -> Option<&QuantityShape> {
        self.quantities.iter().find(|one| one.name == name)
    }
}

/// Every fault of a table, cells included, in one pass and in the order of the table.
pub fn check(table: &Table, scheme: &Scheme) -> Vec<Fault> {
    let (standard, found) = read(table);
    let mut faults = Faults(found);
    heads::check(table, &standard, scheme, &mut faults);
    unused(table, scheme, &mut faults);
    classes(table, &standard, &mut faults);
    hits::check(table, &standard, scheme, &mut faults);
    bands::check(&standard, &mut faults);
    caps::check(&standard, &mut faults);
    if let Some(period) = scheme.period {
        caps::beyond(&standard, period, &mut faults);
    }
    if !scheme.settles {
        for row in &standard.rankings {
            faults.error(
                code::WRONG_LAW,
                row.head.spot,
                &row.head.id,
                words(
                    format!("`{}` ranks the village, the scheme scores row by row", row.head.id),
                    format!("“{}”要全村排名，办法却是逐户计分。", row.head.title),
                    "把办法里的 law 改成 \"settle\"，或者去掉名次这一行。",
                ),
            );
        }
    }
    faults.0.sort_by(|a, b| (a.spot, a.code).cmp(&(b.spot, b.code)));
    faults.0.dedup();
    faults.0
}

/// Events of the scheme that no row reads; rows with a faulty cell count as reading theirs.
fn unused(table: &Table, scheme: &Scheme, faults: &mut Faults) {
    let read: BTreeSet<&str> =
        table.rows.values().flatten().map(|row| row.text(Column::Event).trim()).collect();
    for event in scheme.events.iter().filter(|event| !read.contains(event.kind.as_str())) {
        faults.error(
            code::UNUSED_EVENT,
            Spot::TABLE,
            "",
            words(
                format!("no row reads event `{}` of the scheme", event.kind),
                format!("办法收“{}”（{}），表里没有一行给它计分。", event.title, event.kind),
                "加一行；不计分的，从办法的 [[events]] 里去掉。",
            ),
        );
    }
}

/// Once any class is listed, every class is: a typing mistake must not escape a cap.
fn classes(table: &Table, standard: &Standard, faults: &mut Faults) {
    let listed: BTreeSet<&str> =
        table.rows(Kind::Class).iter().map(|row| row.text(Column::Class).trim()).collect();
    if listed.is_empty() {
        return;
    }
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Class) {
        for (index, row) in table.rows(kind).iter().enumerate() {
            let (id, class) = (row.text(Column::Id), row.text(Column::Class).trim());
            if listed.contains(class) {
                continue;
            }
            faults.error(
                code::UNKNOWN_CLASS,
                Spot::row(kind, index).cell(Column::Class),
                id,
                words(
                    format!("class `{class}` of `{id}` is not listed"),
                    format!("“{}”的类别“{class}”没有列在“类别封顶”里。", row.text(Column::Title)),
                    "检查有没有写错字；不封顶的类别也列一行，封顶留空。",
                ),
            );
        }
    }
    let used: BTreeSet<&str> = table
        .rows
        .values()
        .flatten()
        .filter(|row| !row.text(Column::Event).is_empty())
        .map(|row| row.text(Column::Class).trim())
        .collect();
    for class in standard.classes.iter().filter(|class| !used.contains(class.title.as_str())) {
        faults.error(
            code::UNUSED_CLASS,
            class.spot,
            "",
            words(
                format!("no row is of class `{}`", class.title),
                format!("没有一行属于类别“{}”。", class.title),
                "检查有没有写错字；用不到就去掉这一行。",
            ),
        );
    }
}
