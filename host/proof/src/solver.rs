//! A solver process: questions in through one pipe, one line back through the other.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

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

    /// The process, ready to be started. The limit is per question: a limit for the whole process would
    /// also count the time in which nobody asks.
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

/// A running solver. After anything but `sat` or `unsat` it is dropped, for what it has not said yet
/// would be taken for the answer to the next question.
#[derive(Debug)]
pub(crate) struct Solver {
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    patience: Duration,
}

impl Solver {
    /// Starts a process.
    pub(crate) fn start(command: &SolverCommand) -> std::io::Result<Self> {
        let mut child = command
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // what it complains about comes on the other pipe as well
            .stderr(Stdio::null())
            .spawn()?;
        let missing = || std::io::Error::other("the solver has no pipes");
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = BufReader::new(child.stdout.take().ok_or_else(missing)?);
        let patience = command.limit.saturating_add(GRACE);
        Ok(Self { _child: child, input, output, patience })
    }

    /// Asks one question: a whole script that ends with `(check-sat)`.
    pub(crate) async fn ask(&mut self, script: &str) -> Said {
        match tokio::time::timeout(self.patience, self.exchange(script)).await {
            Ok(Ok(line)) => match line.trim() {
                "unsat" => Said::Unsat,
                "sat" => Said::Sat,
                // cvc5 1.3 says why it stopped, 1.0 does not
                "unknown" | "unknown (TIMEOUT)" => {
                    Said::Unknown("the time limit was reached".to_owned())
                }
                "" => Said::Unknown("the solver ended".to_owned()),
                other => Said::Unknown(format!("the solver said `{other}`")),
            },
            Ok(Err(error)) => Said::Unknown(format!("the solver cannot be talked to: {error}")),
            Err(_) => Said::Unknown("the solver stayed silent past its time limit".to_owned()),
        }
    }

    async fn exchange(&mut self, script: &str) -> std::io::Result<String> {
        self.input.write_all(b"(reset)\n").await?;
        self.input.write_all(script.as_bytes()).await?;
        self.input.flush().await?;
        let mut line = String::new();
        self.output.read_line(&mut line).await?;
        Ok(line)
    }
}
