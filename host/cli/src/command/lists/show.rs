//! `xiangyue lists show`: entries, one line each.

use std::path::PathBuf;

use model::CivilDay;
use package::Row;
use serde_json::json;

use super::source;
use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Package, edition folder, folder of lists, or one list
    path: PathBuf,
    /// Only one list, e.g. `certificate`, `petty-power` or `feature`
    #[arg(long = "type")]
    kind: Option<String>,
    /// Only what is in force on a day
    #[arg(long, value_parser = super::day)]
    day: Option<CivilDay>,
}

/// Prints the entries.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let source = source::read(&arguments.path, arguments.day)?;
    let mut rows = source.rows(arguments.day, None);
    if let Some(kind) = &arguments.kind {
        let (id, _) = known(kind)?;
        rows.retain(|row| row.kind == id);
    }
    if printer.json() {
        printer.answer(&json!({"count": rows.len(), "rows": rows}));
        return Ok(Exit::Yes);
    }
    for (kind, title) in Row::kinds() {
        let own: Vec<&Row> = rows.iter().filter(|row| row.kind == kind).collect();
        if own.is_empty() {
            continue;
        }
        printer.line(&match printer.say("zh", "en") {
            "zh" => format!("{title}（{kind}）：{}项", own.len()),
            _ => format!("{kind}: {}", own.len()),
        });
        for row in own {
            let basis = row.basis.join("；");
            printer.line(&format!("  {}  {}  {}  {basis}", row.id, row.title, row.owner));
        }
    }
    printer.line(&format!("{}{}", printer.say("合计：", "total: "), rows.len()));
    Ok(Exit::Yes)
}

/// A kind by its id or Chinese name.
pub(super) fn known(text: &str) -> Result<(&'static str, &'static str), Failure> {
    Row::kinds().find(|(id, title)| *id == text || *title == text).ok_or_else(|| {
        let ids: Vec<&str> = Row::kinds().map(|(id, _)| id).collect();
        Failure::new(
            Exit::Usage,
            "UNKNOWN_LIST",
            format!("no list `{text}`; one of: {}", ids.join(", ")),
            format!("没有“{text}”这张清单。"),
            format!("可以写：{}。", ids.join("、")),
        )
    })
}
