//! What the exit code says, on one screen.

use std::process::ExitCode;

/// The answer as an exit code. A typo is not a deny: usage errors have a code of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Allow, valid, verified.
    Yes,
    /// The machine failed.
    Failure,
    /// Deny, check errors, a record that does not hold.
    No,
    /// Wrong usage, or input that cannot be read.
    Usage,
    /// A limit was reached or the answer is unknown.
    Unknown,
}

impl Exit {
    /// The process exit code.
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Yes => 0,
            Self::Failure => 1,
            Self::No => 2,
            Self::Usage => 3,
            Self::Unknown => 4,
        })
    }
}

/// Prints what clap has to say; help and version are a yes, everything else wrong usage.
pub(crate) fn of_usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    let help = matches!(
        error.kind(),
        clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion
    );
    match (printed, help) {
        (Err(_), _) => Exit::Failure.code(),
        (Ok(()), true) => Exit::Yes.code(),
        (Ok(()), false) => Exit::Usage.code(),
    }
}
