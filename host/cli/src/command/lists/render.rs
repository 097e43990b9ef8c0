//! `xiangyue lists render`: the table of duties, to print or to edit.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use model::{CivilDay, DivisionCode};
use serde_json::json;

use super::{show, source};
use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Package, edition folder, folder of lists, or one list
    path: PathBuf,
    /// What to make
    #[arg(long, value_enum)]
    to: Form,
    /// Only one list, e.g. `duty`
    #[arg(long = "type")]
    kind: Option<String>,
    /// Own items of one township only, twelve digits
    #[arg(long, value_parser = code)]
    township: Option<DivisionCode>,
    /// Only what is in force on a day
    #[arg(long, value_parser = super::day)]
    day: Option<CivilDay>,
    /// File to write; standard output otherwise
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// One page for A3, landscape
    Html,
    /// For programs
    Json,
    /// For Excel and WPS; can be imported again
    Xlsx,
    /// For anything else; can be imported again
    Csv,
}

fn code(text: &str) -> Result<DivisionCode, String> {
    DivisionCode::parse(text).map_err(|error| error.to_string())
}

/// Prints the table.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let source = source::read(&arguments.path, arguments.day)?;
    let mut rows = source.rows(arguments.day, arguments.township);
    if let Some(kind) = &arguments.kind {
        let (id, _) = show::known(kind)?;
        rows.retain(|row| row.kind == id);
    }
    let district = source.edition.as_ref().map_or("", |e| e.district().title.as_str());
    let title = format!("{district}职责事项一览表");
    let edition = source.edition.as_ref();
    let bytes = match arguments.to {
        Form::Html => {
            let version = edition.map_or_else(String::new, |e| {
                format!("版本：{} · 内容摘要：{} · ", e.from(), e.digest())
            });
            let note = format!("{version}共{}项", rows.len());
            lists::html(&title, &note, &rows).into_bytes()
        }
        Form::Csv => lists::csv(&rows).into_bytes(),
        Form::Xlsx => lists::xlsx(&title, &rows).map_err(|error| {
            Failure::new(
                Exit::Failure,
                "NOT_RENDERED",
                format!("the workbook cannot be made: {error}"),
                "表格生成不了。",
                "换成 --to html 试试，并请维护人员查看。",
            )
        })?,
        Form::Json => {
            let value = json!({
                "title": title,
                "edition": edition.map(package::Edition::from),
                "digest": edition.map(package::Edition::digest),
                "rows": rows,
            });
            let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
            text.push('\n');
            text.into_bytes()
        }
    };
    match &arguments.out {
        Some(file) => write(printer, file, &bytes),
        None => match String::from_utf8(bytes) {
            Ok(text) => {
                printer.line(text.trim_end_matches('\n'));
                Ok(Exit::Yes)
            }
            Err(_) => Err(Failure::new(
                Exit::Usage,
                "OUT_NEEDED",
                "a workbook is no text; add `--out FILE.xlsx`",
                "工作簿不能直接显示。",
                "加上 --out 文件名.xlsx。",
            )),
        },
    }
}

fn write(printer: Printer, file: &Path, bytes: &[u8]) -> Result<Exit, Failure> {
    std::fs::write(file, bytes).map_err(|error| crate::written::not_written(file, &error))?;
    printer.note(&format!("{}{}", printer.say("已写入 ", "written: "), file.display()));
    Ok(Exit::Yes)
}
