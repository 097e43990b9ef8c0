//! `plugin profile`: where a rule spends what it may.
//!
//! A script is counted line by line. A component is asked the same question again and again with a little more fuel each
//! time; where each call stops is a sample, and because fuel is counted, the samples are the same on every machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::run::share;
use super::{coverage, load};
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
    /// A case or a batch
    #[arg(long)]
    case: PathBuf,
    /// Places to stop a component at
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    samples: u64,
    /// Writes folded stacks, as flame graph programs and speedscope read them
    #[arg(long)]
    folded: Option<PathBuf>,
}

/// What was found: stacks with their weights.
type Stacks = BTreeMap<Vec<String>, u64>;

/// Profiles a rule.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let case = load::json(&arguments.case)?;
    let input = case.get("input").cloned().unwrap_or(case);
    let path = load::file(&arguments.path)?;
    let stacks = if load::source(&path).is_some() {
        of_script(printer, &path, &input)?
    } else {
        of_component(printer, &path, &input, arguments.samples)?
    };
    if let Some(file) = &arguments.folded {
        std::fs::write(file, folded(&stacks))
            .map_err(|error| crate::written::not_written(file, &error))?;
    }
    Ok(Exit::Yes)
}

/// One line for each stack: functions from the outside in, a space, the weight.
fn folded(stacks: &Stacks) -> String {
    let line = |(stack, weight): (&Vec<String>, &u64)| format!("{} {weight}", stack.join(";"));
    let lines: Vec<String> = stacks.iter().map(line).collect();
    lines.join("\n") + "\n"
}

fn of_script(printer: Printer, path: &Path, input: &Value) -> Result<Stacks, Failure> {
    let host = rule_host()?;
    let rule = load::rule(&host, path)?;
    let (_, receipt) = ask(rule.as_ref(), input.clone())?;
    let counted = coverage::counted(&host, path, rule.law()).ok_or_else(|| {
        usage(
            "the lines of this script cannot be counted",
            "这份脚本的写法数不了行，请写得简单一些。",
        )
    })?;
    counted.ask(input);
    let mut lines = counted.lines();
    if printer.json() {
        let mut shown = counted.json();
        if let Some(map) = shown.as_object_mut() {
            map.insert("fuel_used".to_owned(), receipt.fuel_used.into());
            map.insert("fuel_max".to_owned(), receipt.fuel_max.into());
        }
        printer.answer(&shown);
    } else {
        printer.line(
            printer.say(
                "   次数    运算量 占总量‰ 占上限‰  行",
                "   hits operations ‰all ‰limit  line",
            ),
        );
        let all = coverage::sum(&lines);
        for cost in &lines {
            printer.line(&counted.row(cost, all, receipt.fuel_max));
        }
        printer.line(&format!(
            "{} {} / {} (‰ {})",
            printer.say("运算量", "operations"),
            receipt.fuel_used,
            receipt.fuel_max,
            share(receipt.fuel_used, receipt.fuel_max)
        ));
    }
    lines.retain(|cost| cost.operations > 0);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stack = |line: u32| vec![name.clone(), format!("{name}:{line}")];
    Ok(lines.iter().map(|cost| (stack(cost.line), cost.operations)).collect())
}

fn of_component(
    printer: Printer,
    path: &Path,
    input: &Value,
    samples: u64,
) -> Result<Stacks, Failure> {
    let host = rule_host()?;
    let bytes = std::fs::read(path).map_err(|error| {
        usage(&format!("cannot read `{}`: {error}", path.display()), "打不开规则文件。")
    })?;
    let (rule, probe) =
        host.probe_component(&bytes).map_err(|error| load::refused(path, &error))?;
    let (_, receipt) = ask(rule.as_ref(), input.clone())?;
    let mut stacks = Stacks::new();
    // the middle of each of `samples` equal parts
    let parts = samples.saturating_mul(2);
    for sample in 0..samples {
        let place = sample.saturating_mul(2).saturating_add(1);
        let fuel = u128::from(receipt.fuel_used).saturating_mul(u128::from(place));
        let fuel = fuel.checked_div(u128::from(parts)).unwrap_or(0);
        probe.hold(Some(u64::try_from(fuel).unwrap_or(u64::MAX)));
        let stopped = ask(rule.as_ref(), input.clone()).is_err();
        let stack = probe.stack();
        if stopped && !stack.is_empty() {
            let weight = stacks.entry(stack).or_default();
            *weight = weight.saturating_add(1);
        }
    }
    probe.hold(None);
    print(printer, &stacks, (receipt.fuel_used, receipt.fuel_max), samples);
    Ok(stacks)
}

/// For each function: samples within it alone, and with all that it called.
fn functions(stacks: &Stacks) -> Vec<(String, u64, u64)> {
    let mut found: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (stack, weight) in stacks {
        let mut names: Vec<&str> = stack.iter().map(String::as_str).collect();
        if let Some(inner) = names.last() {
            let entry = found.entry(inner).or_default();
            entry.0 = entry.0.saturating_add(*weight);
        }
        names.sort_unstable();
        names.dedup();
        for name in names {
            let entry = found.entry(name).or_default();
            entry.1 = entry.1.saturating_add(*weight);
        }
    }
    let mut list: Vec<(String, u64, u64)> =
        found.into_iter().map(|(name, (own, all))| (name.to_owned(), own, all)).collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then(b.2.cmp(&a.2)).then(a.0.cmp(&b.0)));
    list
}

fn print(printer: Printer, stacks: &Stacks, (used, max): (u64, u64), samples: u64) {
    let taken: u64 = stacks.values().copied().fold(0, u64::saturating_add);
    let list = functions(stacks);
    if printer.json() {
        let each: Vec<Value> = list
            .iter()
            .map(|(name, own, all)| {
                json!({"function": name, "own_permille": share(*own, taken), "all_permille": share(*all, taken)})
            })
            .collect();
        let stacks: Vec<Value> = stacks
            .iter()
            .map(|(stack, weight)| json!({"stack": stack, "samples": weight}))
            .collect();
        printer.answer(&json!({
            "fuel_used": used, "fuel_max": max, "samples": taken, "functions": each, "stacks": stacks,
        }));
        return;
    }
    printer.line(&format!(
        "{} {used} / {max} (‰ {}) · {} {taken} / {samples}",
        printer.say("运算量", "fuel"),
        share(used, max),
        printer.say("取样", "samples")
    ));
    printer.line(printer.say(" 自己‰  连同调用‰  函数", "  own‰  with calls‰  function"));
    for (name, own, all) in list.iter().take(20) {
        printer.line(&format!("{:>6} {:>6}  {name}", share(*own, taken), share(*all, taken)));
    }
    if list.iter().any(|(name, ..)| name.starts_with("wasm-function[")) {
        printer.note(printer.say(
            "这个组件没有带函数名，只能写编号。要看函数名，请把规则Cargo.toml里的 strip 改成 \"debuginfo\" 重新编译再看。",
            "this component carries no function names; build it with `strip = \"debuginfo\"` in the rule's Cargo.toml to see them",
        ));
    }
}
