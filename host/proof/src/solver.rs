//! A solver process: a question in through one pipe, one line back through the other.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

use crate::error::one_line;

/// What puts policies into logic; stands in certificates.
pub const TRANSLATOR: &str = "cedar-policy-symcc 0.8.1";

/// How long a question may take when nobody says otherwise.
pub const LIMIT: Duration = Duration::from_secs(10);
/// How much longer than its own limit a solver may stay silent before it counts as hung.
const GRACE: Duration = Duration::from_secs(2);

/// Which solver, and how long it may take for one question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SolverCommand {
    /// The executable: cvc5, or what speaks like it.
    pub program: PathBuf,
    /// Longest time for one question. The solver counts it by itself; what stays silent is ended.
    pub limit: Duration,
}

impl SolverCommand {
    /// A solver with the usual limit.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), limit: LIMIT }
    }

    /// The process, ready to be started.
    #[expect(clippy::disallowed_methods, reason = "the solver is a process of its own")]
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::from(std::process::Command::new(&self.program));
        command
            .args(["--lang", "smt", "--strings-exp"])
            .arg(format!("--tlimit-per={}", self.limit.as_millis()))
            .kill_on_drop(true);
        command
    }
}

/// What a solver said to one question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    /// No facts can make it true: proved.
    Unsat,
    /// Some facts make it true.
    Sat,
    /// Nothing that can be relied on, with the reason.
    Unknown(String),
}

/// Asks a solver one question: a whole script that ends with `(check-sat)`.
///
/// Each question has a process of its own. One process for all of them took four times as long (cvc5 1.0.3
/// keeps what a `(reset)` should let go of), and what a process has not said yet can never be taken for the
/// answer to the next question.
pub(crate) async fn ask(command: &SolverCommand, script: &str) -> Said {
    match tokio::time::timeout(command.limit.saturating_add(GRACE), exchange(command, script)).await
    {
        Ok(Ok(line)) => match line.trim() {
            "unsat" => Said::Unsat,
            "sat" => Said::Sat,
            // cvc5 1.3 says why it stopped, 1.0 does not
            "unknown" | "unknown (TIMEOUT)" => {
                Said::Unknown("the time limit was reached".to_owned())
            }
            "" => Said::Unknown("the solver ended without an answer".to_owned()),
            other => Said::Unknown(format!("the solver said `{}`", one_line(other))),
        },
        Ok(Err(error)) => Said::Unknown(format!(
            "`{}` cannot be asked: {}",
            command.program.display(),
            one_line(&error.to_string())
        )),
        Err(_) => Said::Unknown("the solver stayed silent past its time limit".to_owned()),
    }
}

/// Starts a process, which ends with the value that holds it, and reads its first line.
async fn exchange(command: &SolverCommand, script: &str) -> std::io::Result<String> {
    let mut child = command
        .command()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // what it complains about comes on the other pipe as well
        .stderr(Stdio::null())
        .spawn()?;
    let missing = || std::io::Error::other("it has no pipes");
    let mut input = child.stdin.take().ok_or_else(missing)?;
    let mut output = BufReader::new(child.stdout.take().ok_or_else(missing)?);
    // one that answers before it has read everything is answered for by what it says
    let _ = input.write_all(script.as_bytes()).await;
    drop(input);
    let mut line = String::new();
    output.read_line(&mut line).await?;
    Ok(line)
}
