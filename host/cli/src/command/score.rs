//! `xiangyue score`: a rule run on a batch, nothing posted.

use std::path::PathBuf;
use std::sync::Arc;

use model::CivilDay;
use package::{RuleLaw, Scheme, TownshipEdition};
use rules::{Rule, RuleHost};
use serde_json::{Value, json};

use crate::Failure;
use crate::ask_rule::{ask, usage};
use crate::exit::Exit;
use crate::package_at::{self, rule_host};
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of a township within a district package
    #[arg(long)]
    package: PathBuf,
    /// Batch: `{"day", "rows": […]}`, or one redemption question for a `quote` scheme
    #[arg(long)]
    input: PathBuf,
    /// Scheme id; needed when the township has several that score
    #[arg(long)]
    scheme: Option<String>,
}

/// Runs a rule.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let at = package_at::load(&arguments.package)?;
    let part = at.part.clone();
    let package = package_at::valid(at)?;
    let edition = package.editions().last();
    let township = edition.into_iter().flat_map(|e| e.townships().values()).find(|township| {
        let code: String = township.code.to_string().chars().take(9).collect();
        part.starts_with(&format!("townships/{code}-"))
    });
    let township = township.ok_or_else(|| {
        usage(
            "no township folder in this path",
            "请给出镇街文件夹，例如 policies/laixi/townships/370285102-xiagezhuang。",
        )
    })?;
    let mut schemes = township.all_schemes().filter(|scheme| match &arguments.scheme {
        Some(id) => scheme.id == *id,
        None => scheme.law != RuleLaw::Quote,
    });
    let scheme =
        schemes.next().ok_or_else(|| usage("no such scheme", "本镇街没有这个积分办法。"))?;
    if schemes.next().is_some() {
        return Err(usage(
            "several schemes score here; add `--scheme`",
            "本镇街有多个积分办法，请用 --scheme 指明。",
        ));
    }
    let text = std::fs::read_to_string(&arguments.input).map_err(|error| {
        usage(&format!("cannot read `{}`: {error}", arguments.input.display()), "打不开输入文件。")
    })?;
    let input: Value = serde_json::from_str(&text)
        .map_err(|error| usage(&format!("not JSON: {error}"), "输入不是合法的JSON。"))?;
    let answer = answer(scheme, township, input)?;
    printer.answer(&answer);
    Ok(Exit::Yes)
}

fn answer(scheme: &Scheme, township: &TownshipEdition, mut input: Value) -> Result<Value, Failure> {
    let host = rule_host()?;
    let rule = rule(&host, scheme)?;
    as_the_scheme_asks(scheme, township, &mut input);
    let (mut answer, receipt) = ask(rule.as_ref(), input)?;
    if let Some(map) = answer.as_object_mut() {
        map.insert("scheme".to_owned(), json!(scheme.id));
        map.insert("receipt".to_owned(), json!(receipt));
    }
    Ok(answer)
}

/// The rule of a scheme.
pub(crate) fn rule(host: &RuleHost, scheme: &Scheme) -> Result<Arc<dyn Rule>, Failure> {
    engine::snapshot::rule_of(host, scheme).map_err(|error| {
        Failure::new(
            Exit::No,
            "RULE_NOT_LOADED",
            error.to_string(),
            error.text.clone(),
            "请先运行 xiangyue check。",
        )
    })
}

/// The scheme's settings, period and fund apply unless the batch tries others.
pub(crate) fn as_the_scheme_asks(scheme: &Scheme, township: &TownshipEdition, input: &mut Value) {
    let Some(map) = input.as_object_mut() else { return };
    map.entry("settings").or_insert_with(|| json!(scheme.settings));
    let day = map.get("day").and_then(Value::as_i64);
    let day = day.and_then(|day| CivilDay::from_number(day).ok());
    if let Some(day) = day.filter(|_| scheme.law != RuleLaw::Quote) {
        let name = engine::scoring::period_of(scheme, day);
        if let Some(period) = engine::scoring::period(scheme, &name) {
            map.entry("period").or_insert_with(|| json!(period));
        }
    }
    if let Some(fund) = township.funds.get(&scheme.fund) {
        map.entry("cents").or_insert_with(|| json!(fund.cents.0));
    }
}
