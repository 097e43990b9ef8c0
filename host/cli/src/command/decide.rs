//! `xiangyue decide`: one AuthZEN evaluation from a file or stdin.

use std::io::Read as _;
use std::path::PathBuf;

use engine::Clock;
use engine::evaluate::explained;
use engine::explanation::{Explanation, Language};
use engine::judge::judge;
use engine::snapshot::Snapshot;
use engine::state::State;
use model::{Ask, CivilDay, Minute, ReasonKind};
use serde_json::{Value, json};
use server::Batch;

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
    let text = read(arguments)?;
    let batch = server::parse_evaluations(text.as_bytes()).map_err(|message| {
        Failure::new(
            Exit::Usage,
            "REQUEST_UNREADABLE",
            message,
            "请求读不懂。",
            "请对照 README 里的例子改正请求。",
        )
    })?;
    let desk = Desk::open(printer, arguments)?;
    match batch {
        Batch::One(ask) => {
            let (allowed, explanation) = desk.answer(&ask, printer.language());
            if printer.json() {
                printer.answer(&json!({"decision": allowed, "context": explanation}));
            } else {
                told(printer, allowed, &explanation);
            }
            Ok(if allowed { Exit::Yes } else { Exit::No })
        }
        Batch::Many(asks, semantic) => {
            let mut values = Vec::new();
            let mut all = true;
            for ask in asks {
                let allowed = match &ask {
                    Ok(ask) => {
                        let (allowed, explanation) = desk.answer(ask, printer.language());
                        if !printer.json() {
                            told(printer, allowed, &explanation);
                        }
                        values.push(json!({"decision": allowed, "context": explanation}));
                        allowed
                    }
                    Err(message) => {
                        printer.note(message);
                        let error = json!({"status": 400, "message": message});
                        values.push(json!({"decision": false, "context": {"error": error}}));
                        false
                    }
                };
                all &= allowed;
                if !semantic.goes_on(allowed) {
                    break;
                }
            }
            if printer.json() {
                printer.answer(&json!({"evaluations": values}));
            }
            Ok(if all { Exit::Yes } else { Exit::No })
        }
    }
}

/// What answers on the command line, without opening a store for writing.
enum Desk {
    District { snapshot: Box<Snapshot>, state: Box<State>, now: Minute },
    Plain { folder: Box<folder::Folder>, entities: evaluator::Store },
}

impl Desk {
    fn open(printer: Printer, arguments: &Arguments) -> Result<Self, Failure> {
        if let Some(at) = package_at::plain(&arguments.policies)? {
            let plain = package_at::usable(&at)?;
            let file = at.files.get(package::plain::ENTITIES).map(Vec::as_slice);
            let opened = engine::plain::offline(plain, file);
            let (folder, entities) = opened.map_err(|error| {
                let text = format!("不能用：{error}");
                Failure::new(Exit::No, error.code(), error.to_string(), text, error.help())
            })?;
            return Ok(Self::Plain { folder: Box::new(folder), entities });
        }
        let snapshot = package_at::snapshot(package_at::load(&arguments.policies)?)?;
        let now = arguments.day.map_or_else(|| Clock::System.now(), CivilDay::start);
        let state = state(printer, arguments, &snapshot)?;
        Ok(Self::District { snapshot: Box::new(snapshot), state: Box::new(state), now })
    }

    fn answer(&self, ask: &Ask, language: Language) -> (bool, Explanation) {
        match self {
            Self::District { snapshot, state, now } => {
                let judged = judge(state, snapshot, *now, ask, None);
                // On the machine of the record everything may be seen.
                let explanation = explained(
                    state,
                    snapshot,
                    *now,
                    ask,
                    &judged,
                    String::new(),
                    language,
                    &|_| true,
                );
                (judged.allowed(), explanation)
            }
            Self::Plain { folder, entities } => {
                engine::plain::explain_offline(folder, entities, ask, language)
            }
        }
    }
}

pub(crate) fn told(printer: Printer, allowed: bool, explanation: &Explanation) {
    printer.line(if allowed {
        printer.say("可以办", "allow")
    } else {
        printer.say("不能办", "deny")
    });
    for reason in &explanation.reasons {
        let mark = match reason.effect {
            ReasonKind::Permit => printer.say("依据", "because"),
            ReasonKind::Forbid => printer.say("不能办的规矩", "forbidden by"),
            ReasonKind::Absent => printer.say("缺少", "nothing allows"),
            ReasonKind::Error => printer.say("无法判断", "could not be evaluated"),
        };
        printer.line(&format!("  {}", of(printer, mark, &reason.title, &reason.policy)));
        if !reason.text.is_empty() {
            printer.line(&format!("    {}", reason.text));
        }
        if !reason.basis.is_empty() {
            printer.line(&format!("    {}", reason.basis.join("；")));
        }
    }
    for missing in &explanation.missing {
        for condition in &missing.conditions {
            let mark = match &condition.found {
                Some(found) if found.holds == Some(true) => continue,
                Some(_) => printer.say("没有满足的条件", "condition not met"),
                None => printer.say("需要满足的条件", "condition to be met"),
            };
            let said = of(printer, mark, &condition.condition, &missing.policy);
            printer.line(&format!("  {said}"));
            for (path, value) in condition.found.iter().flat_map(|found| &found.values) {
                printer.line(&format!("    {path} = {value}"));
            }
        }
    }
    let mark = printer.say("同时要做：", "what has to be done with it: ");
    for text in explanation.obligations.iter().filter_map(|it| it.get("text")?.as_str()) {
        printer.line(&format!("  {mark}{text}"));
    }
    let mark = printer.say("下一步", "next step");
    for step in explanation.next.iter().filter_map(Value::as_array).flatten() {
        let text = |name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default();
        printer.line(&format!("  {}", of(printer, mark, text("title"), text("who"))));
        let waits = step.get("waiting_for").and_then(Value::as_array);
        for wait in waits.into_iter().flatten().filter_map(Value::as_str) {
            printer.line(&format!("    {wait}"));
        }
    }
    if !explanation.ignored.is_empty() {
        printer.note(&format!(
            "{}{}",
            printer.say("没有采用请求里自带的：", "not taken from the request: "),
            explanation.ignored.join("、")
        ));
    }
}

/// A line with its mark and where it comes from, in the punctuation of its language.
fn of(printer: Printer, mark: &str, said: &str, source: &str) -> String {
    match printer.language() {
        Language::Chinese => format!("{mark}：{said}（{source}）"),
        Language::English => format!("{mark}: {said} ({source})"),
    }
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

fn state(printer: Printer, arguments: &Arguments, snapshot: &Snapshot) -> Result<State, Failure> {
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
