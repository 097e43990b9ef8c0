//! `xiangyue metrics checks --seed N`: matters drawn for a visit or a check.

use engine::checks::{Draw, Drawn, draw};
use engine::explanation::Language;
use model::CivilDay;
use serde_json::{Value, json};

use super::{Ready, Source, refused};
use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;

/// Words of `checks`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Start of the draw: the same number over the same record gives the same draw
    #[arg(long)]
    seed: u64,
    /// Only matters in which something was recorded from this day on
    #[arg(long)]
    since: Option<CivilDay>,
}

/// Draws and prints.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let Ready { package, state, place, day } = arguments.source.read()?;
    let asked = Draw { seed: arguments.seed, place, since: arguments.since, day };
    let drawn = draw(&state, &package, &asked).map_err(refused)?;
    if printer.json() {
        printer.answer(&json!({
            "seed": asked.seed, "place": place, "since": asked.since, "day": day,
            "population": drawn.population,
            "strata": drawn.strata.iter().map(told).collect::<Vec<_>>(),
        }));
        return Ok(Exit::Yes);
    }
    printer.line(&format!(
        "{}{} · {day} · {}{}",
        printer.say("种子 ", "seed "),
        asked.seed,
        printer.say("抽查范围 ", "population "),
        drawn.population.short(),
    ));
    for Drawn { stratum, population, matters } in &drawn.strata {
        let title = match stratum.title_en.as_str() {
            said if printer.language() == Language::English && !said.is_empty() => said,
            _ => stratum.title.as_str(),
        };
        printer.line(&format!(
            "{title}\t{}{population}\t{}{}‰\t{}{}",
            printer.say("共 ", "of "),
            printer.say("比例 ", "share "),
            stratum.share_permille,
            printer.say("抽 ", "drawn "),
            matters.len(),
        ));
        for row in matters {
            let name = package.divisions().get(row.village).map_or("", |row| row.name.as_str());
            printer.line(&format!("  {}\t{name}\t{}", row.id, row.title));
        }
    }
    Ok(Exit::Yes)
}

fn told(drawn: &Drawn<'_, '_>) -> Value {
    let matters = drawn.matters.iter().map(|row| {
        json!({
            "id": row.id, "village": row.village, "item": row.item, "title": row.title,
            "amount_cents": row.amount_cents, "opened": row.opened,
        })
    });
    json!({
        "stratum": drawn.stratum.id, "title": drawn.stratum.title,
        "share_permille": drawn.stratum.share_permille, "at_least": drawn.stratum.at_least,
        "population": drawn.population, "drawn": drawn.matters.len(),
        "matters": matters.collect::<Vec<Value>>(),
    })
}
