//! `plugin inspect`: what a rule is, reads and can answer.

use std::path::{Path, PathBuf};

use rules::{Declared, Description, Named, Rule, Sentence};
use serde_json::json;

use super::load;
use super::run::share;
use crate::Failure;
use crate::exit::Exit;
use crate::package_at::rule_host;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A component, a script, or the folder of a rule that is built
    path: PathBuf,
    #[command(flatten)]
    tier: load::TierArgument,
}

/// Shows a rule.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let host = rule_host()?;
    let rule = load::rule_in(&host, &arguments.path, arguments.tier.tier())?;
    let path = load::file(&arguments.path)?;
    let bytes = std::fs::read(&path).unwrap_or_default();
    let max = arguments.tier.tier().limits().compile_work;
    show(printer, rule.as_ref(), (&path, &bytes), max);
    Ok(Exit::Yes)
}

/// Prints what a rule says about itself.
pub(super) fn show(printer: Printer, rule: &dyn Rule, (path, file): (&Path, &[u8]), max: u64) {
    let (law, bytes) = (rule.law(), file.len());
    // a script is not compiled
    let work = rule.description().map(|_| rules::compile_work(file));
    if printer.json() {
        printer.answer(&json!({
            "path": path, "bytes": bytes, "law": law.word(), "description": rule.description(),
            "compile_work": work,
        }));
        return;
    }
    printer.line(&format!(
        "{} · {} · {bytes} {}",
        path.display(),
        law.word(),
        printer.say("字节", "bytes")
    ));
    if let Some(work) = work {
        printer.line(&format!(
            "  {} {work} (‰ {})",
            printer.say("编译的工作量", "work of compiling"),
            share(work, max)
        ));
    }
    match rule.description() {
        Some(description) => lines(printer, description),
        None => printer.line(printer.say(
            "  脚本不说明自己读什么；参数和事项由积分办法写明。",
            "  a script declares nothing; its scheme does",
        )),
    }
}

fn lines(printer: Printer, said: &Description) {
    printer.line(&format!("  {} {} {}", said.id, said.version, said.title));
    let declared = |list: &[Declared]| -> Vec<String> {
        list.iter().map(|d| format!("{} {} [{}..={}]", d.name, d.title, d.min, d.max)).collect()
    };
    let named = |list: &[Named]| -> Vec<String> {
        list.iter().map(|n| format!("{} {}", n.code, n.title)).collect()
    };
    let sentences = |list: &[Sentence]| -> Vec<String> {
        list.iter().map(|s| format!("{} {}", s.code, s.text)).collect()
    };
    let figures =
        said.figures.iter().map(|figure| format!("{} {}", figure.name, figure.title)).collect();
    for (chinese, english, list) in [
        ("参数", "settings", declared(&said.settings)),
        ("事项", "kinds of events", named(&said.kinds)),
        ("数值", "quantities", declared(&said.quantities)),
        ("户情", "facts", declared(&said.facts)),
        ("积分项目", "items", named(&said.items)),
        ("给出的数", "figures", figures),
        ("理由", "reasons", sentences(&said.reasons)),
        ("条款", "clauses", named(&said.clauses)),
        ("不能计算的原因", "refusals", sentences(&said.refusals)),
        ("提示", "notes", sentences(&said.notes)),
        ("等级", "grades", named(&said.grades)),
    ] {
        if !list.is_empty() {
            printer.line(&format!("  {}", printer.say(chinese, english)));
            for line in list {
                printer.line(&format!("    {line}"));
            }
        }
    }
}
