//! `xiangyue rollout`: an edition goes from shadow to pilot to all, or is taken back.

mod change;
mod compare;
mod show;

use std::path::Path;

use model::CivilDay;
use package::{Edition, Package};

use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show how far each edition has come, or which one answers at a place
    Show(show::Arguments),
    /// Let an edition answer in a cohort, or everywhere
    Start(change::Start),
    /// Take an edition back: the one before it answers everywhere again
    Back(change::Back),
    /// Ask the decision log again under an edition and the one before it
    Compare(compare::Arguments),
}

/// Runs the command.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Show(arguments) => show::run(printer, arguments),
        Command::Start(arguments) => change::start(printer, arguments),
        Command::Back(arguments) => change::back(printer, arguments),
        Command::Compare(arguments) => compare::run(printer, arguments),
    }
}

/// Reads a day.
fn day(text: &str) -> Result<CivilDay, String> {
    CivilDay::parse(text).map_err(|error| error.to_string())
}

/// The latest edition of the district.
pub(super) fn latest<'a>(root: &Path, package: &'a Package) -> Result<&'a Edition, Failure> {
    let own = |edition: &&Edition| root.join(format!("editions/{}", edition.from())).is_dir();
    let newest = package.editions().iter().rev().find(own).map(Edition::from);
    edition(root, package, newest.unwrap_or_default())
}

/// The district's edition of a day. A day on which only a township changed has no stage of its own.
pub(super) fn edition<'a>(
    root: &Path,
    package: &'a Package,
    day: CivilDay,
) -> Result<&'a Edition, Failure> {
    let own = |edition: &&Edition| root.join(format!("editions/{}", edition.from())).is_dir();
    let mut all = package.editions().iter().filter(own);
    let known: Vec<String> = all.clone().map(|edition| edition.from().to_string()).collect();
    all.find(|edition| edition.from() == day).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            "NO_EDITION",
            format!(
                "the district has no edition that begins on {day}; it has {}",
                known.join(", ")
            ),
            format!("市里没有 {day} 起施行的版本。"),
            format!("--edition 写 editions 里的一个日期：{}。", known.join("、")),
        )
    })
}
