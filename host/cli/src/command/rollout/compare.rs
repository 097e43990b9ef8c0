//! `xiangyue rollout compare`: what an edition would have answered, beside what the one before it answers.

use std::path::PathBuf;

use engine::compare::{self, Answer, Compared, Span};
use model::{CivilDay, Refusal, RefusalKind};
use serde_json::json;

use super::{day, edition};
use crate::exit::Exit;
use crate::render::Printer;
use crate::{Failure, package_at, store_at};

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder of the district package
    path: PathBuf,
    /// First day of the edition
    #[arg(long, value_name = "DAY", value_parser = day)]
    edition: CivilDay,
    /// Store that holds the decision log
    #[arg(long, default_value = store_at::DEFAULT, env = "XIANGYUE_STORE")]
    store: String,
    /// First day of the log that is asked again
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<CivilDay>,
    /// Last day
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<CivilDay>,
}

/// Compares; a difference is an answer, not a no.
pub(super) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let dir = store_at::folder(&arguments.store)?;
    let at = package_at::load(&arguments.path)?;
    let root = at.root.clone();
    let snapshot = package_at::snapshot(at)?;
    edition(&root, &snapshot.package, arguments.edition)?;
    let span = Span { from: arguments.from, to: arguments.to };
    let language = printer.language();
    let found = compare::compare(&dir, &snapshot, arguments.edition, span, language);
    let found = found.map_err(failure)?;
    if printer.json() {
        printer.answer(&json!({"edition": arguments.edition, "compared": found}));
    } else {
        print(printer, &found);
    }
    Ok(Exit::Yes)
}

fn failure(refusal: Refusal) -> Failure {
    let (exit, code) = match refusal.kind {
        RefusalKind::NotFound => (Exit::Usage, "NO_EDITION"),
        RefusalKind::Unavailable => (Exit::Failure, "DECISIONS_UNREADABLE"),
        _ => (Exit::Failure, "RECORD_UNREADABLE"),
    };
    Failure::new(exit, code, refusal.message, refusal.text, refusal.help)
}

fn print(printer: Printer, found: &Compared) {
    for one in &found.different {
        printer.line(&format!(
            "{} · {} · {} · {} · {}",
            one.id,
            one.at.display(),
            one.principal,
            one.action,
            one.resource
        ));
        side(printer, printer.say("  现行", "  before"), &one.before);
        side(printer, printer.say("  新版", "  after "), &one.after);
    }
    let counts = [
        (printer.say("重新判断", "asked again"), found.asked),
        (printer.say("一样", "same"), found.same),
        (printer.say("准 → 不准", "allow to deny"), found.allow_to_deny),
        (printer.say("不准 → 准", "deny to allow"), found.deny_to_allow),
        (printer.say("结论一样、理由不同", "other reasons"), found.other_reasons),
        (printer.say("不能重新判断的记录", "left out"), found.left_out),
    ];
    for (name, count) in counts {
        printer.line(&format!("{name}{}{count}", printer.say("：", ": ")));
    }
}

fn side(printer: Printer, name: &str, answer: &Answer) {
    let word =
        if answer.allow { printer.say("准", "allow") } else { printer.say("不准", "deny") };
    let policies = answer.policies.join(", ");
    printer.line(&format!("{name} {word} [{policies}] {}", answer.texts.join(" ")));
}
