//! `xiangyue items PATH [ITEM]`: the petty-power list, and of one item its steps, its chart, the
//! Cedar that is made from it or its four proofs.

use std::path::PathBuf;

use clap::ValueEnum;
use engine::explanation::Language;
use engine::flows::{Chart, chart};
use model::{CivilDay, DivisionCode};
use package::{Edition, Item};
use serde_json::json;

use crate::Failure;
use crate::command::item_proof;
use crate::exit::Exit;
use crate::package_at;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of a district package
    path: PathBuf,
    /// Item id, e.g. `P03`; without it the whole list
    item: Option<String>,
    /// How one item is shown
    #[arg(long, value_enum, default_value_t = Form::Steps)]
    to: Form,
    /// Township whose list it is (twelve digits): with its own items, added steps and parameters
    #[arg(long)]
    township: Option<DivisionCode>,
    /// Day for which parameters count (`2026-11-28`); the first day of the newest edition by default
    #[arg(long)]
    on: Option<CivilDay>,
}

/// How one item is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// Steps, one a line
    Steps,
    /// Flow chart as SVG
    Svg,
    /// Flow chart as Mermaid text
    Mermaid,
    /// Cedar policies of the item
    Cedar,
    /// Its four proofs (确权、限权、晒权、制权), or what is missing
    Proof,
}

/// Shows the list or one item.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let package = package_at::valid(package_at::load(&arguments.path)?)?;
    let newest = package.editions().last().map(Edition::from).unwrap_or_default();
    let day = arguments.on.unwrap_or(newest);
    let Some(edition) = package.edition(day) else {
        return Err(Failure::new(
            Exit::Usage,
            "NO_EDITION",
            format!("no edition is in force on `{day}`"),
            format!("{day}还没有生效的版本。"),
            "换一个日期，或者不写 --on。",
        ));
    };
    let Some(id) = &arguments.item else {
        list(printer, edition, arguments.township);
        return Ok(Exit::Yes);
    };
    let Some(item) = edition.item(arguments.township, id) else {
        return Err(unknown(id));
    };
    let drawn = |form| chart(edition, arguments.township, id, day, printer.language(), form);
    match arguments.to {
        Form::Steps => steps(printer, item),
        Form::Svg => printer.line(drawn(Chart::Svg).unwrap_or_default().trim_end()),
        Form::Mermaid => printer.line(drawn(Chart::Mermaid).unwrap_or_default().trim_end()),
        Form::Proof => {
            return Ok(item_proof::run(printer, edition, arguments.township, item, day));
        }
        Form::Cedar => {
            let owner = if item.local {
                arguments.township.and_then(|code| edition.township(code)).map(|t| t.slug.as_str())
            } else {
                Some(edition.district().id.as_str())
            };
            let short = id.rsplit('-').next().unwrap_or(id);
            let start = format!("{}/{short}/", owner.unwrap_or_default());
            printer.line(&edition.policy_texts(arguments.township, &start).join("\n\n"));
        }
    }
    Ok(Exit::Yes)
}

fn unknown(id: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        "ITEM_UNKNOWN",
        format!("no item `{id}` on this list"),
        format!("清单上没有事项“{id}”。"),
        "不写事项编号就列出全部；镇特色清单要加 --township。",
    )
}

/// Every item of the list, the township's own behind the district's.
fn list(printer: Printer, edition: &Edition, township: Option<DivisionCode>) {
    let own = township
        .and_then(|code| edition.township(code))
        .into_iter()
        .flat_map(package::TownshipEdition::own_items);
    let ids = edition.items().keys().map(String::as_str).chain(own);
    let items: Vec<&Item> = ids.filter_map(|id| edition.item(township, id)).collect();
    if printer.json() {
        printer.answer(&items);
        return;
    }
    for item in items {
        let title = match printer.language() {
            Language::English if !item.title_en.is_empty() => &item.title_en,
            _ => &item.title,
        };
        printer.line(&format!(
            "{}\t{}\t{}\t{}\t{}",
            item.id,
            title,
            item.area,
            item.decides.join("、"),
            item.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>().join(" "),
        ));
    }
}

fn steps(printer: Printer, item: &Item) {
    if printer.json() {
        printer.answer(&json!(item));
        return;
    }
    printer.line(&format!("{} {}", item.id, item.title));
    printer.line(&format!("{}{}", printer.say("依据：", "basis: "), item.basis.join("；")));
    printer.line(&format!(
        "{}{}",
        printer.say("监督：", "supervised by: "),
        item.supervises.join("、")
    ));
    for step in &item.steps {
        let (title, who) = match printer.language() {
            Language::English if !step.title_en.is_empty() => (&step.title_en, &step.who_en),
            _ => (&step.title, &step.who),
        };
        printer.line(&format!("{}\t{title}\t{who}\t{}", step.id, step.after.join(" ")));
    }
}
