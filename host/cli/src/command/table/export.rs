//! `xiangyue table export`: the table as people edit it.

use std::path::PathBuf;

use table::Kind;

use super::{target, usage};
use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;
use crate::written::put;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of a township within a district package
    package: PathBuf,
    /// Scheme id; needed when several have tables
    #[arg(long)]
    scheme: Option<String>,
    /// File to write: .xlsx, or .csv for one kind of rows
    #[arg(long)]
    out: PathBuf,
    /// Kind of rows for .csv, e.g. `items` or 计分项; items by default
    #[arg(long, value_parser = kind)]
    rows: Option<Kind>,
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::ALL.into_iter().find(|kind| kind.key() == text || kind.title() == text).ok_or_else(|| {
        let keys: Vec<&str> = Kind::ALL.into_iter().map(Kind::key).collect();
        format!("no such kind of rows; one of: {}", keys.join(", "))
    })
}

/// Exports a table.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let target = target(&arguments.package, arguments.scheme.as_deref())?;
    let text = target.files.get(&target.path).map(|bytes| String::from_utf8_lossy(bytes));
    let text = text.ok_or_else(|| {
        usage(
            "NO_TABLE",
            format!("`{}` is not there yet", target.path),
            "赋分表还没有。",
            "照 docs/tables.md 新建一张，或者用 table import 导入。",
        )
    })?;
    let table = table::parse(&text).map_err(|error| {
        usage(
            "NO_TABLE",
            format!("`{}` is no table: {}", target.path, error.message),
            "赋分表读不懂。",
            "请先运行 xiangyue check 改好。",
        )
    })?;
    let csv = arguments.out.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let bytes = if csv {
        lists::table_csv(&table, arguments.rows.unwrap_or(Kind::Item)).into_bytes()
    } else {
        lists::table_xlsx(&table).map_err(|error| {
            Failure::new(
                Exit::Failure,
                "NOT_RENDERED",
                format!("the workbook cannot be made: {error}"),
                "表格生成不了。",
                "换成 .csv 试试，并请维护人员查看。",
            )
        })?
    };
    put(&arguments.out, &bytes)?;
    printer.note(&format!("{}{}", printer.say("已写入 ", "written: "), arguments.out.display()));
    Ok(Exit::Yes)
}
