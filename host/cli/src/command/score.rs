//! `xiangyue score`: a rule run on a batch, nothing posted.

use std::path::PathBuf;

use package::{RuleKind, RuleLaw, Scheme};
use rules::Law;
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
    let snapshot = package_at::snapshot(at)?;
    let edition = snapshot.package.editions().last();
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
    let mut schemes = township.schemes.values().filter(|scheme| match &arguments.scheme {
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
    let answer = answer(scheme, input)?;
    printer.answer(&answer);
    Ok(Exit::Yes)
}

fn answer(scheme: &Scheme, mut input: Value) -> Result<Value, Failure> {
    let host = rule_host()?;
    let law = match scheme.law {
        RuleLaw::Score => Law::Score,
        RuleLaw::Settle => Law::Settle,
        RuleLaw::Quote => Law::Quote,
    };
    let loaded = match scheme.kind() {
        RuleKind::Component => host.load_component(&scheme.source),
        RuleKind::Script => host.load_script(&String::from_utf8_lossy(&scheme.source), law),
        RuleKind::Table => host.load_table(&String::from_utf8_lossy(&scheme.source), law),
    };
    let rule = loaded.map_err(|error| {
        Failure::new(
            Exit::No,
            "RULE_NOT_LOADED",
            error.to_string(),
            error.text.clone(),
            "请先运行 xiangyue check。",
        )
    })?;
    // The scheme's settings apply unless the batch tries others.
    if let Some(map) = input.as_object_mut() {
        map.entry("settings").or_insert_with(|| json!(scheme.settings));
    }
    let (mut answer, receipt) = ask(rule.as_ref(), input)?;
    if let Some(map) = answer.as_object_mut() {
        map.insert("scheme".to_owned(), json!(scheme.id));
        map.insert("receipt".to_owned(), json!(receipt));
    }
    Ok(answer)
}
