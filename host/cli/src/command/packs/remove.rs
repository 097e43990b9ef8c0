//! `xiangyue packs remove`: a pack goes as a whole, or nothing goes.
//!
//! Only an edition in shadow is changed: it answers nowhere, so no matter began under it. The package is
//! checked without the pack in memory; then the edition's folder is written anew beside the old one and
//! put in its place by renaming.

use std::path::PathBuf;

use engine::files::read_package;
use model::CivilDay;
use package::{Diagnostic, Files, Pack, Packs, Severity, Stage};
use serde_json::json;

use crate::exit::Exit;
use crate::render::Printer;
use crate::{Failure, package_at, written};

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder of the district package
    path: PathBuf,
    /// The pack, by its id
    name: String,
    /// First day of the edition; the latest by default
    #[arg(long, value_name = "DAY", value_parser = super::day)]
    edition: Option<CivilDay>,
}

/// Takes a pack out.
pub(super) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let at = package_at::load(&arguments.path)?;
    let root = at.root.clone();
    let package = package_at::valid(at)?;
    let (edition, packs) = super::packs(&root, &package, arguments.edition)?;
    let pack = packs.get(&arguments.name).ok_or_else(|| unknown(packs, &arguments.name))?;
    let dependents = packs.dependents(&pack.id);
    if !dependents.is_empty() {
        return Err(needed(pack, &dependents));
    }
    if edition.rollout().stage != Stage::Shadow {
        return Err(Failure::new(
            Exit::No,
            "EDITION_IN_FORCE",
            format!(
                "nothing depends on `{}`, but the edition of {} answers somewhere; take it out of a new edition that is in shadow",
                pack.id,
                edition.from()
            ),
            format!(
                "没有别的制度离不开“{}”，但是 {} 的版本正在用，不能从里面去掉。",
                pack.title,
                edition.from()
            ),
            "把这个版本的文件夹复制一份改成新日期，rollout.toml 里写 stage = \"shadow\"，再从新版本里去掉。",
        ));
    }
    let folder = format!("editions/{}/", edition.from());
    let files = read_package(&root).map_err(|error| {
        Failure::new(
            Exit::Usage,
            "PACKAGE_UNREADABLE",
            error.to_string(),
            format!("打不开文件夹“{}”。", root.display()),
            "请核对路径和权限。",
        )
    })?;
    let rest = without(&files, &folder, pack);
    holds(&rest, pack, &folder)?;
    let own: Files = rest
        .into_iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix(&folder)?.to_owned(), bytes)))
        .collect();
    written::replace_folder(&root.join(folder.trim_end_matches('/')), &own)?;
    if printer.json() {
        printer.answer(&json!({"edition": edition.from(), "removed": pack}));
    } else {
        let said = printer.say("已去掉：", "removed: ");
        printer.line(&format!("{said}{} {}（{}）", pack.id, pack.version, pack.title));
        printer.line(printer.say(
            "规矩变了，请重新运行 xiangyue prove；少了事项的部门要重新审核签字（xiangyue lists sign-off）。",
            "The rules have changed: run xiangyue prove; departments that lost items sign off again (xiangyue lists sign-off).",
        ));
    }
    Ok(Exit::Yes)
}

fn unknown(packs: &Packs, name: &str) -> Failure {
    let known: Vec<&str> = packs.all().map(|pack| pack.id.as_str()).collect();
    Failure::new(
        Exit::Usage,
        "UNKNOWN_PACK",
        format!("no pack `{name}`; the edition has {}", known.join(", ")),
        format!("这个版本没有“{name}”这套制度。"),
        format!("写其中一个编号：{}。", known.join("、")),
    )
}

/// The refusal with everything that could not do without the pack.
fn needed(pack: &Pack, dependents: &[&Pack]) -> Failure {
    let ids: Vec<&str> = dependents.iter().map(|other| other.id.as_str()).collect();
    let titles: Vec<String> =
        dependents.iter().map(|other| format!("{}（{}）", other.title, other.id)).collect();
    let items: Vec<&str> =
        dependents.iter().flat_map(|other| &other.items).map(String::as_str).collect();
    Failure::new(
        Exit::No,
        "PACK_NEEDED",
        format!(
            "pack `{}` cannot be removed: packs {} depend on it, with the items {}",
            pack.id,
            ids.join(", "),
            items.join(", ")
        ),
        format!(
            "不能去掉“{}”：{}离不开它，涉及事项 {}。",
            pack.title,
            titles.join("、"),
            items.join("、")
        ),
        "先去掉依赖它的制度；确实不再依赖的，从它们的 needs 里去掉。",
    )
}

/// The files without what belongs to a pack: its items with their variants, its policy files, its entry.
fn without(files: &Files, folder: &str, pack: &Pack) -> Files {
    let gone = |path: &str| {
        let Some(rest) = path.strip_prefix(folder) else { return false };
        if let Some(name) = rest.strip_prefix("authorization/") {
            return pack.authorization.iter().any(|own| own == name);
        }
        let stem = rest.strip_prefix("items/").and_then(|name| name.split('.').next());
        let item = stem.map(|stem| stem.split('-').next().unwrap_or(stem));
        item.is_some_and(|item| pack.items.iter().any(|own| own == item))
    };
    let list = format!("{folder}packs.toml");
    let kept = files.iter().filter(|(path, _)| !gone(path));
    kept.map(|(path, bytes)| {
        if *path == list {
            let text = package::without_pack(&String::from_utf8_lossy(bytes), &pack.id);
            return (path.clone(), text.into_bytes());
        }
        (path.clone(), bytes.clone())
    })
    .collect()
}

/// Whether the package holds without the pack; what still names its items is told with its place.
fn holds(rest: &Files, pack: &Pack, folder: &str) -> Result<(), Failure> {
    let loaded = package::load(rest);
    let errors: Vec<&Diagnostic> =
        loaded.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    let edition = loaded.package.as_ref().and_then(|package| {
        let mut all = package.editions().iter();
        all.find(|edition| folder == format!("editions/{}/", edition.from()))
    });
    let left =
        edition.map_or(0, |edition| edition.packs().all().filter(|p| p.id == pack.id).count());
    if errors.is_empty() && left == 0 {
        return Ok(());
    }
    let places: Vec<String> =
        errors.iter().take(20).map(|d| format!("{}:{} {}", d.file, d.line, d.message)).collect();
    let texts: Vec<String> =
        errors.iter().take(20).map(|d| format!("{} 第{}行 {}", d.file, d.line, d.text)).collect();
    Err(Failure::new(
        Exit::No,
        "PACK_STILL_NAMED",
        format!("nothing was changed; without pack `{}`: {}", pack.id, places.join("; ")),
        format!("没有改。去掉“{}”以后，下面这些地方不成立：{}", pack.title, texts.join("；")),
        "先从这些文件里去掉它的事项，再去掉这套制度。",
    ))
}
