//! `xiangyue packs`: the rule packs of an edition, and taking one out.

mod list;
mod remove;

use std::path::Path;

use model::CivilDay;
use package::{Edition, Package, Packs};

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
    /// Print the packs of an edition with version, needs and what belongs to them
    List(list::Arguments),
    /// Take a pack out of an edition that is in shadow; refused while anything depends on it
    Remove(remove::Arguments),
}

/// Runs the command.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::List(arguments) => list::run(printer, arguments),
        Command::Remove(arguments) => remove::run(printer, arguments),
    }
}

/// Reads a day.
fn day(text: &str) -> Result<CivilDay, String> {
    CivilDay::parse(text).map_err(|error| error.to_string())
}

/// The edition of a day, or the latest of the district, with its packs.
fn packs<'a>(
    root: &Path,
    package: &'a Package,
    day: Option<CivilDay>,
) -> Result<(&'a Edition, &'a Packs), Failure> {
    let edition = match day {
        Some(day) => super::rollout::edition(root, package, day)?,
        None => super::rollout::latest(root, package)?,
    };
    if edition.packs().all().next().is_none() {
        return Err(Failure::new(
            Exit::Usage,
            "NO_PACKS",
            format!("the edition of {} does not group its rules into packs", edition.from()),
            format!("{} 的版本没有分成几套制度。", edition.from()),
            "在这个版本的文件夹里写 packs.toml；写法见 schemas/json/packs.schema.json。",
        ));
    }
    Ok((edition, edition.packs()))
}
