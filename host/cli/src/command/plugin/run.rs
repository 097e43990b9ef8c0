//! `plugin run` and `plugin bench`: a rule asked once, or many times.

use std::path::PathBuf;
use std::time::Instant;

use engine::outcome;
use rules::{Receipt, Rule};
use serde_json::{Value, json};

use super::{load, stopped};
use crate::Failure;
use crate::ask_rule::{ask, usage};
use crate::exit::Exit;
use crate::package_at::rule_host;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A component, a script, or the folder of a rule that is built
    path: PathBuf,
    /// Batch: `{"day", "settings", "rows": […]}`; a redemption question for a rule that quotes
    #[arg(long)]
    input: PathBuf,
    /// Writes a receipt that `plugin replay` takes
    #[arg(long)]
    receipt: Option<PathBuf>,
    #[command(flatten)]
    tier: load::TierArgument,
}

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct BenchArguments {
    /// A component, a script, or the folder of a rule that is built
    path: PathBuf,
    /// Batch, as for `plugin run`
    #[arg(long)]
    input: PathBuf,
    /// Calls to measure
    #[arg(long, default_value_t = 200)]
    calls: usize,
}

/// What a run leaves, enough to run it again.
pub(super) fn record(rule: &dyn Rule, input: &Value, answer: &Value, receipt: &Receipt) -> Value {
    json!({
        "law": rule.law().word(),
        "rule": receipt.rule,
        "abi": receipt.abi,
        "engine": receipt.engine,
        "advisory": receipt.advisory,
        "fuel_used": receipt.fuel_used,
        "fuel_max": receipt.fuel_max,
        "input": input,
        "input_digest": outcome::digest(input),
        "outcome": answer,
        "outcome_digest": outcome::digest(answer),
    })
}

/// Per mille of a limit.
pub(super) fn share(used: u64, max: u64) -> u64 {
    used.saturating_mul(1_000).checked_div(max).unwrap_or(0)
}

/// Asks once.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let host = rule_host()?;
    let rule = load::rule_in(&host, &arguments.path, arguments.tier.tier())?;
    let input = load::json(&arguments.input)?;
    let (answer, receipt) = ask(rule.as_ref(), input.clone()).map_err(|failure| {
        stopped::located(&host, (&arguments.path, rule.law()), &input, failure)
    })?;
    let record = record(rule.as_ref(), &input, &answer, &receipt);
    if let Some(path) = &arguments.receipt {
        let text = serde_json::to_string_pretty(&record).unwrap_or_default();
        std::fs::write(path, text + "\n").map_err(|error| {
            usage(&format!("cannot write `{}`: {error}", path.display()), "写不了回执文件。")
        })?;
    }
    if printer.json() {
        let mut shown = record;
        if let Some(map) = shown.as_object_mut() {
            map.remove("input");
            map.insert("log".to_owned(), json!(receipt.log));
            map.insert("notes".to_owned(), json!(receipt.notes));
        }
        printer.answer(&shown);
        return Ok(Exit::Yes);
    }
    printer.answer(&answer);
    if receipt.advisory {
        printer.note(printer.say(
            "参考级：结果只供阅读，不能记分、算钱。",
            "advisory: for reading only, no points or money come of it",
        ));
    }
    for note in &receipt.notes {
        printer.note(&format!("{} {}：{}", note.subject, note.code, note.text));
    }
    for line in &receipt.log {
        printer.note(&format!("log: {line}"));
    }
    printer.note(&format!(
        "{} {} / {} (‰ {})",
        printer.say("运算量", "fuel"),
        receipt.fuel_used,
        receipt.fuel_max,
        share(receipt.fuel_used, receipt.fuel_max)
    ));
    Ok(Exit::Yes)
}

/// Asks many times.
pub(crate) fn bench(printer: Printer, arguments: &BenchArguments) -> Result<Exit, Failure> {
    let host = rule_host()?;
    let start = Instant::now();
    let rule = load::rule(&host, &arguments.path)?;
    let loaded = start.elapsed();
    let input = load::json(&arguments.input)?;
    let rows = input.get("rows").and_then(Value::as_array).map_or(1, Vec::len).max(1);
    let mut times = Vec::with_capacity(arguments.calls);
    let mut fuel = (0, 0);
    for _ in 0..arguments.calls.max(1) {
        let question = input.clone();
        let start = Instant::now();
        let (_, receipt) = ask(rule.as_ref(), question)?;
        times.push(start.elapsed().as_nanos());
        fuel = (receipt.fuel_used, receipt.fuel_max);
    }
    times.sort_unstable();
    let at = |permille: usize| {
        let place = times.len().saturating_sub(1).saturating_mul(permille) / 1_000;
        times.get(place).copied().unwrap_or_default()
    };
    let rows_wide = u128::try_from(rows).unwrap_or(1);
    let answer = json!({
        "rows": rows,
        "calls": times.len(),
        "load_micros": u64::try_from(loaded.as_micros()).unwrap_or(u64::MAX),
        "nanos_per_call": {"p50": number(at(500)), "p99": number(at(990))},
        "nanos_per_row": number(at(500).checked_div(rows_wide).unwrap_or(0)),
        "fuel_used": fuel.0,
        "fuel_per_row": fuel.0.checked_div(u64::try_from(rows).unwrap_or(1)).unwrap_or(0),
        "fuel_max": fuel.1,
        "permille_of_limit": share(fuel.0, fuel.1),
    });
    printer.answer(&answer);
    Ok(Exit::Yes)
}

fn number(nanos: u128) -> u64 {
    u64::try_from(nanos).unwrap_or(u64::MAX)
}
