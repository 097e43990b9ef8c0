//! `plugin replay`: what a receipt records, run again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::load;
use crate::Failure;
use crate::ask_rule::{ask, usage};
use crate::exit::Exit;
use crate::package_at::rule_host;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Receipt written by `plugin run --receipt`
    receipt: PathBuf,
    /// The rule that was run: a component, a script, or the folder of a rule that is built
    rule: PathBuf,
    /// Another rule: lists the rows that differ
    #[arg(long)]
    against: Option<PathBuf>,
    #[command(flatten)]
    tier: load::TierArgument,
}

/// Runs again and compares.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let recorded = load::json(&arguments.receipt)?;
    let text = |name: &str| recorded.get(name).and_then(Value::as_str).unwrap_or_default();
    let input = recorded.get("input").cloned().ok_or_else(|| {
        usage("the receipt has no `input`", "这不是 plugin run --receipt 写的回执。")
    })?;
    let host = rule_host()?;
    let rule = load::rule_in(&host, &arguments.rule, arguments.tier.tier())?;
    let (answer, receipt) = ask(rule.as_ref(), input.clone())?;
    let same_rule = receipt.rule.to_string() == text("rule");
    let same_bytes = engine::outcome::digest(&answer).to_string() == text("outcome_digest");
    let same_engine = receipt.engine == text("engine");
    let fuel = recorded.get("fuel_used").and_then(Value::as_u64);
    let differ = match &arguments.against {
        None => Vec::new(),
        Some(path) => {
            let other = load::rule_in(&host, path, arguments.tier.tier())?;
            let (changed, _) = ask(other.as_ref(), input)?;
            differences(&answer, &changed)
        }
    };
    if printer.json() {
        printer.answer(&json!({
            "same_rule": same_rule, "same_outcome": same_bytes, "same_engine": same_engine,
            "fuel": {"recorded": fuel, "now": receipt.fuel_used}, "differ": differ,
        }));
    } else {
        let yes = |it: bool| {
            if it { printer.say("相同", "same") } else { printer.say("不同", "DIFFERENT") }
        };
        printer.line(&format!("{}：{}", printer.say("规则", "rule"), yes(same_rule)));
        printer.line(&format!("{}：{}", printer.say("结果", "outcome"), yes(same_bytes)));
        printer.line(&format!(
            "{}：{} / {}{}",
            printer.say("运算量（当时／现在）", "fuel (then / now)"),
            fuel.unwrap_or_default(),
            receipt.fuel_used,
            if same_engine {
                ""
            } else {
                printer.say("（引擎不同，不可比）", " (another engine)")
            }
        ));
        if arguments.against.is_some() {
            printer.line(&format!(
                "{} {}",
                printer.say("与另一条规则结果不同的：", "rows that differ:"),
                differ.len()
            ));
            for line in &differ {
                let word = |name: &str| line.get(name).map_or_else(String::new, Value::to_string);
                printer.line(&format!("  {} {} → {}", word("subject"), word("then"), word("now")));
            }
        }
    }
    Ok(if same_rule && same_bytes { Exit::Yes } else { Exit::No })
}

/// Row by row: what either answer says of a subject that the other does not.
fn differences(then: &Value, now: &Value) -> Vec<Value> {
    let (then, now) = (by_subject(then), by_subject(now));
    let mut subjects: Vec<&String> = then.keys().chain(now.keys()).collect();
    subjects.sort();
    subjects.dedup();
    let nothing = Vec::new();
    subjects
        .into_iter()
        .filter_map(|subject| {
            let (before, after) =
                (then.get(subject).unwrap_or(&nothing), now.get(subject).unwrap_or(&nothing));
            (before != after).then(|| json!({"subject": subject, "then": before, "now": after}))
        })
        .collect()
}

/// What counts of each entry; sentences may be worded anew.
fn by_subject(answer: &Value) -> BTreeMap<String, Vec<Value>> {
    const COUNTS: [&str; 7] = ["item", "points", "code", "grade", "cents", "eligible", "until"];
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, value) in answer.as_object().into_iter().flatten() {
        // a quote or the rest of a fund is nobody's row
        if !value.is_array() {
            found.insert(format!("({name})"), vec![value.clone()]);
        }
        for entry in value.as_array().into_iter().flatten() {
            let Some(subject) = entry.get("subject").and_then(Value::as_str) else { continue };
            let counts: serde_json::Map<String, Value> = COUNTS
                .iter()
                .filter_map(|name| entry.get(*name).map(|it| ((*name).to_owned(), it.clone())))
                .collect();
            found.entry(subject.to_owned()).or_default().push(counts.into());
        }
    }
    found
}
