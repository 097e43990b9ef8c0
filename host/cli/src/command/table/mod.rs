//! `xiangyue table`: a scoring standard as a spreadsheet and back.

mod export;
mod import;

use std::path::{Path, PathBuf};

use package::{Diagnostic, Files, RuleKind, Scheme};
use table::Table;

use crate::Failure;
use crate::exit::Exit;
use crate::package_at;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write a scheme's table as a workbook (.xlsx) or one kind of its rows as .csv
    Export(export::Arguments),
    /// Read a workbook or .csv as a scheme's table; all or nothing
    Import(import::Arguments),
}

/// Runs the command.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Export(arguments) => export::run(printer, arguments),
        Command::Import(arguments) => import::run(printer, arguments),
    }
}

fn usage(code: &'static str, message: String, text: &str, help: &str) -> Failure {
    Failure::new(Exit::Usage, code, message, text, help)
}

/// A scheme whose rule is a table, and where the table lies.
struct Target {
    /// Folder of the district package.
    root: PathBuf,
    /// Every file of the package.
    files: Files,
    /// The scheme.
    scheme: Scheme,
    /// Path of the table within the package; the file itself may be missing or broken.
    path: String,
}

impl Target {
    /// The table as it stands, when it can be read, and the remarks at its top.
    fn old(&self) -> (Option<Table>, String) {
        let Some(bytes) = self.files.get(&self.path) else { return (None, String::new()) };
        let text = String::from_utf8_lossy(bytes);
        let remarks: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        (table::parse(&text).ok(), remarks.join("\n"))
    }
}

/// Finds the scheme in a township's latest edition, also when the table is missing or cannot be used.
fn target(folder: &Path, wanted: Option<&str>) -> Result<Target, Failure> {
    let at = package_at::load(folder)?;
    let files = engine::files::read_package(&at.root).map_err(|error| {
        usage("PACKAGE_UNREADABLE", error.to_string(), "打不开规矩包。", "请核对路径和权限。")
    })?;
    let mut parts = at.part.split('/');
    let (Some("townships"), Some(slug)) = (parts.next(), parts.next()) else {
        return Err(usage(
            "NO_TOWNSHIP",
            format!("`{}` is no township folder", folder.display()),
            "路径不是镇街文件夹。",
            "请给出镇街文件夹，例如 policies/laixi/townships/370285007-guhe。",
        ));
    };
    let editions = format!("townships/{slug}/editions/");
    let days = files.keys().filter_map(|path| path.strip_prefix(&editions)?.split_once('/'));
    let day = days.map(|(day, _)| day).max().unwrap_or_default().to_owned();
    let schemes = format!("{editions}{day}/schemes/");
    let mut found = Vec::new();
    for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with(&schemes)) {
        let (scheme, wrong) = package::read_scheme(path, bytes);
        match scheme {
            Some(scheme) if wanted.is_none_or(|id| scheme.id == id) => found.push(scheme),
            Some(_) => {}
            None => return Err(unusable(&wrong)),
        }
    }
    found.retain(|scheme| scheme.kind() == RuleKind::Table);
    let scheme = found.pop().ok_or_else(|| {
        usage(
            "NO_TABLE",
            "no such scheme here, or its rule is no table".to_owned(),
            "本镇街没有这个积分办法，或者它不是赋分表。",
            "先在 schemes 里写好办法：rule = \"rules/名称.table.toml\"，事件写全，再导入。",
        )
    })?;
    if !found.is_empty() {
        return Err(usage(
            "SEVERAL_TABLES",
            "several schemes have tables here; add `--scheme`".to_owned(),
            "本镇街有多张赋分表。",
            "用 --scheme 指明。",
        ));
    }
    let path = format!("{editions}{day}/{}", scheme.rule);
    Ok(Target { root: at.root, files, scheme, path })
}

fn unusable(wrong: &[Diagnostic]) -> Failure {
    let first = wrong.first().map(package_at::place).unwrap_or_default();
    Failure::new(
        Exit::No,
        "SCHEME_INVALID",
        format!("a scheme cannot be read: {first}"),
        format!("积分办法读不懂：{first}"),
        "请先运行 xiangyue check 改好办法文件。",
    )
}
