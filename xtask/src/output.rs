//! The one door for output: whole lines on stdout, flushed, so that they keep their order among
//! the lines of the tools that are run.
#![expect(clippy::print_stdout, reason = "the one door for output of this crate")]

use std::io::Write as _;

/// Prints one line and flushes it. A closed pipe is no reason to stop checking.
pub(crate) fn line(text: &str) {
    println!("{text}");
    let _ = std::io::stdout().flush();
}
