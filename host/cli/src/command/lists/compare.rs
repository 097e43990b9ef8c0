//! `xiangyue lists diff A B`: what changed, and the reduction figures.

use std::path::PathBuf;

use lists::{Change, Diff};
use serde_json::Value;

use super::source;
use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The version before: package, edition folder, folder of lists, or one list
    before: PathBuf,
    /// The version after
    after: PathBuf,
}

/// Compares two versions; a difference is an answer, not a no.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let before = source::read(&arguments.before, None)?;
    let after = source::read(&arguments.after, None)?;
    let found = lists::diff(&before.lists, &after.lists, &after.wording);
    if printer.json() {
        printer.answer(&found);
    } else {
        print(printer, &found);
    }
    Ok(Exit::Yes)
}

/// The changes, then the figures.
pub(super) fn print(printer: Printer, found: &Diff) {
    let groups = [
        (printer.say("新增", "added"), &found.added),
        (printer.say("移除", "removed"), &found.removed),
        (printer.say("换清单", "moved"), &found.moved),
        (printer.say("改名", "renamed"), &found.renamed),
        (printer.say("内容改变", "changed"), &found.changed),
    ];
    for (title, changes) in groups {
        if changes.is_empty() {
            continue;
        }
        printer.line(&format!("{title}{}{}", printer.say("：", ": "), changes.len()));
        for change in changes {
            line(printer, change);
        }
    }
    printer.line(&format!("{}{}", printer.say("未变：", "unchanged: "), found.unchanged));
    for figure in found.reduction.classes.iter().chain([&found.reduction.total]) {
        let percent = figure.percent.as_deref().unwrap_or("—");
        printer.line(&format!("{}  {} → {}  {percent}", figure.title, figure.before, figure.after));
    }
}

fn line(printer: Printer, change: &Change) {
    let place = match (change.from_list, change.to_list) {
        (Some(from), Some(to)) if from != to => format!("[{} → {}] ", from.title(), to.title()),
        (Some(list), _) | (None, Some(list)) => format!("[{}] ", list.title()),
        (None, None) => String::new(),
    };
    let was = change.was_title.as_ref().map_or_else(String::new, |was| {
        format!("{}{was}{}", printer.say("（原名：", " (was: "), printer.say("）", ")"))
    });
    printer.line(&format!("  {place}{} {}{was}", change.id, change.title));
    for field in &change.fields {
        printer.line(&format!(
            "    {}: {} → {}",
            field.field,
            said(&field.before),
            said(&field.after)
        ));
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::Null => "—".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
