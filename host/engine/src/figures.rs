//! Figures counted from the record, none entered by hand: certificates by type, month and village.

use std::collections::BTreeMap;

use model::{CivilDay, DivisionCode, Refusal, RefusalKind};
use package::ListKind;
use serde_json::{Value, json};

use crate::Engine;
use crate::operation::unknown_division;
use crate::row::Matter;
use crate::snapshot::Snapshot;

/// Issued certificates of one type.
#[derive(Default)]
struct Issued {
    months: [u64; 12],
    villages: BTreeMap<DivisionCode, u64>,
}

impl Issued {
    fn add(&mut self, village: DivisionCode, month: i8) {
        let month = usize::try_from(month).unwrap_or_default().saturating_sub(1);
        if let Some(count) = self.months.get_mut(month) {
            *count = count.saturating_add(1);
        }
        let own = self.villages.entry(village).or_default();
        *own = own.saturating_add(1);
    }

    fn total(&self) -> u64 {
        self.villages.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// The day a certificate was issued: that of the last signature, once all that the item asks for are there.
fn issued(snapshot: &Snapshot, row: &Matter) -> Option<CivilDay> {
    let edition = snapshot.began(row).ok()?;
    let item = crate::flows::item_of(edition, row)?;
    let signing = item.steps.iter().filter(|step| step.signature);
    let days: Option<Vec<CivilDay>> = signing
        .map(|step| row.taken.iter().find(|taken| taken.step == step.id).map(|taken| taken.day))
        .collect();
    days?.into_iter().max()
}

/// A mean to one decimal, half rounded up, in integers; nothing of nothing is none.
fn mean(count: u64, of: u64) -> Option<String> {
    let tenths = count.checked_mul(20)?.checked_add(of)?.checked_div(of.checked_mul(2)?)?;
    Some(format!("{}.{}", tenths.checked_div(10)?, tenths.checked_rem(10)?))
}

impl Engine {
    /// How many certificates of each type were issued in a year, by month and by village, with the mean per
    /// village. A type that is not kept today counts as one that should not have been issued any more.
    ///
    /// # Errors
    /// `UNKNOWN_DIVISION`, `INVALID_INPUT` for a year that is none, or no edition is in force.
    pub fn certificates(&self, place: DivisionCode, year: &str) -> Result<Value, Refusal> {
        let (state, snapshot, today) = (self.read_state(), self.snapshot(), self.today());
        let edition = snapshot.edition(today, Some(place))?;
        if edition.divisions().get(place).is_none() {
            return Err(unknown_division(place));
        }
        let year =
            if year.is_empty() { today.ymd().0 } else { year.parse().map_err(|_| wrong())? };
        let list = edition.lists().get(&ListKind::Certificate);
        let listed = |id: &str| list.is_some_and(|list| list.entries.contains_key(id));
        let mut types: BTreeMap<&str, Issued> = BTreeMap::new();
        let here = state.matters.iter().filter(|row| place.contains(row.village));
        // a use of the seal names the certificate too; the paper is counted where it is issued
        let named = |row: &&Matter| !row.course.certificate.is_empty() && row.seal_class.is_empty();
        for row in here.filter(named) {
            let Some(day) = issued(&snapshot, row).filter(|day| day.ymd().0 == year) else {
                continue;
            };
            // the words of whoever asked are nobody's to read
            let id =
                if listed(&row.course.certificate) { row.course.certificate.as_str() } else { "" };
            types.entry(id).or_default().add(row.village, day.ymd().1);
        }
        let villages =
            edition.divisions().villages().filter(|row| place.contains(row.code)).count();
        let villages = u64::try_from(villages).unwrap_or(u64::MAX);
        let title = |id: &str| {
            let entry = list.and_then(|list| list.entries.get(id));
            entry.map_or_else(|| "清单上没有的证明".to_owned(), |entry| entry.title.clone())
        };
        let kept = |id: &str| {
            edition.entry(id, today).is_some_and(|(kind, _)| kind == ListKind::Certificate)
        };
        let rows: Vec<Value> = types
            .iter()
            .map(|(id, issued)| {
                json!({
                    "certificate": id, "title": title(id), "kept": kept(id), "count": issued.total(),
                    "months": issued.months, "mean": mean(issued.total(), villages),
                    "villages": issued.villages.iter().map(|(village, count)| {
                        json!({"village": village, "count": count})
                    }).collect::<Vec<_>>(),
                })
            })
            .collect();
        let all = types.values().fold(0_u64, |sum, issued| sum.saturating_add(issued.total()));
        Ok(json!({
            "place": place, "year": year, "villages": villages, "count": all,
            "mean": mean(all, villages), "types": rows,
        }))
    }
}

fn wrong() -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        "INVALID_INPUT",
        "`year`: four digits are needed, e.g. `2026`",
        "“year”填写有误：应为四位年份。",
        "请填写年份，例如 2026。",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_exact_to_one_decimal() {
        for (count, of, want) in [
            (0, 182, Some("0.0")),
            (1, 182, Some("0.0")),
            (10, 182, Some("0.1")),
            (1, 20, Some("0.1")),
            (1, 21, Some("0.0")),
            (3, 2, Some("1.5")),
            (2_000, 182, Some("11.0")),
            (1, 0, None),
        ] {
            assert_eq!(mean(count, of).as_deref(), want, "{count} of {of}");
        }
    }
}
