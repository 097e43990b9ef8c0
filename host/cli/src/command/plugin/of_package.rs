//! `xiangyue test PATH`: the cases of a package's schemes, each asked of the rule that the scheme names.
//!
//! A case stands in `townships/<code>-<name>/cases/schemes/<scheme>/*.json` and has the form of a rule's own cases. What
//! its input leaves out – settings, period, fund – is the scheme's, so that a case fails when a figure is changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use package::{Edition, RuleKind, Scheme, TownshipEdition};
use rules::{Rule, RuleHost};
use serde_json::{Value, json};

use super::cases::{Ran, case_files, tried, unreached};
use super::load;
use super::problem::Problem;
use super::run::share;
use crate::Failure;
use crate::ask_rule::usage;
use crate::command::check::folder_of;
use crate::command::score::{as_the_scheme_asks, rule};
use crate::exit::Exit;
use crate::package_at::{self, rule_host};
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of a district package, or of a township within one
    path: PathBuf,
    /// Writes what the rule answers now into the cases that have no `expect` yet
    #[arg(long)]
    write: bool,
}

/// One scheme and what its cases came to.
struct Tried {
    township: String,
    scheme: Scheme,
    cases: Vec<(Ran, usize)>,
    missing: Vec<String>,
}

/// Runs the cases.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let at = package_at::load(&arguments.path)?;
    let (root, part) = (at.root.clone(), at.part.clone());
    let package = package_at::valid(at)?;
    let host = rule_host()?;
    let mut all = Vec::new();
    for (code, township) in package.editions().last().into_iter().flat_map(Edition::townships) {
        let folder = folder_of(*code, township);
        if !part.starts_with(&folder) && !part.is_empty() {
            continue;
        }
        for scheme in township.all_schemes() {
            let place = root.join(&folder).join("cases/schemes").join(&scheme.id);
            all.push(scheme_cases(&host, township, scheme, &place, arguments.write)?);
        }
    }
    let ran = all.iter().flat_map(|one| &one.cases).count();
    if ran == 0 {
        return Err(usage(
            "no scheme here has a case; write one JSON file each into `cases/schemes/<scheme>`",
            "这里的办法一个例子也没有；没有例子不算测过。",
        ));
    }
    let failed =
        all.iter().flat_map(|one| &one.cases).filter(|(ran, _)| !ran.problems.is_empty()).count();
    if printer.json() {
        printer.answer(&answer(&all, ran, failed));
    } else {
        lines(printer, &all, ran, failed);
    }
    Ok(if failed == 0 { Exit::Yes } else { Exit::No })
}

fn scheme_cases(
    host: &RuleHost,
    township: &TownshipEdition,
    scheme: &Scheme,
    place: &Path,
    write: bool,
) -> Result<Tried, Failure> {
    let mut cases = Vec::new();
    let mut missing = Vec::new();
    if place.is_dir() {
        let rule = rule(host, scheme)?;
        for file in case_files(place)? {
            cases.push(one(rule.as_ref(), township, scheme, &file, write)?);
        }
        let said = rule.description().filter(|_| scheme.kind() == RuleKind::Component);
        let ran: Vec<&Ran> = cases.iter().map(|(ran, _)| ran).collect();
        missing = said.map(|said| unreached(said, &ran)).unwrap_or_default();
    }
    Ok(Tried { township: township.title.clone(), scheme: scheme.clone(), cases, missing })
}

fn one(
    rule: &dyn Rule,
    township: &TownshipEdition,
    scheme: &Scheme,
    file: &Path,
    write: bool,
) -> Result<(Ran, usize), Failure> {
    let written = load::json(file)?;
    let mut case = written.clone();
    if let Some(input) = case.get_mut("input") {
        as_the_scheme_asks(scheme, township, input);
    }
    let rows = case.pointer("/input/rows").and_then(Value::as_array).map_or(1, Vec::len);
    let mut ran = tried(rule, file, case, false)?;
    let accept = write && written.get("expect").is_none() && ran.answer != Value::Null;
    if accept {
        let mut written = written;
        if let Some(map) = written.as_object_mut() {
            map.insert("expect".to_owned(), ran.answer.clone());
        }
        let text = serde_json::to_string_pretty(&written).unwrap_or_default();
        std::fs::write(file, text + "\n").map_err(|error| {
            usage(&format!("cannot write `{}`: {error}", file.display()), "写不了例子文件。")
        })?;
        ran.problems.retain(|problem| *problem != Problem::no_expect());
    }
    Ok((ran, rows))
}

fn form(scheme: &Scheme) -> &'static str {
    match scheme.kind() {
        RuleKind::Component => "wasm",
        RuleKind::Script => "rhai",
        RuleKind::Table => "table",
    }
}

/// What an answer gives, in a few words: points, grades, money, yes and no, refusals.
fn given(answer: &Value) -> BTreeMap<String, i64> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    let mut add = |name: String, amount: i64| {
        let sum = sums.entry(name).or_default();
        *sum = sum.saturating_add(amount);
    };
    let list = |name: &str| answer.get(name).and_then(Value::as_array).into_iter().flatten();
    for claim in list("claims") {
        add("points".to_owned(), claim.get("points").and_then(Value::as_i64).unwrap_or(0));
    }
    for grade in list("grades") {
        add(format!("grade {}", grade.get("grade").and_then(Value::as_str).unwrap_or("")), 1);
    }
    for share in list("shares") {
        add("cents".to_owned(), share.get("cents").and_then(Value::as_i64).unwrap_or(0));
    }
    for entitled in list("entitlements") {
        let yes = entitled.get("eligible").and_then(Value::as_bool) == Some(true);
        add(if yes { "yes" } else { "no" }.to_owned(), 1);
    }
    for _ in list("refused") {
        add("refused".to_owned(), 1);
    }
    if let Some(quote) = answer.get("quote") {
        add("points".to_owned(), quote.get("points").and_then(Value::as_i64).unwrap_or(0));
    }
    sums
}

fn answer(all: &[Tried], ran: usize, failed: usize) -> Value {
    let mut cases = Vec::new();
    for one in all {
        for (case, rows) in &one.cases {
            cases.push(json!({
                "township": one.township, "scheme": one.scheme.id, "title": one.scheme.title,
                "form": form(&one.scheme), "law": one.scheme.law,
                "file": case.file, "name": case.title, "passed": case.problems.is_empty(),
                "problems": case.problems.iter().map(Problem::english).collect::<Vec<_>>(),
                "rows": rows, "given": given(&case.answer),
                "fuel_used": case.fuel.0, "fuel_max": case.fuel.1,
            }));
        }
    }
    let without: Vec<String> = without(all);
    let missing: BTreeMap<String, &Vec<String>> = all
        .iter()
        .filter(|one| !one.missing.is_empty())
        .map(|one| (format!("{}/{}", one.township, one.scheme.id), &one.missing))
        .collect();
    json!({
        "passed": ran.saturating_sub(failed), "failed": failed, "cases": cases,
        "coverage": {"schemes": all.len(), "without_cases": without, "not_reached": missing},
    })
}

fn without(all: &[Tried]) -> Vec<String> {
    let bare = all.iter().filter(|one| one.cases.is_empty());
    bare.map(|one| format!("{}/{}", one.township, one.scheme.id)).collect()
}

fn lines(printer: Printer, all: &[Tried], ran: usize, failed: usize) {
    for one in all {
        for (case, rows) in &one.cases {
            let mark = if case.problems.is_empty() {
                printer.say("通过", "ok")
            } else {
                printer.say("不通过", "FAILED")
            };
            let sums: Vec<String> =
                given(&case.answer).iter().map(|(name, sum)| format!("{name} {sum}")).collect();
            let (used, max) = case.fuel;
            printer.line(&format!(
                "{mark} {} {}（{}）{} · {rows} {} · {} · {} {used} (‰ {})",
                one.township,
                one.scheme.title,
                form(&one.scheme),
                case.file,
                printer.say("行", "rows"),
                sums.join(", "),
                printer.say("运算量", "fuel"),
                share(used, max)
            ));
            for problem in &case.problems {
                printer.line(&format!("    {}", problem.said(printer)));
            }
        }
        if !one.missing.is_empty() {
            let words = printer.say("没有例子走到：", "no case reaches:");
            printer.line(&format!("    {words} {}", one.missing.join(", ")));
        }
    }
    for bare in without(all) {
        printer.line(&format!("{} {bare}", printer.say("没有例子：", "without a case:")));
    }
    printer.line(&format!(
        "{} {}，{} {failed}",
        printer.say("通过", "passed"),
        ran.saturating_sub(failed),
        printer.say("不通过", "failed")
    ));
}
