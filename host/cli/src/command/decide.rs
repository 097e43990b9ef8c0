//! `xiangyue decide`: one AuthZEN evaluation from a file or stdin.

use std::io::Read as _;
use std::path::PathBuf;

use engine::Clock;
use engine::evaluate::decide_evaluation;
use engine::state::State;
use model::{CivilDay, Effect, ReasonKind};
use serde_json::json;

use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;
use crate::{package_at, store_at};

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the district package
    #[arg(long)]
    policies: PathBuf,
    /// Store to read people and records from; without it the package's own demo district is used
    #[arg(long)]
    store: Option<String>,
    /// Day to decide on, e.g. `2026-07-01`; today when left out
    #[arg(long)]
    day: Option<CivilDay>,
    /// Request file; standard input when left out
    request: Option<PathBuf>,
}

/// Decides.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let snapshot = package_at::snapshot(package_at::load(&arguments.policies)?)?;
    let now = arguments.day.map_or_else(|| Clock::System.now(), CivilDay::start);
    let text = read(arguments)?;
    let evaluation = server::parse_evaluation(text.as_bytes()).map_err(|message| {
        Failure::new(
            Exit::Usage,
            "REQUEST_UNREADABLE",
            message,
            "请求读不懂。",
            "请对照 README 里的例子改正请求。",
        )
    })?;
    let state = state(printer, arguments, &snapshot)?;
    let (decided, dropped) = decide_evaluation(&state, &snapshot, now, &evaluation, None);
    let allowed = decided.decision.effect == Effect::Allow;
    if printer.json() {
        printer.answer(&json!({
            "decision": allowed,
            "context": {"reasons": decided.decision.reasons, "obligations": [], "edition": decided.decision.edition,
                        "ignored": dropped},
        }));
    } else {
        printer.line(if allowed {
            printer.say("可以办", "allow")
        } else {
            printer.say("不能办", "deny")
        });
        for reason in &decided.decision.reasons {
            let mark = match reason.effect {
                ReasonKind::Permit => printer.say("依据", "because"),
                ReasonKind::Forbid => printer.say("不能办的规矩", "forbidden by"),
                ReasonKind::Absent => printer.say("缺少", "nothing allows"),
                ReasonKind::Error => printer.say("无法判断", "could not be evaluated"),
            };
            printer.line(&format!("  {mark}：{}（{}）", reason.title, reason.policy));
            if !reason.text.is_empty() {
                printer.line(&format!("    {}", reason.text));
            }
            if !reason.basis.is_empty() {
                printer.line(&format!("    {}", reason.basis.join("；")));
            }
        }
        if !dropped.is_empty() {
            printer.note(&format!(
                "{}{}",
                printer.say("没有采用请求里自带的：", "not taken from the request: "),
                dropped.join("、")
            ));
        }
    }
    Ok(if allowed { Exit::Yes } else { Exit::No })
}

fn read(arguments: &Arguments) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match &arguments.request {
        Some(path) => std::fs::read_to_string(path).map(|read| text = read),
        None => std::io::stdin().read_to_string(&mut text).map(drop),
    };
    read.map_err(|error| {
        Failure::new(
            Exit::Usage,
            "REQUEST_UNREADABLE",
            error.to_string(),
            "请求文件打不开。",
            "请核对文件名。",
        )
    })?;
    Ok(text)
}

fn state(
    printer: Printer,
    arguments: &Arguments,
    snapshot: &engine::snapshot::Snapshot,
) -> Result<State, Failure> {
    if let Some(store) = &arguments.store {
        let dir = store_at::folder(store)?;
        return engine::replay::state_of(&dir).map_err(|error| {
            Failure::new(
                Exit::Failure,
                "STORE_UNREADABLE",
                error.to_string(),
                "存储读不出来。",
                "请先运行 xiangyue journal verify 查看。",
            )
        });
    }
    if snapshot.package.demo().is_some() {
        printer.note(printer.say(
            "没有指定 --store，用演示数据判断（演示数据，非真实）。",
            "no `--store`: deciding over the demo data",
        ));
    }
    engine::seed::standing(&snapshot.package).map_err(|refusal| {
        Failure::new(
            Exit::Failure,
            "DEMO_DATA",
            refusal.message,
            refusal.text,
            "请检查规矩包的演示设置。",
        )
    })
}
