//! `xiangyue plugin`: what an author of rules needs, from an empty folder to a component that a district takes.

mod build;
mod cases;
mod coverage;
mod inspect;
mod load;
mod new;
pub(crate) mod of_package;
mod problem;
mod profile;
mod replay;
mod run;
mod stopped;
mod template;

use clap::Subcommand;

use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a new rule: sources, cases and all that a build needs
    New(new::Arguments),
    /// Build a rule's folder into a component and check it as a district would
    Build(build::Arguments),
    /// Show what a component or script is, reads and can answer
    Inspect(inspect::Arguments),
    /// Ask a rule about a batch and show answer, cost and log
    Run(run::Arguments),
    /// Run a rule's cases; also that a batch is its rows and that the same input has the same answer
    Test(cases::Arguments),
    /// Measure calls of a rule
    Bench(run::BenchArguments),
    /// Show where a rule spends its operations: per line of a script, per function of a component
    Profile(profile::Arguments),
    /// Run what a receipt records again: the same bytes, or against another rule the rows that differ
    Replay(replay::Arguments),
}

/// Runs a tool.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::New(arguments) => new::run(printer, arguments),
        Command::Build(arguments) => build::run(printer, arguments),
        Command::Inspect(arguments) => inspect::run(printer, arguments),
        Command::Run(arguments) => run::run(printer, arguments),
        Command::Test(arguments) => cases::run(printer, arguments),
        Command::Bench(arguments) => run::bench(printer, arguments),
        Command::Profile(arguments) => profile::run(printer, arguments),
        Command::Replay(arguments) => replay::run(printer, arguments),
    }
}
