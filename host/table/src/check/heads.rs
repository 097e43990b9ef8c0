//! What a row names: event, quantities, units, clause, instrument.

use super::{EventShape, Scheme};
use crate::fault::{Faults, Words, code, words};
use crate::{Cells, Column, Head, Kind, Row, Spot, Standard, Table};

/// Checks every row against the scheme; clause and event also of rows with a cell that cannot be read.
pub(super) fn check(table: &Table, standard: &Standard, scheme: &Scheme, faults: &mut Faults) {
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Class) {
        for (index, row) in table.rows(kind).iter().enumerate() {
            clause(row, Spot::row(kind, index), faults);
            event(row, Spot::row(kind, index), scheme, faults);
            negative(row, Spot::row(kind, index), faults);
        }
    }
    for head in standard.heads() {
        let Some(event) = scheme.event(&head.event) else { continue };
        named(head, Column::Quantity, &head.quantities, event, faults);
    }
    for row in &standard.items {
        let Some(event) = scheme.event(&row.head.event) else { continue };
        unit(
            &row.unit,
            &row.head.quantities,
            event,
            (&row.head, row.head.spot.cell(Column::Per)),
            faults,
        );
        if let Some(when) = &row.when {
            named(&row.head, Column::When, &when.quantities, event, faults);
            for (column, written) in &when.units {
                let place = (&row.head, row.head.spot.cell(*column));
                unit(written, &when.quantities, event, place, faults);
            }
        }
    }
    for row in &standard.ladders {
        for (number, step) in row.steps.iter().enumerate() {
            let spot = row.head.spot.step(number);
            let Some(event) = scheme.event(&row.head.event) else { continue };
            unit(
                &step.unit,
                &row.head.quantities,
                event,
                (&row.head, spot.cell(Column::At)),
                faults,
            );
        }
    }
    for row in &standard.rates {
        for (number, band) in row.bands.iter().enumerate() {
            let spot = row.head.spot.step(number);
            let Some(event) = scheme.event(&row.head.event) else { continue };
            for written in &band.units {
                unit(
                    written,
                    &row.head.quantities,
                    event,
                    (&row.head, spot.cell(Column::Per)),
                    faults,
                );
            }
        }
    }
    for row in &standard.weights {
        let Some(event) = scheme.event(&row.head.event) else { continue };
        raw(&row.head, event, faults);
    }
}

fn clause(row: &Row, spot: Spot, faults: &mut Faults) {
    let (id, title) = (row.text(Column::Id), row.text(Column::Title));
    if row.text(Column::Clause).trim().is_empty() {
        faults.error(
            code::NO_CLAUSE,
            spot.cell(Column::Clause),
            id,
            words(
                format!("`{id}` names no clause"),
                format!("“{title}”没有写依据的条款。"),
                "写明村规民约或积分办法第几条，例如《…积分办法》第3条。",
            ),
        );
    }
}

fn event(row: &Row, spot: Spot, scheme: &Scheme, faults: &mut Faults) {
    // an empty cell, or one that is no id, has its own fault
    let Ok(event) = crate::cell::id(row.text(Column::Event)) else { return };
    if scheme.event(&event).is_none() {
        let known: Vec<&str> = scheme.events.iter().map(|event| event.kind.as_str()).collect();
        faults.error(
            code::UNKNOWN_EVENT,
            spot.cell(Column::Event),
            row.text(Column::Id),
            words(
                format!("the scheme has no event `{event}`; it has: {}", known.join(", ")),
                format!("办法不收“{event}”这种事件。"),
                format!(
                    "换成这些里的一个：{}；或者在办法的 [[events]] 里加上它。",
                    known.join("、")
                ),
            ),
        );
    }
}

fn named(head: &Head, column: Column, names: &[String], event: &EventShape, faults: &mut Faults) {
    for name in names.iter().filter(|name| event.quantity(name).is_none()) {
        let known: Vec<&str> = event.quantities.iter().map(|q| q.name.as_str()).collect();
        faults.error(
            code::UNKNOWN_QUANTITY,
            head.spot.cell(column),
            &head.id,
            words(
                format!(
                    "event `{}` has no quantity `{name}`; it has: {}",
                    event.kind,
                    known.join(", ")
                ),
                format!("“{}”没有“{name}”这个数。", event.title),
                format!("换成这些里的一个：{}。", known.join("、")),
            ),
        );
    }
}

/// The unit in which the record must keep what is written in a unit.
fn kept(unit: &str) -> &str {
    match unit {
        "小时" => "分钟",
        "元" | "万元" => "分",
        unit => unit,
    }
}

fn unit(
    written: &str,
    names: &[String],
    event: &EventShape,
    (head, spot): (&Head, Spot),
    faults: &mut Faults,
) {
    let mut mismatch = |said: Words| faults.error(code::UNIT_MISMATCH, spot, &head.id, said);
    if names.is_empty() {
        // events are counted: any word for a piece does, but no measure
        if kept(written) != written || written == "分钟" {
            mismatch(words(
                format!("`{}` counts events, not `{written}`", head.id),
                format!("“{}”没有写“数量”，按次数算，不能用“{written}”。", head.title),
                "在“数量”里写明数哪一个数，或者把单位改成“次”。",
            ));
        }
        return;
    }
    for quantity in names.iter().filter_map(|name| event.quantity(name)) {
        if kept(written) != quantity.unit {
            mismatch(words(
                format!(
                    "`{written}` does not fit `{}`, kept in `{}`",
                    quantity.name, quantity.unit
                ),
                if written.is_empty() {
                    format!("没有写单位；“{}”的单位是“{}”。", quantity.name, quantity.unit)
                } else {
                    format!("“{written}”和“{}”的单位“{}”对不上。", quantity.name, quantity.unit)
                },
                "小时对应分钟，元对应分（办法里写 unit = \"分钟\"、\"分\"），其他的要和办法里的单位一样。",
            ));
        }
    }
}

/// A conversion works on 1/100 point.
fn raw(head: &Head, event: &EventShape, faults: &mut Faults) {
    for quantity in head.quantities.iter().filter_map(|name| event.quantity(name)) {
        if quantity.unit != "百分之一分" {
            faults.error(
                code::UNIT_MISMATCH,
                head.spot.cell(Column::Quantity),
                &head.id,
                words(
                    format!(
                        "`{}` is kept in `{}`, not in 1/100 point",
                        quantity.name, quantity.unit
                    ),
                    format!("“{}”的单位是“{}”，折算要用百分之一分。", quantity.name, quantity.unit),
                    "办法里把这个数的单位改成“百分之一分”。",
                ),
            );
        }
    }
}

/// Points are taken away only where a law and an effective document say so; steps never take any.
fn negative(row: &Row, spot: Spot, faults: &mut Faults) {
    let below = |cells: &Cells| {
        let text = cells.get(&Column::Points).map_or("", String::as_str);
        crate::cell::points(text).is_ok_and(|points| points.0 < 0)
    };
    let own = below(&row.cells) && !row.text(Column::Instrument).contains('《');
    let steps = row.steps.iter().enumerate().filter(|(_, cells)| below(cells));
    let steps = steps.map(|(number, _)| spot.step(number));
    for spot in own.then_some(spot).into_iter().chain(steps) {
        let (id, title) = (row.text(Column::Id), row.text(Column::Title));
        faults.error(
            code::NO_BASIS,
            spot.cell(Column::Points),
            id,
            words(
                format!("`{id}` takes points away and names no law and document"),
                format!("“{title}”要扣分，没有写明法律依据和生效文书。"),
                "没有法律、行政法规依据的不能扣分，删去这一行；有的，在“法律文书”里写《…法》第几条和文书种类。",
            ),
        );
    }
}
