//! The only binary. One file per command; this one reads the words and hands them over.
#![allow(
    clippy::disallowed_methods,
    reason = "the command line is where files, processes and the environment are"
)]

mod ask_rule;
mod caret;
mod command;
mod exit;
mod package_at;
mod render;
mod store_at;
mod written;

use clap::{Parser, Subcommand, ValueEnum};

use crate::exit::Exit;
use crate::render::Printer;

/// Many threads make and drop the values of a request at once, which this one does in less time and
/// less memory than the system's.
#[global_allocator]
static ALLOCATOR: rules::Counting<mimalloc::MiMalloc> = rules::Counting(mimalloc::MiMalloc);

/// 乡约 · village and township rules that run.
#[derive(Debug, Parser)]
#[command(name = "xiangyue", version, about, arg_required_else_help = true)]
struct Arguments {
    /// How answers are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Language of texts for people.
    #[arg(long, global = true, value_enum, default_value_t = Language::Zh)]
    lang: Language,
    #[command(subcommand)]
    command: Command,
}

/// How answers are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// Language of texts for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Language {
    /// 简体中文.
    Zh,
    /// English.
    En,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the demo district with its people and a quarter of events
    Demo(command::demo::Arguments),
    /// Serve a package over HTTP
    Serve(command::serve::Arguments),
    /// Answer one AuthZEN evaluation request
    Decide(command::decide::Arguments),
    /// Show a recorded decision with its reasons
    Explain(command::decisions::Arguments),
    /// Ask a recorded decision again and compare the bytes
    Replay(command::decisions::Arguments),
    /// Export the decision log
    Decisions(command::decisions::LogArguments),
    /// Check a package: schema, policies, scripts, components
    Check(command::check::Arguments),
    /// Show the petty-power list, or one item: its steps, flow chart or Cedar
    Items(command::items::Arguments),
    /// Prove a package's invariants with an SMT solver
    Prove(command::prove::Arguments),
    /// Look at the rule packs of an edition, or take one out
    Packs(command::packs::Arguments),
    /// Put an edition in force step by step: shadow, pilot, all; or take it back
    Rollout(command::rollout::Arguments),
    /// Run the cases of a package's schemes, each against the rule that the scheme names
    Test(command::plugin::of_package::Arguments),
    /// Run a scoring rule on a batch without posting anything
    Score(command::score::Arguments),
    /// A rule author's tools: new, build, inspect, run, test, bench, replay
    Plugin(command::plugin::Arguments),
    /// Look at, import, compare and print the lists of duties
    Lists(command::lists::Arguments),
    /// Figures computed from the list, the record and the day: duties that are due, late records, spot checks
    Metrics(command::metrics::Arguments),
    /// Edit a scoring standard in a spreadsheet: export it, import it again
    Table(command::table::Arguments),
    /// Look at the record
    Journal(command::journal::Arguments),
}

fn main() -> std::process::ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::of_usage(&error),
    };
    let printer = Printer::new(arguments.format, arguments.lang);
    let done = match arguments.command {
        Command::Demo(arguments) => command::demo::run(printer, &arguments),
        Command::Serve(arguments) => command::serve::run(printer, &arguments),
        Command::Decide(arguments) => command::decide::run(printer, &arguments),
        Command::Explain(arguments) => command::decisions::explain(printer, &arguments),
        Command::Replay(arguments) => command::decisions::replay(printer, &arguments),
        Command::Decisions(arguments) => command::decisions::log(printer, &arguments),
        Command::Check(arguments) => command::check::run(printer, &arguments),
        Command::Items(arguments) => command::items::run(printer, &arguments),
        Command::Prove(arguments) => command::prove::run(printer, &arguments),
        Command::Packs(arguments) => command::packs::run(printer, &arguments),
        Command::Rollout(arguments) => command::rollout::run(printer, &arguments),
        Command::Test(arguments) => command::plugin::of_package::run(printer, &arguments),
        Command::Score(arguments) => command::score::run(printer, &arguments),
        Command::Plugin(arguments) => command::plugin::run(printer, &arguments),
        Command::Lists(arguments) => command::lists::run(printer, &arguments),
        Command::Metrics(arguments) => command::metrics::run(printer, &arguments),
        Command::Table(arguments) => command::table::run(printer, &arguments),
        Command::Journal(arguments) => command::journal::run(printer, &arguments),
    };
    match done {
        Ok(exit) => exit.code(),
        Err(failure) => {
            printer.failure(&failure);
            failure.exit.code()
        }
    }
}

/// Why a command did not answer.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Failure {
    exit: Exit,
    code: &'static str,
    message: String,
    text: String,
    help: String,
    /// The lines of a file that it is about, for people.
    shown: Option<String>,
}

impl Failure {
    /// A failure with a stable code, an English line, a Chinese line and the next step.
    fn new(
        exit: Exit,
        code: &'static str,
        message: impl Into<String>,
        text: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            exit,
            code,
            message: message.into(),
            text: text.into(),
            help: help.into(),
            shown: None,
        }
    }

    /// With the lines of a file that it is about.
    fn beside(mut self, shown: Option<String>) -> Self {
        self.shown = shown;
        self
    }
}
