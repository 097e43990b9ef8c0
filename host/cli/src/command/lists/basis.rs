//! `xiangyue lists basis`: does a citation hold on a day, and where did an old number go.

use std::path::PathBuf;

use model::CivilDay;
use package::citation::{Citation, citations};
use package::{BasisProblem, Holds, Statutes};
use serde_json::{Value, json};

use super::source;
use crate::Failure;
use crate::exit::Exit;
use crate::package_at;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Citation, e.g. 《村民委员会组织法》第24条
    text: String,
    /// The day it must hold on
    #[arg(long, value_parser = super::day)]
    on: CivilDay,
    /// Package whose table of laws is used
    #[arg(long, default_value = "./policies/laixi")]
    package: PathBuf,
}

/// Answers for each citation in the text.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let at = package_at::load(&arguments.package)?;
    let package =
        at.loaded.package.as_ref().ok_or_else(|| source::invalid(&at.loaded.diagnostics))?;
    let Some(edition) = package.editions().last() else { return Ok(Exit::Unknown) };
    let found = citations(&arguments.text);
    if found.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "NO_CITATION",
            "the text names no law",
            "没有写法律名称。",
            "写成“《村民委员会组织法》第24条”。",
        ));
    }
    let answers: Vec<Answer> =
        found.iter().map(|citation| answer(edition.statutes(), citation, arguments.on)).collect();
    if printer.json() {
        let values: Vec<Value> = answers.iter().map(|a| a.json(arguments.on)).collect();
        printer.answer(&json!({"on": arguments.on, "citations": values}));
    } else {
        for answer in &answers {
            print(printer, answer, arguments.on);
        }
    }
    let problems = || answers.iter().flat_map(|answer| &answer.problems);
    Ok(if problems().any(BasisProblem::is_error) {
        Exit::No
    } else if problems()
        .any(|p| matches!(p, BasisProblem::UnknownLaw | BasisProblem::UnknownVersion(_)))
    {
        Exit::Unknown
    } else {
        Exit::Yes
    })
}

struct Answer {
    citation: Citation,
    problems: Vec<BasisProblem>,
    /// The version in force, its document and what cited articles are about.
    version: Option<String>,
    topics: Vec<(u16, String)>,
}

/// A number without a year may be the old or the new one: both readings are told.
fn answer(statutes: &Statutes, citation: &Citation, on: CivilDay) -> Answer {
    let holds = Holds { from: on, to: Some(on), written: None, ahead: false };
    let mut problems = statutes.judge(citation, holds);
    let law = statutes.get(&citation.law);
    let now = law.and_then(|law| law.at(on));
    if citation.year.is_none() && now.is_some() {
        for article in &citation.articles {
            if let Some(row) = law.and_then(|law| law.renumbered_to(*article, on)) {
                problems.push(BasisProblem::Renumbered(*article, row.clone()));
            }
        }
    }
    let topics = now.into_iter().flat_map(|now| {
        let cited = now.topics.iter().filter(|t| citation.articles.contains(&t.article));
        cited.map(|topic| (topic.article, topic.about.clone()))
    });
    Answer {
        citation: citation.clone(),
        problems,
        version: now.map(|now| format!("{}（{}）", now.year, now.document)),
        topics: topics.collect(),
    }
}

impl Answer {
    fn json(&self, on: CivilDay) -> Value {
        let problems: Vec<Value> = self
            .problems
            .iter()
            .map(|problem| {
                let (message, text, help) = problem.said(&self.citation.law, on);
                let severity = if problem.is_error() { "error" } else { "warning" };
                json!({"code": problem.code(), "severity": severity, "message": message, "text": text, "help": help})
            })
            .collect();
        json!({
            "law": self.citation.law, "articles": self.citation.articles,
            "version": self.version, "topics": self.topics.iter().map(|(article, about)| json!({"article": article, "about": about})).collect::<Vec<_>>(),
            "problems": problems,
        })
    }
}

fn print(printer: Printer, answer: &Answer, on: CivilDay) {
    let articles: Vec<String> =
        answer.citation.articles.iter().map(|n| format!("第{n}条")).collect();
    let head = format!("《{}》{}", answer.citation.law, articles.concat());
    let state = match &answer.version {
        Some(version) => format!("{}{version}", printer.say("当日施行文本：", "in force: ")),
        None => printer.say("当日没有施行的文本", "no version in force").to_owned(),
    };
    printer.line(&format!("{head}  {on}  {state}"));
    for (article, about) in &answer.topics {
        printer.line(&format!(
            "  {}{article}{}{about}",
            printer.say("现行第", "article "),
            printer.say("条：", ": ")
        ));
    }
    for problem in &answer.problems {
        let (message, text, help) = problem.said(&answer.citation.law, on);
        let severity = match (problem.is_error(), printer.say("zh", "en")) {
            (true, "zh") => "错误",
            (true, _) => "error",
            (false, "zh") => "提醒",
            (false, _) => "warning",
        };
        printer.line(&format!("{severity}[{}] {}", problem.code(), printer.say(&text, &message)));
        printer.line(&format!("  {}{help}", printer.say("怎么改：", "help: ")));
    }
    if answer.problems.is_empty() {
        printer.line(printer.say("  有效。", "  valid."));
    }
}
