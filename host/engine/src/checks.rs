//! Spot checks: a draw of matters by strata of risk that anybody can repeat with the seed and the record.
//!
//! Within a stratum the matters are put in the order of a digest over the seed and their id, and the first are
//! taken. So the draw needs no generator with a state, no matter's chance hangs on another's, and whoever knows
//! the seed before the draw cannot choose: ids are given by the record, not by the one who checks.

use std::collections::BTreeMap;

use model::{CivilDay, Digest, DivisionCode, Refusal};
use package::{Edition, Package, Stratum};

use crate::operation::unknown_division;
use crate::row::Matter;
use crate::state::State;

/// What is drawn from, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Draw {
    /// Start of the draw; printed with it.
    pub seed: u64,
    /// Village, township or district.
    pub place: DivisionCode,
    /// Matters in which something was recorded from this day on; all when absent.
    pub since: Option<CivilDay>,
    /// Last day; what was recorded later was not there to be drawn.
    pub day: CivilDay,
}

/// One stratum with what was drawn of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawn<'p, 's> {
    /// The stratum.
    pub stratum: &'p Stratum,
    /// How many matters it has.
    pub population: u64,
    /// Those drawn, in the order of the draw.
    pub matters: Vec<&'s Matter>,
}

/// A draw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checks<'p, 's> {
    /// Strata, from the riskiest.
    pub strata: Vec<Drawn<'p, 's>>,
    /// Digest over the ids that were drawn from: another record gives another one.
    pub population: Digest,
}

/// Draws matters to be checked.
///
/// # Errors
/// `UNKNOWN_DIVISION`, or no edition is in force on the day.
pub fn draw<'p, 's>(
    state: &'s State,
    package: &'p Package,
    draw: &Draw,
) -> Result<Checks<'p, 's>, Refusal> {
    if package.divisions().get(draw.place).is_none() {
        return Err(unknown_division(draw.place));
    }
    let edition = package.edition(draw.day).ok_or_else(|| {
        Refusal::new(
            model::RefusalKind::Unprocessable,
            "NO_EDITION",
            format!("no edition is in force on {}", draw.day),
            format!("{}没有生效的规矩。", draw.day),
            "换一个日期。",
        )
    })?;
    let here = state.matters.iter().filter(|row| draw.place.contains(row.village));
    let rows: Vec<&Matter> = here.filter(|row| counts(row, draw)).collect();
    let mut ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    ids.sort_unstable();
    let population = Digest::of(ids.iter().map(|id| id.as_bytes()));
    let strata = edition.spot_checks();
    let mut groups: BTreeMap<usize, Vec<&Matter>> = BTreeMap::new();
    for row in rows {
        let at = strata.iter().position(|stratum| holds(edition, stratum, row));
        if let Some(at) = at {
            groups.entry(at).or_default().push(row);
        }
    }
    let drawn = strata.iter().enumerate().map(|(at, stratum)| {
        let mut rows = groups.remove(&at).unwrap_or_default();
        rows.sort_by_cached_key(|row| (rank(draw.seed, &row.id), row.id.clone()));
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        rows.truncate(usize::try_from(stratum.drawn(count)).unwrap_or(usize::MAX));
        Drawn { stratum, population: count, matters: rows }
    });
    Ok(Checks { strata: drawn.collect(), population })
}

/// The place of a matter in the order of a draw.
fn rank(seed: u64, id: &str) -> Digest {
    Digest::of([b"xiangyue spot check".as_slice(), &seed.to_be_bytes(), id.as_bytes()])
}

/// Whether something was recorded in a matter in the time that is looked at.
fn counts(row: &Matter, draw: &Draw) -> bool {
    let days = std::iter::once(row.opened).chain(row.taken.iter().map(|taken| taken.day));
    let mut seen = days.filter(|day| *day <= draw.day);
    row.opened <= draw.day && seen.any(|day| draw.since.is_none_or(|since| since <= day))
}

/// Whether a stratum holds a matter. An amount whose limit cannot be told counts as above it.
fn holds(edition: &Edition, stratum: &Stratum, row: &Matter) -> bool {
    let item = stratum.items.is_empty() || stratum.items.contains(&row.item);
    let amount = stratum.from.as_ref().is_none_or(|from| {
        let parameters = edition.parameters_at(Some(row.village.township()), row.opened);
        from.value(&parameters).is_none_or(|from| from <= row.amount_cents)
    });
    item && amount
}
