//! How a proof is printed.

use proof::{Check, CheckKind, Example, Report, Row, Status};
use serde_json::json;

use crate::command::prove::Paper;
use crate::render::Printer;

/// An edition's report with what happened to its certificate.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) report: Report,
    pub(crate) paper: Paper,
}

/// Prints every edition's proof.
pub(crate) fn print(printer: Printer, proofs: &[Proof], has_solver: bool) {
    if printer.json() {
        let with = |edition, value: serde_json::Value| {
            let mut value = value;
            if let Some(map) = value.as_object_mut() {
                map.insert("edition".to_owned(), json!(edition));
            }
            value
        };
        let rows = |f: fn(&Report) -> Vec<serde_json::Value>| -> Vec<serde_json::Value> {
            proofs
                .iter()
                .flat_map(|proof| {
                    f(&proof.report).into_iter().map(|row| with(proof.report.edition, row))
                })
                .collect()
        };
        printer.answer(&json!({
            "invariants": rows(|report| report.invariants.iter().map(|row| json!(row)).collect()),
            "checks": rows(|report| report.checks.iter().map(|check| json!(check)).collect()),
            "editions": proofs.iter().map(|proof| json!({
                "edition": proof.report.edition,
                "digest": proof.report.digest,
                "certificate": match proof.paper {
                    Paper::None => "none",
                    Paper::Kept => "kept",
                    Paper::Written => "written",
                    Paper::Stale => "stale",
                },
                "asked": proof.report.asked,
                "millis": proof.report.millis,
            })).collect::<Vec<_>>(),
        }));
        return;
    }
    for proof in proofs {
        edition(printer, proof);
    }
    let unknown = proofs.iter().any(|proof| proof.report.status() == Status::Unknown);
    if unknown && !has_solver {
        printer.note(printer.say(
            "没有找到求解器 cvc5：请安装（Debian：apt-get install cvc5），或者用环境变量 XIANGYUE_CVC5 指定程序。",
            "no solver was found: install cvc5 (Debian: apt-get install cvc5) or name the program in XIANGYUE_CVC5",
        ));
    }
}

fn edition(printer: Printer, proof: &Proof) {
    let report = &proof.report;
    printer.line(&format!("{}{}", printer.say("规矩版本：", "edition: "), report.edition));
    for row in &report.invariants {
        invariant(printer, row);
    }
    for check in &report.checks {
        promise(printer, check);
    }
    let count = |status| report.invariants.iter().filter(|row| row.status == status).count();
    let all = report.invariants.len();
    let (proved, refuted, unknown) =
        (count(Status::Proved), count(Status::Refuted), count(Status::Unknown));
    let counts = match printer.say("zh", "en") {
        "zh" => {
            format!("保证 {all} 项：成立 {proved}，不成立 {refuted}，不知道 {unknown}；")
        }
        _ => {
            format!("{all} invariants: {proved} proved, {refuted} refuted, {unknown} unknown; ")
        }
    };
    // a township's own part asks about no invariant
    let counts = if all == 0 { String::new() } else { counts };
    printer.line(&match printer.say("zh", "en") {
        "zh" => {
            format!("{counts}问了求解器 {} 次，用时 {} 毫秒。", report.asked, report.millis)
        }
        _ => {
            format!("{counts}{} questions to the solver, {} ms", report.asked, report.millis)
        }
    });
    let paper = match proof.paper {
        Paper::None if all == 0 => printer.say(
            "只证明了这一部分；证明书要对整个区市的规矩包运行 xiangyue prove 才会写。",
            "only this part was proved; `xiangyue prove` of the whole district writes the certificate",
        ),
        Paper::None => return,
        Paper::Kept => printer.say("证明书没有变。", "the certificate is as it was"),
        Paper::Written => printer.say("证明书已写好。", "the certificate was written"),
        Paper::Stale => printer.say(
            "证明书没有或者已经过时；去掉 --check 再运行一次就会写好。",
            "the certificate is missing or stale; run without `--check` to write it",
        ),
    };
    if proof.paper == Paper::None {
        printer.line(paper);
    } else {
        printer.line(&format!("{paper} (proofs/{}.toml)", report.edition));
    }
}

fn word(printer: Printer, status: Status) -> &'static str {
    match status {
        Status::Proved => printer.say("成立  ", "proved "),
        Status::Refuted => printer.say("不成立", "refuted"),
        Status::Unknown => printer.say("不知道", "unknown"),
    }
}

fn invariant(printer: Printer, row: &Row) {
    let english = if row.title_en.is_empty() { &row.title } else { &row.title_en };
    let title = printer.say(&row.title, english);
    let how = if row.kinds == row.cached {
        printer.say("（有先前结论）", " (earlier verdict)")
    } else {
        ""
    };
    let word = word(printer, row.status);
    printer.line(&format!("  {word} {:>6} ms  {title}  [{}]{how}", row.millis, row.id));
    if !row.why.is_empty() {
        printer.line(&format!("      {}{}", printer.say("原因：", "why: "), row.why));
    }
    match &row.counterexample {
        Some(example) => counterexample(printer, example),
        None if row.status == Status::Refuted => {
            printer.line(
                printer.say("      反例没有求出来。", "      no counterexample could be told"),
            );
        }
        None => {}
    }
}

fn counterexample(printer: Printer, example: &Example) {
    let action = printer.say(&example.action_title, &example.action);
    printer.line(&format!("      {}{action}", printer.say("反例：", "counterexample: ")));
    for fact in &example.facts {
        let name = printer.say(&fact.name, &fact.path);
        printer.line(&format!("        {name}：{}", fact.value));
    }
    let answer = if example.replay.allowed {
        printer.say("准许", "allow")
    } else {
        printer.say("不准", "deny")
    };
    let policies = example.replay.policies.join(", ");
    printer.line(&format!(
        "      {}{answer}  [{policies}]",
        printer.say("用判断程序再办一次：", "asked of the decision engine: ")
    ));
    if !example.live {
        printer.line(printer.say(
            "      今天还没有哪条准许会放行，但是没有任何禁止拦着：以后谁加一条准许，就放行了。",
            "      no permit allows it today, but no forbid stands in the way of the next one that would",
        ));
    }
}

fn promise(printer: Printer, check: &Check) {
    let title = match check.kind {
        CheckKind::NeverErrors => printer.say(
            "每条规矩和保证在任何情况下都能算出结果",
            "no policy and no invariant can fail to be evaluated",
        ),
        CheckKind::Envelope => printer.say(
            "镇（街道）的准许都在本镇特色清单以内",
            "every township's permit stays on its own list",
        ),
        CheckKind::Slices => printer.say(
            "只看有关的规矩和看全部规矩，结果一样",
            "a slice of the policies answers like all of them",
        ),
    };
    let word = word(printer, check.status);
    let policies = printer.say("条规矩", "policies");
    let questions = printer.say("个问题", "questions");
    printer.line(&format!(
        "  {word} {:>6} ms  {title}（{} {policies}，{} {questions}）",
        check.millis, check.policies, check.questions
    ));
    for failure in &check.failures {
        printer.line(&format!(
            "      {}:{} [{}] {} · {} · {}{}",
            failure.file,
            failure.line,
            failure.code,
            failure.policy,
            failure.kind,
            self::word(printer, failure.status).trim(),
            if failure.why.is_empty() { String::new() } else { format!(" · {}", failure.why) },
        ));
    }
}
