//! `xiangyue packs list`: which packs an edition has.

use std::path::PathBuf;

use model::CivilDay;
use serde_json::json;

use crate::exit::Exit;
use crate::render::Printer;
use crate::{Failure, package_at};

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder of the district package
    path: PathBuf,
    /// First day of the edition; the latest by default
    #[arg(long, value_name = "DAY", value_parser = super::day)]
    edition: Option<CivilDay>,
}

/// Prints the packs.
pub(super) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let at = package_at::load(&arguments.path)?;
    let root = at.root.clone();
    let package = package_at::valid(at)?;
    let (edition, packs) = super::packs(&root, &package, arguments.edition)?;
    if printer.json() {
        let all: Vec<_> = packs.all().collect();
        printer.answer(&json!({"edition": edition.from(), "packs": all}));
        return Ok(Exit::Yes);
    }
    for pack in packs.all() {
        let title = if pack.title_en.is_empty() { &pack.title } else { &pack.title_en };
        printer.line(&format!(
            "{}  {}  {}",
            pack.id,
            pack.version,
            printer.say(&pack.title, title)
        ));
        for (name, ids) in [
            (printer.say("离不开", "needs"), &pack.needs),
            (printer.say("事项", "items"), &pack.items),
            (printer.say("规矩", "files"), &pack.authorization),
        ] {
            if !ids.is_empty() {
                printer.line(&format!("    {name}{}{}", printer.say("：", ": "), ids.join(" ")));
            }
        }
    }
    Ok(Exit::Yes)
}
