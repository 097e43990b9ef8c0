//! `xiangyue rollout start` and `back`: the stage is rewritten once the whole package holds with it.

use std::path::{Path, PathBuf};

use engine::files::read_package;
use model::CivilDay;
use package::{Edition, Package, Rollout, Severity, Stage};
use serde_json::json;

use super::{day, edition};
use crate::exit::Exit;
use crate::render::Printer;
use crate::{Failure, package_at, written};

/// Words of `start`.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("reach").required(true).args(["cohort", "all"])))]
pub(super) struct Start {
    #[command(flatten)]
    common: Common,
    /// The cohort it answers in, by its id in the edition's rollout.toml
    #[arg(long, value_name = "NAME")]
    cohort: Option<String>,
    /// Everywhere
    #[arg(long)]
    all: bool,
}

/// Words of `back`.
#[derive(Debug, clap::Args)]
pub(super) struct Back {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Folder of the district package
    path: PathBuf,
    /// First day of the edition
    #[arg(long, value_name = "DAY", value_parser = day)]
    edition: CivilDay,
    /// Take rules that are not proved as they stand, for trying things out
    #[arg(long)]
    allow_unproved: bool,
}

/// Lets an edition answer in a cohort, or everywhere.
pub(super) fn start(printer: Printer, arguments: &Start) -> Result<Exit, Failure> {
    let (stage, cohort) = match &arguments.cohort {
        Some(cohort) => (Stage::Pilot, cohort.as_str()),
        None => (Stage::All, ""),
    };
    change(printer, &arguments.common, stage, cohort)
}

/// Takes an edition back.
pub(super) fn back(printer: Printer, arguments: &Back) -> Result<Exit, Failure> {
    change(printer, &arguments.common, Stage::Shadow, "")
}

fn change(printer: Printer, common: &Common, to: Stage, cohort: &str) -> Result<Exit, Failure> {
    let at = package_at::load(&common.path)?;
    let root = at.root.clone();
    let package = package_at::valid(at)?;
    let old = edition(&root, &package, common.edition)?.rollout().clone();
    fits(&old, common.edition, to, cohort)?;
    let place = root.join(format!("editions/{}/rollout.toml", common.edition));
    if (old.stage, old.cohort.as_str()) == (to, cohort) {
        said(printer, common.edition, &old, &old, None);
        return Ok(Exit::Yes);
    }
    let text = if place.is_file() { read(&place)? } else { String::new() };
    let text = package::at_stage(&text, to, cohort);
    let next = with(&root, common.edition, &text)?;
    let new = edition(&root, &next, common.edition)?.rollout().clone();
    let wanted = Rollout { stage: to, cohort: cohort.to_owned(), ..old.clone() };
    let same_rules = package
        .editions()
        .iter()
        .map(Edition::digest)
        .eq(next.editions().iter().map(Edition::digest));
    if new != wanted || !same_rules {
        return Err(Failure::new(
            Exit::No,
            "ROLLOUT_UNREADABLE",
            format!(
                "the stage in `{}` cannot be rewritten without changing something else",
                place.display()
            ),
            "rollout.toml 的写法太特别，只改阶段会改到别的内容，没有改。",
            "把 stage 和 cohort 各写成一行，放在文件最前面，再试一次。",
        ));
    }
    if !common.allow_unproved {
        engine::proofs::check(&next).map_err(|fault| {
            Failure::new(Exit::No, fault.code(), fault.to_string(), fault.text(), fault.help())
        })?;
    }
    written::put(&place, text.as_bytes())?;
    said(printer, common.edition, &old, &new, Some(&place));
    Ok(Exit::Yes)
}

/// Whether an edition may go from where it stands to a stage.
fn fits(old: &Rollout, day: CivilDay, to: Stage, cohort: &str) -> Result<(), Failure> {
    if to == Stage::Pilot && old.stage == Stage::All {
        return Err(Failure::new(
            Exit::No,
            "ROLLOUT_IN_FORCE",
            format!("the edition of {day} is in force for all; take it back before a pilot"),
            format!("{day} 的版本已经全面施行，不能再改成试点。"),
            "要缩小范围的，先运行 xiangyue rollout back 退回，再开始试点。",
        ));
    }
    if to == Stage::Pilot && old.named(cohort).is_none() {
        let known: Vec<&str> = old.cohorts.iter().map(|cohort| cohort.id.as_str()).collect();
        return Err(Failure::new(
            Exit::Usage,
            "UNKNOWN_COHORT",
            format!("the edition of {day} has no cohort `{cohort}`; it has: {}", known.join(", ")),
            format!("{day} 的版本没有试点范围“{cohort}”。"),
            format!(
                "--cohort 写 rollout.toml 里 cohorts 的编号（现有：{}），或者先在那里加上。",
                known.join("、")
            ),
        ));
    }
    Ok(())
}

fn read(place: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(place).map_err(|error| {
        Failure::new(
            Exit::Failure,
            "PACKAGE_UNREADABLE",
            format!("cannot read `{}`: {error}", place.display()),
            format!("打不开文件“{}”。", place.display()),
            "请检查文件夹的权限。",
        )
    })
}

/// The package as it would be.
fn with(root: &Path, day: CivilDay, text: &str) -> Result<Package, Failure> {
    let mut files = read_package(root).map_err(|error| {
        Failure::new(
            Exit::Usage,
            "PACKAGE_UNREADABLE",
            error.to_string(),
            format!("打不开文件夹“{}”。", root.display()),
            "请核对路径和权限。",
        )
    })?;
    files.insert(format!("editions/{day}/rollout.toml"), text.as_bytes().to_vec());
    let loaded = package::load(&files);
    let first = loaded.diagnostics.into_iter().find(|d| d.severity == Severity::Error);
    loaded.package.ok_or_else(|| {
        let (message, text, help) = first.map_or_else(Default::default, |found| {
            (format!("{} [{}]", found.message, found.code), found.text, found.help)
        });
        let message = format!("nothing was changed: {message}");
        Failure::new(Exit::No, "ROLLOUT_REFUSED", message, format!("没有改：{text}"), help)
    })
}

fn said(printer: Printer, day: CivilDay, old: &Rollout, new: &Rollout, place: Option<&Path>) {
    if printer.json() {
        printer.answer(&json!({
            "edition": day, "from": old.stage, "stage": new.stage, "cohort": new.cohort,
            "units": new.piloted().map(|cohort| &cohort.units),
            "written": place.map(|place| place.display().to_string()),
        }));
        return;
    }
    let stage = |of: &Rollout| match of.piloted() {
        Some(cohort) => format!(
            "{} {}（{}）",
            printer.say(of.stage.title(), of.stage.id()),
            cohort.id,
            cohort.title
        ),
        None => printer.say(of.stage.title(), of.stage.id()).to_owned(),
    };
    if place.is_none() {
        let already = printer.say("本来就是这样，没有改：", "nothing to change: ");
        printer.line(&format!("{already}{day} {}", stage(new)));
        return;
    }
    printer.line(&format!("{day}  {} → {}", stage(old), stage(new)));
    printer.line(printer.say(
        "已写好。正在运行的服务用 POST /v1/packages/reload（或者 HUP 信号）重新载入后照新的范围办。",
        "written. A running server selects by it after POST /v1/packages/reload (or the HUP signal).",
    ));
    printer.line(printer.say(
        "办到一半的事不受影响：仍按立事时的版本办完。",
        "Matters under way are not touched: each keeps the edition it began under.",
    ));
}
