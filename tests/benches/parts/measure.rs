//! Two things measured in turns in one run, and the lines that say how they compare.

use std::cmp::Reverse;
use std::time::Instant;

/// Which way a limit runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// The measured value is at most so many hundredths of its yardstick.
    AtMost(u64),
    /// The measured value is at least so many hundredths of its yardstick.
    AtLeast(u64),
}

/// Lines printed so far, and whether each was within its limit.
#[derive(Default, Debug)]
pub(crate) struct Report {
    over: Vec<String>,
}

impl Report {
    /// Prints `what: x / against: y = z× (limit …×) ok`; both values in thousandths of the unit.
    pub(crate) fn ratio(
        &mut self,
        unit: &str,
        (what, ours): (&str, u64),
        (against, base): (&str, u64),
        limit: Limit,
    ) {
        let hundredths = ours.saturating_mul(100) / base.max(1);
        let (within, words) = match limit {
            Limit::AtMost(most) => (hundredths <= most, format!("limit {}×", fixed(most, 100))),
            Limit::AtLeast(least) => {
                (hundredths >= least, format!("limit {}× or more", fixed(least, 100)))
            }
        };
        println!(
            "{what}: {} {unit} / {against}: {} {unit} = {}× ({words}) {}",
            fixed(ours, 1000),
            fixed(base, 1000),
            fixed(hundredths, 100),
            verdict(within)
        );
        self.note(what, within);
    }

    /// Prints `what: x (limit y) ok`; both values in thousandths of the unit.
    pub(crate) fn most(&mut self, unit: &str, what: &str, found: u64, most: u64) {
        let within = found <= most;
        println!(
            "{what}: {} {unit} (limit {} {unit}) {}",
            fixed(found, 1000),
            fixed(most, 1000),
            verdict(within)
        );
        self.note(what, within);
    }

    /// Prints a value that has no limit, in thousandths of the unit.
    #[expect(clippy::unused_self, reason = "reads like its siblings where it is used")]
    pub(crate) fn value(&self, unit: &str, what: &str, found: u64) {
        println!("{what}: {} {unit}", fixed(found, 1000));
    }

    /// Prints words.
    #[expect(clippy::unused_self, reason = "reads like its siblings where it is used")]
    pub(crate) fn say(&self, words: &str) {
        println!("{words}");
    }

    fn note(&mut self, what: &str, within: bool) {
        if !within {
            self.over.push(what.to_owned());
        }
    }

    /// Whether every line was within its limit; names those that were not.
    pub(crate) fn ended(self) -> std::process::ExitCode {
        if self.over.is_empty() {
            return std::process::ExitCode::SUCCESS;
        }
        println!("over the limit: {}", self.over.join("; "));
        std::process::ExitCode::FAILURE
    }
}

fn verdict(within: bool) -> &'static str {
    if within { "ok" } else { "OVER THE LIMIT" }
}

/// A number in decimal notation, given in parts of one.
fn fixed(number: u64, parts: u64) -> String {
    let digits = usize::try_from(parts.ilog10()).unwrap_or_default();
    format!("{}.{:0digits$}", number / parts, number % parts)
}

/// The middle of some values.
pub(crate) fn median(values: &mut [u64]) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The largest of some values that only `one_in` of them exceeds.
pub(crate) fn upper(values: &mut [u64], one_in: usize) -> u64 {
    values.sort_unstable_by_key(|value| Reverse(*value));
    values.get(values.len() / one_in).copied().unwrap_or_default()
}

/// How often and how much is measured in turns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turns {
    /// Turns of each side.
    pub(crate) rounds: usize,
    /// Rows asked in one turn.
    pub(crate) rows: usize,
}

/// The medians of both sides in nanoseconds for one row. Both sides ask the same rows, turn by turn;
/// who begins changes with each round.
pub(crate) fn in_turns(
    turns: Turns,
    count: usize,
    mut ours: impl FnMut(usize),
    mut base: impl FnMut(usize),
) -> (u64, u64) {
    let mut times = (Vec::new(), Vec::new());
    // the first rounds fill caches on both sides and are not counted
    for round in 0..=(turns.rounds + turns.rounds / 10) {
        let rows = (0..turns.rows).map(|row| (round * turns.rows + row) % count);
        let (own, other) = if round.is_multiple_of(2) {
            let own = timed(rows.clone(), &mut ours);
            (own, timed(rows, &mut base))
        } else {
            let other = timed(rows.clone(), &mut base);
            (timed(rows, &mut ours), other)
        };
        if round > turns.rounds / 10 {
            times.0.push(own);
            times.1.push(other);
        }
    }
    (median(&mut times.0), median(&mut times.1))
}

fn timed(rows: impl ExactSizeIterator<Item = usize>, call: &mut impl FnMut(usize)) -> u64 {
    let count = rows.len().max(1);
    let from = Instant::now();
    rows.for_each(call);
    nanos(from) / u64::try_from(count).unwrap_or(1)
}

/// What the processors did until a moment, in ticks of a hundredth of a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticks {
    from: Instant,
    /// All of them together.
    busy: u64,
}

impl Ticks {
    /// Until now.
    pub(crate) fn now() -> Self {
        let text = std::fs::read_to_string("/proc/stat").unwrap();
        let first = text.lines().next().unwrap();
        let all: Vec<u64> = first.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        // the fourth is idle, the fifth is idle while a disk works
        let idle = all.iter().skip(3).take(2).sum::<u64>();
        Self { from: Instant::now(), busy: all.iter().take(8).sum::<u64>() - idle }
    }

    /// How much of one processor others took since then, in hundredths; `own` is what we took.
    pub(crate) fn others(self, own: u64) -> u64 {
        let now = Self::now();
        let centis = u64::try_from(self.from.elapsed().as_millis()).unwrap_or(u64::MAX) / 10;
        (now.busy - self.busy).saturating_sub(own) * 100 / centis.max(1)
    }
}

/// What a process took until now, in the same ticks: itself, and its children that have ended.
pub(crate) fn taken(process: &str) -> (u64, u64) {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let numbers: Vec<u64> = text
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().map(|it| it.parse().unwrap_or(0)).collect())
        .unwrap_or_default();
    // user and system time are the fourteenth and fifteenth, those of children follow
    let [own, children] = [11, 13].map(|at| numbers.iter().skip(at).take(2).sum::<u64>());
    (own, children)
}

/// Nanoseconds since a moment.
pub(crate) fn nanos(from: Instant) -> u64 {
    u64::try_from(from.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Numbers without a pattern, the same in each run.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Begins a row of numbers.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    /// A number below `most`.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let most = u64::try_from(most).unwrap_or(u64::MAX).max(1);
        usize::try_from(mixed % most).unwrap_or_default()
    }
}
