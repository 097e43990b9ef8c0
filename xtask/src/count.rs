//! Counting: what a step answers, the totals of a run, and the totals a test harness prints.

use std::fmt;
use std::ops::AddAssign;

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// One check that holds.
    Passed,
    /// One check that does not hold, or could not be finished; says why.
    Failed(String),
    /// A check that cannot run here; says why and what to do.
    Skipped(String),
    /// Many checks, counted by the tool that ran them, and its own failure if it had one.
    Many(Totals, Option<String>),
}

impl From<Result<(), String>> for Outcome {
    fn from(result: Result<(), String>) -> Self {
        result.map_or_else(Self::Failed, |()| Self::Passed)
    }
}

impl Outcome {
    /// What this outcome adds to the totals of the run.
    pub(crate) fn totals(&self) -> Totals {
        match self {
            Self::Passed => Totals { passed: 1, ..Totals::default() },
            Self::Failed(_) => Totals { failed: 1, ..Totals::default() },
            Self::Skipped(_) => Totals { skipped: 1, ..Totals::default() },
            // A tool that failed without a failed test, as by a compile error, is one failure;
            // a tool that found nothing to run has checked nothing.
            Self::Many(totals, failure) => {
                let none = *totals == Totals::default();
                let unexplained = failure.is_some() && totals.failed == 0;
                Totals { failed: totals.failed.max(u64::from(none || unexplained)), ..*totals }
            }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => write!(f, "passed"),
            Self::Failed(why) => write!(f, "failed: {why}"),
            Self::Skipped(why) => write!(f, "skipped: {why}"),
            Self::Many(_, Some(why)) => write!(f, "{}: {why}", self.totals()),
            Self::Many(_, None) => write!(f, "{}", self.totals()),
        }
    }
}

/// Numbers of checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Reads the line with which a Rust test harness ends; an ignored test is a skipped check.
pub(crate) fn test_result(line: &str) -> Option<Totals> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut totals = Totals::default();
    for part in counts.split("; ") {
        let Some((number, what)) = part.split_once(' ') else { continue };
        let count = match what {
            "passed" => &mut totals.passed,
            "failed" => &mut totals.failed,
            "ignored" => &mut totals.skipped,
            _ => continue,
        };
        *count = number.parse().ok()?;
    }
    Some(totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(passed: u64, failed: u64, skipped: u64) -> Totals {
        Totals { passed, failed, skipped }
    }

    #[test]
    fn harness_lines_are_read_and_others_left() {
        let tail = "0 measured; 5 filtered out; finished in 1.25s";
        let line = format!("test result: ok. 12 passed; 0 failed; 3 ignored; {tail}");
        assert_eq!(test_result(&line), Some(totals(12, 0, 3)));
        let line = format!("test result: FAILED. 1 passed; 2 failed; 0 ignored; {tail}");
        assert_eq!(test_result(&line), Some(totals(1, 2, 0)));
        assert_eq!(test_result("test count::tests::it ... ok"), None);
        assert_eq!(test_result("test result: ok. many passed; 0 failed"), None);
    }

    #[test]
    fn nothing_but_a_success_counts_as_passed() {
        let why = || "because".to_owned();
        let table = [
            (Outcome::Passed, totals(1, 0, 0)),
            (Outcome::Failed(why()), totals(0, 1, 0)),
            (Outcome::Skipped(why()), totals(0, 0, 1)),
            (Outcome::Many(totals(7, 2, 1), Some(why())), totals(7, 2, 1)),
            (Outcome::Many(totals(7, 0, 0), None), totals(7, 0, 0)),
            // a compile error, a crash after the tests, and an empty run
            (Outcome::Many(totals(0, 0, 0), Some(why())), totals(0, 1, 0)),
            (Outcome::Many(totals(7, 0, 0), Some(why())), totals(7, 1, 0)),
            (Outcome::Many(totals(0, 0, 0), None), totals(0, 1, 0)),
        ];
        for (outcome, expected) in table {
            assert_eq!(outcome.totals(), expected, "{outcome}");
        }
    }

    #[test]
    fn the_last_line_has_its_fixed_form() {
        assert_eq!(totals(3, 0, 1).to_string(), "3 passed, 0 failed, 1 skipped");
    }
}
