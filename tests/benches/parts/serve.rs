//! Servers as child processes, and `wrk` against them in turns.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::measure::{Report, Ticks, median, nanos, taken};

/// A turn counts when others took no more than so many hundredths of one processor meanwhile.
const OTHERS_MAX: u64 = 15;

/// A server that ends with this value, or with this process.
#[derive(Debug)]
pub(crate) struct Served {
    child: Child,
    watch: Child,
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    /// Nanoseconds from the start of the process to the line with its address.
    pub(crate) start: u64,
}

impl Served {
    /// Starts the program's `serve` or `demo` over a package.
    pub(crate) fn package(program: &Path, command: &str, policies: &Path, store: &Path) -> Self {
        let mut process = Command::new(program);
        process
            .args([command, "--listen", "127.0.0.1:0", "--policies"])
            .arg(policies)
            .arg("--store")
            .arg(format!("embedded:{}", store.display()));
        Self::start(&mut process)
    }

    /// Starts the bare route: this same program with one word.
    pub(crate) fn bare() -> Self {
        Self::start(Command::new(std::env::current_exe().unwrap()).arg(crate::BARE))
    }

    fn start(process: &mut Command) -> Self {
        let from = Instant::now();
        let mut child = process
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        // The watcher waits for its input to close, which the system does for us, however we end.
        let script = format!("read -r _; kill -KILL {}", child.id());
        let watch = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.find_map(|line| line.ok().filter(|line| line.contains("http://")));
        let line = line.unwrap_or_else(|| panic!("the server ended before it listened"));
        let start = nanos(from);
        std::thread::spawn(move || lines.for_each(drop));
        let at = line.find("http://").unwrap();
        let url = line[at..].trim_end().trim_end_matches('/').to_owned();
        Self { child, watch, url, start }
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kilobytes = line.split_whitespace().next().unwrap();
        kilobytes.parse::<u64>().unwrap() * 1024
    }

    /// The number of the process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Asks the process to stop and waits for it.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(asked.success() && self.child.wait().unwrap().success(), "the server did not stop");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // The watcher first: it must not act on a process id that is no longer ours.
        let _ = self.watch.kill();
        let _ = self.watch.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Posts the lines of a file one after another, and prints what was measured in one line.
pub(crate) const SCRIPT: &str = r#"
local requests, at = {}, 0
function init(args)
  local headers = { ["Content-Type"] = "application/json" }
  for line in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", nil, headers, line)
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format("measured %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"#;

/// Waits until others leave the machine alone for a second, but not for ever.
fn quiet_now() {
    for _ in 0..30 {
        let ticks = Ticks::now();
        std::thread::sleep(Duration::from_secs(1));
        if ticks.others(0) <= OTHERS_MAX {
            return;
        }
    }
}

/// `wrk` with its script and the bodies it posts.
#[derive(Debug)]
pub(crate) struct Wrk {
    folder: PathBuf,
}

/// A path of a server that is asked in turns with others.
#[derive(Debug)]
pub(crate) struct Target {
    process: u32,
    url: String,
    bodies: PathBuf,
    turns: Vec<Turn>,
}

/// What one turn came to.
#[derive(Clone, Copy, Debug)]
struct Turn {
    /// Requests per second, in thousandths.
    rate: u64,
    /// Nanoseconds that one request in a hundred takes longer than.
    slow: u64,
    /// Nanoseconds of processor that the server took for one request.
    work: u64,
    /// Hundredths of a processor that others took.
    others: u64,
}

impl Target {
    fn middle(&self, of: impl Fn(&Turn) -> u64) -> u64 {
        median(&mut self.turns.iter().map(of).collect::<Vec<_>>())
    }

    /// Requests per second in thousandths, the median of the turns.
    pub(crate) fn rate(&self) -> u64 {
        self.middle(|turn| turn.rate)
    }

    /// Nanoseconds that one request in a hundred takes longer than, the median of the turns.
    pub(crate) fn p99(&self) -> u64 {
        self.middle(|turn| turn.slow)
    }

    /// Nanoseconds of processor that the server takes for one request, the median of the turns.
    pub(crate) fn work(&self) -> u64 {
        self.middle(|turn| turn.work)
    }
}

impl Wrk {
    /// The tool; none when it is not installed.
    pub(crate) fn find(folder: &Path) -> Option<Self> {
        // it ends with 1 when asked for its version
        Command::new("wrk")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()?;
        std::fs::write(folder.join("post.lua"), SCRIPT).unwrap();
        Some(Self { folder: folder.to_owned() })
    }

    /// A path with the questions that are posted to it, in an order without a pattern.
    pub(crate) fn target(
        &self,
        name: &str,
        served: &Served,
        path: &str,
        bodies: &[Value],
    ) -> Target {
        let mut text = String::new();
        for body in bodies {
            let _ = writeln!(text, "{body}");
        }
        let file = self.folder.join(format!("{name}.jsonl"));
        std::fs::write(&file, text).unwrap();
        let url = format!("{}{path}", served.url);
        Target { process: served.process(), url, bodies: file, turns: Vec::new() }
    }

    /// Asks all of them in turns, so many times, so long each, after a short turn that does not count.
    /// Rounds in which others took much of the machine are asked again, twice as many at most.
    pub(crate) fn in_turns(
        &self,
        targets: &mut [Target],
        rounds: usize,
        length: Duration,
        report: &Report,
    ) {
        for target in targets.iter() {
            self.turn(target, Duration::from_secs(1));
        }
        let (mut loud, mut quiet) = (Vec::new(), 0);
        for number in 0..rounds * 3 {
            quiet_now();
            // who begins changes with each round
            let count = targets.len();
            let mut round: Vec<(usize, Turn)> = (0..count)
                .map(|at| (at + number) % count)
                .map(|at| (at, self.turn(&targets[at], length)))
                .collect();
            if round.iter().any(|(_, turn)| turn.others > OTHERS_MAX) {
                loud.append(&mut round);
                continue;
            }
            round.into_iter().for_each(|(at, turn)| targets[at].turns.push(turn));
            quiet += 1;
            if quiet == rounds {
                break;
            }
        }
        let all = quiet + loud.len() / targets.len().max(1);
        if quiet < rounds.div_ceil(2) {
            report.say(&format!(
                "only {quiet} of {all} rounds were quiet, so all count: others used this machine, and the figures are worth little"
            ));
            loud.into_iter().for_each(|(at, turn)| targets[at].turns.push(turn));
        } else {
            report.say(&format!(
                "{quiet} quiet rounds of {all}; in a quiet one others take at most {OTHERS_MAX} % of one processor"
            ));
        }
    }

    fn turn(&self, target: &Target, length: Duration) -> Turn {
        let (server, children) = (taken(&target.process.to_string()).0, taken("self"));
        let ticks = Ticks::now();
        let output = Command::new("wrk")
            .args(["-t1", "-c4", &format!("-d{}s", length.as_secs()), "-s"])
            .arg(self.folder.join("post.lua"))
            .arg(&target.url)
            .arg("--")
            .arg(&target.bodies)
            .output()
            .unwrap();
        let server = taken(&target.process.to_string()).0 - server;
        let own = taken("self");
        let others = ticks.others(server + own.0 - children.0 + own.1 - children.1);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let numbers: Vec<u64> = text
            .lines()
            .find_map(|line| line.strip_prefix("measured "))
            .map(|line| line.split(' ').filter_map(|it| it.parse().ok()).collect())
            .unwrap_or_default();
        let [requests, micros, slow, errors] = numbers[..] else {
            panic!("wrk said: {text}{}", String::from_utf8_lossy(&output.stderr))
        };
        assert_eq!(errors, 0, "answers other than 200 from {}: {text}", target.url);
        Turn {
            rate: requests * 1_000_000_000 / micros.max(1),
            slow: slow * 1_000,
            work: server * 10_000_000 / requests.max(1),
            others,
        }
    }
}
