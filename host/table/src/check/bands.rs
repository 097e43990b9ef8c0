//! Steps of ladders, bands of rates and places: in order, without gaps, overlaps or falls.

use crate::fault::{Faults, code, words};
use crate::{Band, Column, Head, Ladder, Ranking, Rate, Spot, Standard};

/// Checks every row with steps.
pub(super) fn check(standard: &Standard, faults: &mut Faults) {
    standard.ladders.iter().for_each(|row| ladder(row, faults));
    standard.rates.iter().for_each(|row| rate(row, faults));
    standard.rankings.iter().for_each(|row| ranking(row, faults));
}

fn pairs<T>(steps: &[T]) -> impl Iterator<Item = (usize, &T, &T)> {
    let later = steps.iter().skip(1);
    steps.iter().zip(later).enumerate().map(|(index, (a, b))| (index.saturating_add(1), a, b))
}

/// Two steps that begin at the same place.
fn same(head: &Head, spot: Spot, equal: bool, what: &str, faults: &mut Faults) {
    let (code, said) = if equal {
        (code::DUPLICATE, "写了两次")
    } else {
        (code::CONFLICT, "写了两次，分值不一样")
    };
    faults.error(
        code,
        spot,
        &head.id,
        words(
            format!("`{what}` of `{}` stands twice", head.id),
            format!("“{}”的“{what}”这一档{said}。", head.title),
            "留一档，删一档。",
        ),
    );
}

fn not_rising(head: &Head, spot: Spot, faults: &mut Faults) {
    faults.error(
        code::NOT_RISING,
        spot.cell(Column::Points),
        &head.id,
        words(
            format!("a better step of `{}` brings fewer points", head.id),
            format!("“{}”的这一档更好，分却更少。", head.title),
            "改分值；确实要这样的，在“允许下降”里写“是”。",
        ),
    );
}

fn out_of_order(head: &Head, spot: Spot, faults: &mut Faults) {
    faults.error(
        code::OVERLAP,
        spot,
        &head.id,
        words(
            format!("the steps of `{}` are not in order", head.id),
            format!("“{}”的各档没有从小到大排。", head.title),
            "按从小到大的次序排好。",
        ),
    );
}

fn ladder(row: &Ladder, faults: &mut Faults) {
    for (number, before, step) in pairs(&row.steps) {
        let spot = row.head.spot.step(number);
        if step.reach == before.reach {
            same(&row.head, spot, step.points == before.points, &step.edge, faults);
        } else if step.reach < before.reach {
            out_of_order(&row.head, spot, faults);
        } else if step.points < before.points && !row.falls {
            not_rising(&row.head, spot, faults);
        } else if step.points == before.points {
            faults.warning(
                code::NEVER_REACHED,
                spot,
                &row.head.id,
                words(
                    format!("step `{}` of `{}` changes nothing", step.edge, row.head.id),
                    format!("“{}”的“{}”这一档和上一档分一样。", row.head.title, step.edge),
                    "改分值，或者删去这一档。",
                ),
            );
        }
    }
}

fn gap(head: &Head, spot: Spot, what: &str, text: &str, help: &str, faults: &mut Faults) {
    let message = format!("`{}` leaves out {what}", head.id);
    faults.error(
        code::GAP,
        spot,
        &head.id,
        words(message, format!("“{}”{text}", head.title), help),
    );
}

fn rate(row: &Rate, faults: &mut Faults) {
    let head = &row.head;
    let at = |number: usize| head.spot.step(number);
    if row.bands.first().is_some_and(|band| band.low != 0) {
        let help = "第一段的下限写 >0 或 ≥0；开头不给分的，加一段分值写 0.00。";
        gap(head, at(0).cell(Column::Low), "the beginning", "从 0 到第一段没有写。", help, faults);
    }
    for (number, band) in row.bands.iter().enumerate() {
        if band.high.is_some_and(|high| high <= band.low) {
            faults.error(
                code::NEVER_REACHED,
                at(number),
                &head.id,
                words(
                    format!("band {number} of `{}` is empty", head.id),
                    format!("“{}”的这一段上限不高于下限。", head.title),
                    "改下限或上限。",
                ),
            );
        }
    }
    for (number, before, band) in pairs(&row.bands) {
        joint(head, at(number), before, band, faults);
    }
    if let Some(last) = row.bands.last()
        && last.high.is_some()
    {
        let spot = at(row.bands.len().saturating_sub(1)).cell(Column::High);
        let help = "最后一段的上限留空；以上不给分的，加一段分值写 0.00。";
        gap(head, spot, "what lies above the last band", "最后一段以上没有写。", help, faults);
    }
}

/// Where two bands meet: every number belongs to exactly one.
fn joint(head: &Head, spot: Spot, before: &Band, band: &Band, faults: &mut Faults) {
    let Some(high) = before.high else {
        faults.error(
            code::SHADOWED,
            spot,
            &head.id,
            words(
                format!("a band of `{}` stands behind one without an end", head.id),
                format!("“{}”的上一段没有上限，这一段永远用不上。", head.title),
                "给上一段写上限，或者删去这一段。",
            ),
        );
        return;
    };
    let both = before.high_inclusive && band.low_inclusive;
    let neither = !before.high_inclusive && !band.low_inclusive;
    if band.low > high || (band.low == high && neither) {
        let help = "上一段写 ≤，这一段写 >，数字一样。";
        gap(
            head,
            spot.cell(Column::Low),
            "what lies between two bands",
            "的两段中间有空当。",
            help,
            faults,
        );
    } else if band.low < high || both {
        faults.error(
            code::OVERLAP,
            spot.cell(Column::Low),
            &head.id,
            words(
                format!("two bands of `{}` share a number", head.id),
                format!("“{}”的两段有重叠的数。", head.title),
                "上一段写 ≤，这一段写 >，数字一样。",
            ),
        );
    }
}

fn ranking(row: &Ranking, faults: &mut Faults) {
    for (number, before, band) in pairs(&row.bands) {
        let spot = row.head.spot.step(number);
        if (band.permille, band.inclusive) == (before.permille, before.inclusive) {
            let what = format!("{}‰", band.permille);
            same(&row.head, spot, band.points == before.points, &what, faults);
        } else if band.permille < before.permille
            || (band.permille == before.permille && !band.inclusive)
        {
            out_of_order(&row.head, spot, faults);
        } else if band.points > before.points && !row.falls {
            not_rising(&row.head, spot, faults);
        }
    }
    if let Some(last) = row.bands.last()
        && (last.permille, last.inclusive) != (1_000, true)
    {
        let spot = row.head.spot.step(row.bands.len().saturating_sub(1)).cell(Column::UpTo);
        let help = "最后加一档 ≤100%；不给分的，分值写 0.00。";
        gap(&row.head, spot, "the rest of the village", "最后一档以后的户没有写。", help, faults);
    }
}
