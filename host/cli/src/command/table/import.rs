//! `xiangyue table import`: a spreadsheet becomes a scheme's table, or nothing happens.
//!
//! The sheets are read cell by cell, the table is written in memory, checked against its scheme, and the whole package
//! is checked with it in place. Only a table without an error is renamed over the old one.

use std::path::{Path, PathBuf};

use lists::{CellFinding, Grid, Imported, TableAsked};
use package::Severity;
use serde_json::json;

use super::{Target, target};
use crate::Failure;
use crate::command::lists::source;
use crate::exit::Exit;
use crate::render::Printer;
use crate::written::put;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The spreadsheet: .xlsx, or .csv (UTF-8 or GB18030) with one kind of rows
    file: PathBuf,
    /// Folder of a township within a district package
    #[arg(long)]
    package: PathBuf,
    /// Scheme id; needed when several have tables
    #[arg(long)]
    scheme: Option<String>,
    /// Folder to write to instead of the package
    #[arg(long, conflicts_with = "dry_run")]
    out: Option<PathBuf>,
    /// Check everything and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Imports a spreadsheet.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let target = target(&arguments.package, arguments.scheme.as_deref())?;
    let max = u64::try_from(lists::limits::FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let bytes = source::bytes(&arguments.file, max)?;
    let sheets: Result<Vec<(String, Grid)>, CellFinding> = if bytes.starts_with(b"PK") {
        lists::read_sheets(&bytes)
    } else {
        lists::read_csv(&bytes).map(|grid| vec![(String::new(), grid)])
    };
    let shape = package::table_scheme(&target.scheme);
    let (old, remarks) = target.old();
    let mut imported = match sheets {
        Ok(sheets) => {
            let asked = TableAsked {
                id: &target.scheme.id,
                title: &target.scheme.title,
                old: old.as_ref(),
                events: &shape.events,
            };
            lists::import_table(&sheets, asked)
        }
        Err(finding) => {
            report(printer, &[finding], 0, None);
            return Ok(Exit::No);
        }
    };
    let mut findings = std::mem::take(&mut imported.findings);
    // a sheet without a header has no rows to judge
    if !findings.iter().any(|found| found.code == "NO_HEADER") {
        let faults = table::check(&imported.table, &shape);
        findings.extend(faults.iter().map(|fault| imported.located(fault)));
    }
    let written = table::write(&imported.table, &remarks);
    let refused = |findings: &[CellFinding]| findings.iter().any(|found| !found.warning);
    if !refused(&findings) {
        findings.extend(elsewhere(&target, &imported, &written));
    }
    findings.sort_by(|a, b| (&a.list, a.order()).cmp(&(&b.list, b.order())));
    let count = imported.table.count();
    if refused(&findings) {
        report(printer, &findings, count, None);
        return Ok(Exit::No);
    }
    let name = Path::new(&target.path).file_name().unwrap_or_default();
    let same = target.files.get(&target.path).is_some_and(|old| *old == written.text.as_bytes());
    let place = match &arguments.out {
        Some(folder) => Some(folder.join(name)),
        None if arguments.dry_run || same => None,
        None => Some(target.root.join(&target.path)),
    };
    if let Some(place) = &place {
        put(place, written.text.as_bytes())?;
    }
    kept(printer, &imported);
    report(printer, &findings, count, place.as_deref());
    Ok(Exit::Yes)
}

/// What the package says of the table beyond what the table's own check said.
fn elsewhere(target: &Target, imported: &Imported, written: &table::Written) -> Vec<CellFinding> {
    let before = package::load(&target.files).diagnostics;
    let mut files = target.files.clone();
    files.insert(target.path.clone(), written.text.clone().into_bytes());
    let found = package::load(&files).diagnostics.into_iter();
    let new = found.filter(|found| found.severity == Severity::Error && !before.contains(found));
    let told = new.map(|found| {
        let spot = if found.file == target.path { written.at(found.line) } else { None };
        let fault = table::Fault {
            code: "PACKAGE_INVALID",
            warning: false,
            spot: spot.unwrap_or(table::Spot::TABLE),
            id: String::new(),
            words: table::Words {
                message: format!(
                    "{}:{}: {} [{}]",
                    found.file, found.line, found.message, found.code
                ),
                text: format!("{} 第{}行：{}", found.file, found.line, found.text),
                help: found.help,
            },
        };
        imported.located(&fault)
    });
    told.collect()
}

fn kept(printer: Printer, imported: &Imported) {
    for kind in &imported.kept {
        let said = printer
            .say("文件里没有这张表，原来的行照旧：", "no such sheet in the file, its rows stay: ");
        printer.note(&format!("{said}{}", printer.say(kind.title(), kind.key())));
    }
}

fn report(printer: Printer, findings: &[CellFinding], rows: usize, place: Option<&Path>) {
    let errors = findings.iter().filter(|found| !found.warning).count();
    let warnings = findings.len().saturating_sub(errors);
    if printer.json() {
        printer.answer(&json!({
            "findings": findings, "errors": errors, "warnings": warnings, "rows": rows,
            "written": place.map(|place| place.display().to_string()),
        }));
        return;
    }
    for found in findings {
        line(printer, found);
    }
    let said = if errors > 0 {
        printer.say(
            "没有导入，原来的赋分表没有动。错误条数：",
            "not imported, the table in force is untouched; errors: ",
        )
    } else if place.is_some() {
        printer.say("已导入，行数：", "imported, rows: ")
    } else {
        printer.say("检查通过，没有写入文件。行数：", "valid, nothing written; rows: ")
    };
    printer.line(&format!("{said}{}", if errors > 0 { errors } else { rows }));
    if let Some(place) = place {
        printer.line(&format!("{}{}", printer.say("文件：", "file: "), place.display()));
    }
}

/// Sheet, cell, column and row, then what is wrong and the fix.
fn line(printer: Printer, found: &CellFinding) {
    let severity = if found.warning {
        printer.say("提醒", "warning")
    } else {
        printer.say("错误", "error")
    };
    let cell = match found.cell.as_str() {
        "" => String::new(),
        cell => format!("{} {cell}", printer.say("单元格", "cell")),
    };
    let parts: Vec<&str> = [&found.list, &cell, &found.field, &found.item]
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    printer.line(&format!("{severity}[{}] {}", found.code, parts.join(" · ")));
    printer.line(&format!("  {}", printer.say(&found.text, &found.message)));
    printer.line(&format!("  {}{}", printer.say("怎么改：", "help: "), found.help));
}
