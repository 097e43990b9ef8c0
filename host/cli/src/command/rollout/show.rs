//! `xiangyue rollout show`: how far each edition has come, and which one answers at a place.

use std::path::PathBuf;

use model::{CivilDay, DivisionCode};
use package::{Edition, Package, ProofState};
use serde_json::{Value, json};

use super::{day, edition};
use crate::exit::Exit;
use crate::render::Printer;
use crate::{Failure, package_at};

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder of the district package
    path: PathBuf,
    /// Only this edition, by its first day
    #[arg(long, value_name = "DAY", value_parser = day)]
    edition: Option<CivilDay>,
    /// Which edition answers at this township or village
    #[arg(long, value_name = "CODE", requires = "on", value_parser = code)]
    place: Option<DivisionCode>,
    /// … on this day
    #[arg(long, value_name = "DAY", value_parser = day)]
    on: Option<CivilDay>,
}

fn code(text: &str) -> Result<DivisionCode, String> {
    DivisionCode::parse(text).map_err(|error| error.to_string())
}

/// Shows the stages.
pub(super) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let at = package_at::load(&arguments.path)?;
    let root = at.root.clone();
    let package = package_at::valid(at)?;
    if let Some(day) = arguments.on {
        return answering(printer, &package, day, arguments.place);
    }
    let shown: Vec<&Edition> = match arguments.edition {
        Some(day) => vec![edition(&root, &package, day)?],
        None => package.editions().iter().collect(),
    };
    if printer.json() {
        printer.answer(&json!({"editions": shown.iter().map(|it| row(it)).collect::<Vec<_>>()}));
        return Ok(Exit::Yes);
    }
    for edition in shown {
        line(printer, &package, edition);
    }
    Ok(Exit::Yes)
}

fn row(edition: &Edition) -> Value {
    let rollout = edition.rollout();
    json!({
        "edition": edition.from(), "digest": edition.digest(), "stage": rollout.stage,
        "cohort": rollout.cohort, "cohorts": rollout.cohorts, "note": rollout.note,
        "proof": proof(edition).1,
    })
}

/// How an edition's proof stands, in Chinese and in English.
fn proof(edition: &Edition) -> (&'static str, &'static str) {
    match edition.proof() {
        ProofState::Holds => ("已证明", "proved"),
        ProofState::Nothing => ("没有要证明的", "nothing to prove"),
        ProofState::Missing => ("没有证明", "no certificate"),
        ProofState::Stale => ("证明以后改过", "changed after its proof"),
    }
}

fn line(printer: Printer, package: &Package, edition: &Edition) {
    let rollout = edition.rollout();
    let (zh, en) = proof(edition);
    let stage = printer.say(rollout.stage.title(), rollout.stage.id());
    let digest = edition.digest().short();
    printer.line(&format!("{}  {stage}  {digest}  {}", edition.from(), printer.say(zh, en)));
    for cohort in &rollout.cohorts {
        let chosen = rollout.piloted().is_some_and(|piloted| piloted.id == cohort.id);
        let mark = if chosen { "*" } else { " " };
        printer.line(&format!("  {mark} {}  {}", cohort.id, cohort.title));
        for unit in &cohort.units {
            let name = package.divisions().get(*unit).map(|row| row.name.as_str());
            printer.line(&format!("      {unit}  {}", name.unwrap_or_default()));
        }
    }
}

fn answering(
    printer: Printer,
    package: &Package,
    day: CivilDay,
    place: Option<DivisionCode>,
) -> Result<Exit, Failure> {
    if let Some(code) = place.filter(|code| package.divisions().get(*code).is_none()) {
        return Err(Failure::new(
            Exit::Usage,
            "UNKNOWN_DIVISION",
            format!("division code `{code}` is not in this district; see `divisions.csv`"),
            format!("本市没有代码为 {code} 的镇街或村（社区）。"),
            "请核对 divisions.csv 里的十二位代码。",
        ));
    }
    let chosen = package.chosen(day, place).and_then(|index| package.editions().get(index));
    let from = chosen.map(Edition::from);
    if printer.json() {
        printer.answer(&json!({
            "day": day, "place": place, "edition": from, "digest": chosen.map(Edition::digest),
        }));
    } else {
        let place = place.map_or_else(
            || printer.say("全市", "the district as a whole").to_owned(),
            |code| code.to_string(),
        );
        let from =
            from.map_or_else(|| printer.say("没有", "none").to_owned(), |day| day.to_string());
        printer.line(&format!("{day}  {place}  → {from}"));
    }
    Ok(if chosen.is_some() { Exit::Yes } else { Exit::No })
}
