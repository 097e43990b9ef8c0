//! `xiangyue lists import`: a spreadsheet becomes one list of a package, or nothing happens.
//!
//! The sheet is read cell by cell, written as the list's text in memory, and the whole package is
//! checked with it in place. Only a list without an error is put on the disk: under another name
//! first, then renamed over the old one, so that the old or the new list is there, never a part.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use lists::{Asked, CellFinding, Import, Written};
use package::{Diagnostic, Files, ListEntry, ListKind, Severity, Wording, WorkList};
use serde_json::json;

use super::{compare, source};
use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The spreadsheet: .csv (UTF-8 or GB18030) or .xlsx
    file: PathBuf,
    /// The list it holds, e.g. `duty`
    #[arg(long = "type", value_parser = super::kind)]
    kind: ListKind,
    /// District package it belongs to
    #[arg(long)]
    package: PathBuf,
    /// Edition whose list is replaced; the latest by default
    #[arg(long, value_parser = super::day)]
    edition: Option<model::CivilDay>,
    /// Sheet of the workbook; the first visible one by default
    #[arg(long)]
    sheet: Option<String>,
    /// What a new list rests on, e.g. 《…规定》; may be given several times
    #[arg(long)]
    basis: Vec<String>,
    /// Folder to write to instead of the package
    #[arg(long, conflicts_with = "dry_run")]
    out: Option<PathBuf>,
    /// Check everything and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// The package the list goes into, and the list it replaces.
struct Target {
    root: PathBuf,
    files: Files,
    /// Path of the list within the package.
    path: String,
    wording: Wording,
    old: Option<WorkList>,
    /// Remarks at the top of the old file.
    comment: String,
}

/// Imports a spreadsheet.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let target = target(arguments)?;
    let existing: Vec<ListEntry> =
        target.old.iter().flat_map(|list| list.entries.values().cloned()).collect();
    let asked = Asked { kind: arguments.kind, wording: &target.wording, existing: &existing };
    let mut import = match grid(arguments)? {
        Ok(grid) => lists::import(&grid, asked),
        Err(finding) => Import { findings: vec![finding], ..Import::default() },
    };
    let (title, basis) = head(arguments, &target)?;
    let written = lists::toml(arguments.kind, &title, &basis, &target.comment, &import.entries);
    let own = checked(&target, arguments.kind, &import, &written);
    import.findings.extend(own);
    import.findings.sort_by(|a, b| a.order().cmp(&b.order()));
    if import.refused() {
        report(printer, &import, None, arguments.kind);
        return Ok(Exit::No);
    }
    let entries = import.entries.iter().map(|e| (e.id.clone(), e.clone())).collect();
    let new = WorkList { id: arguments.kind, title, basis, entries };
    let found = lists::diff(target.old.as_slice(), std::slice::from_ref(&new), &target.wording);
    let place = match &arguments.out {
        Some(folder) => Some(folder.join(format!("{}.toml", arguments.kind.id()))),
        None if arguments.dry_run || found.is_empty() => None,
        None => Some(target.root.join(&target.path)),
    };
    if let Some(place) = &place {
        put(place, written.text.as_bytes())?;
    }
    report(printer, &import, place.as_deref(), arguments.kind);
    if !printer.json() {
        compare::print(printer, &found);
    }
    Ok(Exit::Yes)
}

fn usage(code: &'static str, message: String, text: &str, help: &str) -> Failure {
    Failure::new(Exit::Usage, code, message, text, help)
}

fn target(arguments: &Arguments) -> Result<Target, Failure> {
    let given = &arguments.package;
    let root = given
        .canonicalize()
        .ok()
        .filter(|root| root.join("district.toml").is_file())
        .ok_or_else(|| source::unreadable(given, "it is no district package"))?;
    let files = engine::files::read_package(&root)
        .map_err(|error| source::unreadable(given, &error.to_string()))?;
    let wording = files.get("wording.toml").map(|bytes| package::read_wording(bytes));
    let (wording, wrong) = wording.unwrap_or_default();
    if wrong.iter().any(|d| d.severity == Severity::Error) {
        return Err(source::invalid(&wrong));
    }
    let mut days: Vec<&str> = files
        .keys()
        .filter_map(|path| path.strip_prefix("editions/")?.split_once('/').map(|(day, _)| day))
        .collect();
    days.sort_unstable();
    let wanted = arguments.edition.map(|day| day.to_string());
    let day = match &wanted {
        Some(wanted) => days.iter().find(|day| *day == wanted),
        None => days.last(),
    };
    let day = day.ok_or_else(|| {
        usage(
            "NO_EDITION",
            format!("`{}` has no such edition; there are: {}", given.display(), days.join(", ")),
            "没有这个版本。",
            "先复制一份版本文件夹，改成新的生效日期，再导入。",
        )
    })?;
    let path = format!("editions/{day}/lists/{}.toml", arguments.kind.id());
    let (mut old, mut comment) = (None, String::new());
    if let Some(bytes) = files.get(&path) {
        let one = Files::from([(path.clone(), bytes.clone())]);
        // an old list that cannot be read is replaced, with its ids unknown
        old = package::read_lists(&one).0.pop();
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        comment = lines.join("\n");
    }
    Ok(Target { root, files, path, wording, old, comment })
}

/// Reads the file; what is wrong with the sheet itself is a finding, not a failure.
fn grid(arguments: &Arguments) -> Result<Result<lists::Grid, CellFinding>, Failure> {
    let max = u64::try_from(lists::limits::FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let bytes = source::bytes(&arguments.file, max)?;
    Ok(if bytes.starts_with(b"PK") {
        lists::read_xlsx(&bytes, arguments.sheet.as_deref())
    } else {
        lists::read_csv(&bytes)
    })
}

/// Title and basis of the list: those it has, or those given for a new one.
fn head(arguments: &Arguments, target: &Target) -> Result<(String, Vec<String>), Failure> {
    let title = target.old.as_ref().map(|list| list.title.clone());
    let title = title.unwrap_or_else(|| match arguments.kind.title() {
        title if title.ends_with("清单") => title.to_owned(),
        title => format!("{title}清单"),
    });
    if !arguments.basis.is_empty() {
        return Ok((title, arguments.basis.clone()));
    }
    let basis = target.old.as_ref().map(|list| list.basis.clone());
    let basis = basis.ok_or_else(|| {
        usage(
            "BASIS_NEEDED",
            format!("`{}` is a new list; say what it rests on with `--basis`", arguments.kind.id()),
            "这是一张新清单，要说明依据。",
            "加上 --basis \"《文件名称》\"，几个依据就写几次。",
        )
    })?;
    Ok((title, basis))
}

/// What the package says of the list, and what the list makes wrong elsewhere.
fn checked(
    target: &Target,
    kind: ListKind,
    import: &Import,
    written: &Written,
) -> Vec<CellFinding> {
    if import.entries.is_empty() {
        return Vec::new();
    }
    let before = package::load(&target.files).diagnostics;
    let mut files = target.files.clone();
    files.insert(target.path.clone(), written.text.clone().into_bytes());
    let known = |found: &Diagnostic| before.iter().any(|old| same(old, found));
    // rows with a bad cell are not in the text: links to them are not yet wrong
    let links = [package::code::UNSUPERVISED_POWER, package::code::UNKNOWN_ENTRY];
    let partial = import.refused();
    package::load(&files)
        .diagnostics
        .into_iter()
        .filter(|found| !(partial && links.contains(&found.code.as_str())))
        .filter(|found| {
            found.file == target.path || (found.severity == Severity::Error && !known(found))
        })
        .map(|found| {
            if found.file == target.path {
                return lists::located(import, written, kind, &found);
            }
            // the other file is named, since the sheet has no cell for it
            let elsewhere = Diagnostic {
                line: 0,
                message: format!("{}:{}: {}", found.file, found.line, found.message),
                text: format!("{} 第{}行：{}", found.file, found.line, found.text),
                ..found
            };
            lists::located(import, written, kind, &elsewhere)
        })
        .collect()
}

fn same(a: &Diagnostic, b: &Diagnostic) -> bool {
    (&a.file, &a.code, &a.message) == (&b.file, &b.code, &b.message)
}

/// Puts a file in place whole: written under another name, synced, renamed.
pub(in crate::command) fn put(place: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = place.parent().unwrap_or(Path::new("."));
    let name = place.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    // the ending keeps a part that a crash leaves behind from being read as a list
    let part = folder.join(format!(".{name}.{}.part", std::process::id()));
    let whole = || -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut file = std::fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, place)?;
        std::fs::File::open(folder)?.sync_all()
    };
    whole().map_err(|error| {
        let _ = std::fs::remove_file(&part);
        not_written(place, &error)
    })
}

/// A file that could not be written.
pub(in crate::command) fn not_written(place: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        Exit::Failure,
        "NOT_WRITTEN",
        format!("cannot write `{}`: {error}", place.display()),
        format!("写不了文件“{}”，原来的内容没有动。", place.display()),
        "检查文件夹的权限和磁盘空间。",
    )
}

fn report(printer: Printer, import: &Import, place: Option<&Path>, kind: ListKind) {
    let errors = import.findings.iter().filter(|f| !f.warning).count();
    let warnings = import.findings.len().saturating_sub(errors);
    if printer.json() {
        printer.answer(&json!({
            "list": kind, "findings": import.findings, "errors": errors, "warnings": warnings,
            "entries": import.entries.len(), "other_lists": import.others,
            "written": place.map(|p| p.display().to_string()),
        }));
        return;
    }
    for found in &import.findings {
        line(printer, found, kind);
    }
    if import.others > 0 {
        let said = printer.say("其他清单的行，没有导入：", "rows of other lists, not imported: ");
        printer.line(&format!("{said}{}", import.others));
    }
    let said = if errors > 0 {
        printer.say(
            "没有导入，原来的清单没有动。错误条数：",
            "not imported, the list in force is untouched; errors: ",
        )
    } else if place.is_some() {
        printer.say("已导入，条数：", "imported, entries: ")
    } else {
        printer.say("检查通过，没有写入文件。条数：", "valid, nothing written; entries: ")
    };
    let count = if errors > 0 { errors } else { import.entries.len() };
    printer.line(&format!("{said}{count}"));
    if let Some(place) = place {
        printer.line(&format!("{}{}", printer.say("文件：", "file: "), place.display()));
    }
}

/// List, item, field and cell, then what is wrong and the fix.
fn line(printer: Printer, found: &CellFinding, kind: ListKind) {
    let severity = if found.warning {
        printer.say("提醒", "warning")
    } else {
        printer.say("错误", "error")
    };
    let place = if found.cell.is_empty() {
        format!("{}{}", printer.say("行 ", "row "), found.line)
    } else {
        format!("{} {}", printer.say("单元格", "cell"), found.cell)
    };
    let list = printer.say(kind.title(), kind.id());
    let parts: Vec<&str> = [list, &place, &found.field, &found.item]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let head = format!("{severity}[{}] {}", found.code, parts.join(" · "));
    printer.line(&head);
    printer.line(&format!("  {}", printer.say(&found.text, &found.message)));
    printer.line(&format!("  {}{}", printer.say("怎么改：", "help: "), found.help));
}
