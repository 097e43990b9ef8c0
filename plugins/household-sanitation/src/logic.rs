//! The arithmetic of the round, free of any interface, so that the same lines also run natively.
//!
//! Sheets have five parts of 0–20 points each, written in 1/100 point. All numbers below are in 1/100 point.

/// Parts of a sheet: courtyard, gate, toilet, waste sorting, livestock.
pub const PARTS: usize = 5;
/// The most one part can have.
pub const PART_MAX: i64 = 2_000;
/// Fewer sheets than this after exclusions make the round invalid for the house.
pub const SHEETS_MIN: usize = 3;
/// From this many sheets on, one highest and one lowest are dropped.
pub const SHEETS_TRIMMED: usize = 5;

/// What the town sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Weight of the round in the town's points, ‰ (0–1000).
    pub weight: i64,
    /// The most one round can bring.
    pub cap: i64,
}

/// One panel member's sheet for one house.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// Who scored; `None` when the record does not say.
    pub scorer: Option<u32>,
    /// `None` for a part left blank.
    pub parts: [Option<i64>; PARTS],
}

/// One house with all sheets of the round.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct House {
    /// Panel members who live here or are near relatives.
    pub excluded: Vec<u32>,
    /// In the order of the record.
    pub sheets: Vec<Sheet>,
}

/// Why the round is invalid for a house.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Invalid {
    /// Fewer than three sheets remain.
    TooFew {
        /// How many remain.
        left: usize,
    },
    /// A sheet without a scorer: kinship cannot be checked.
    Unsigned,
    /// Two sheets by the same panel member.
    Twice,
    /// A sheet with a blank part.
    Blank,
    /// A part outside 0–20 points.
    OutOfRange,
}

/// The valid result of a house.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// Mean of the counted sheets, rounded half-up to 1/100 point.
    pub raw: i64,
    /// Place among the houses with a valid result; equal raw shares the better place.
    pub rank: i64,
    /// 3, 2, 1 or 0 stars.
    pub stars: i64,
    /// Converted points.
    pub points: i64,
    /// Sheets that the mean rests on.
    pub counted: i64,
}

/// `num / den` rounded half-up; both non-negative and far below overflow here.
fn half_up(num: i64, den: i64) -> i64 {
    (num * 2 + den) / (den * 2)
}

/// Points for a raw mean: `min(half_up(raw × weight ‰), cap)`.
pub fn convert(raw: i64, settings: Settings) -> i64 {
    half_up(raw * settings.weight, 1_000).min(settings.cap)
}

/// Stars for a place among `houses`: the top 10 % have three, the next 30 % two, the next 40 % one. A band ends with
/// the last place that lies wholly inside it; ties share the better place and so the better band.
pub fn stars(rank: i64, houses: i64) -> i64 {
    match rank * 10 {
        tenths if tenths <= houses => 3,
        tenths if tenths <= houses * 4 => 2,
        tenths if tenths <= houses * 8 => 1,
        _ => 0,
    }
}

fn total(sheet: &Sheet) -> Result<i64, Invalid> {
    let mut total = 0;
    for part in sheet.parts {
        match part {
            None => return Err(Invalid::Blank),
            Some(part) if !(0..=PART_MAX).contains(&part) => return Err(Invalid::OutOfRange),
            Some(part) => total += part,
        }
    }
    Ok(total)
}

/// The raw mean of a house and how many sheets it rests on: the house's own people and relatives are removed first,
/// then the extremes are dropped, then the mean is rounded once.
pub fn raw(house: &House) -> Result<(i64, i64), Invalid> {
    let mut scorers = Vec::with_capacity(house.sheets.len());
    let (mut sum, mut low, mut high) = (0, i64::MAX, i64::MIN);
    for sheet in &house.sheets {
        let scorer = sheet.scorer.ok_or(Invalid::Unsigned)?;
        if house.excluded.contains(&scorer) {
            continue;
        }
        if scorers.contains(&scorer) {
            return Err(Invalid::Twice);
        }
        scorers.push(scorer);
        let total = total(sheet)?;
        (sum, low, high) = (sum + total, low.min(total), high.max(total));
    }
    let left = scorers.len();
    if left < SHEETS_MIN {
        return Err(Invalid::TooFew { left });
    }
    let (sum, counted) =
        if left >= SHEETS_TRIMMED { (sum - low - high, left - 2) } else { (sum, left) };
    let counted = counted as i64;
    Ok((half_up(sum, counted), counted))
}

/// The whole village: one result per house, in the order given; the order itself changes nothing.
pub fn settle(settings: Settings, houses: &[House]) -> Vec<Result<Outcome, Invalid>> {
    let raws: Vec<_> = houses.iter().map(raw).collect();
    let mut sorted: Vec<i64> = raws.iter().flatten().map(|(raw, _)| *raw).collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let valid = sorted.len() as i64;
    let outcome = |(raw, counted)| {
        let rank = 1 + sorted.partition_point(|other| *other > raw) as i64;
        Outcome { raw, rank, stars: stars(rank, valid), points: convert(raw, settings), counted }
    };
    raws.into_iter().map(|raw| raw.map(outcome)).collect()
}

#[cfg(test)]
#[path = "logic/tests.rs"]
mod tests;
