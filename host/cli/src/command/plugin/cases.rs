//! `plugin test`: a rule's cases, and two laws that hold for every rule.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rules::{Description, Law, Rule};
use serde_json::{Value, json};

use super::coverage::{self, Counted};
use super::problem::Problem;
use super::run::share;
use super::{load, stopped};
use crate::Failure;
use crate::ask_rule::{ask, usage};
use crate::exit::Exit;
use crate::package_at::{interpreting_host, rule_host};
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A component, a script, or the folder of a rule that is built
    path: PathBuf,
    #[command(flatten)]
    tier: load::TierArgument,
    /// Folder with the cases, one JSON file each; `cases` beside the rule when left out
    #[arg(long)]
    cases: Option<PathBuf>,
    /// Writes what the rule answers now into the cases that have no `expect` yet
    #[arg(long)]
    write: bool,
    /// Interprets the component instead of compiling it: slow, and the same answers and fuel
    #[arg(long)]
    interpreted: bool,
}

/// Lists an answer may have.
const LISTS: [&str; 5] = ["claims", "grades", "shares", "entitlements", "refused"];

/// What one case came to.
pub(super) struct Ran {
    pub(super) file: String,
    pub(super) title: String,
    pub(super) problems: Vec<Problem>,
    pub(super) answer: Value,
    pub(super) fuel: (u64, u64),
    pub(super) input: Value,
    /// Why there is no answer, when a limit is why.
    pub(super) limit: Option<Failure>,
}

/// Runs the cases.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let host = if arguments.interpreted { interpreting_host()? } else { rule_host()? };
    let rule = load::rule_in(&host, &arguments.path, arguments.tier.tier())?;
    let folder = arguments.cases.clone().unwrap_or_else(|| beside(&arguments.path));
    let files = case_files(&folder)?;
    let mut ran = Vec::new();
    for file in &files {
        ran.push(case(rule.as_ref(), file, arguments.write)?);
    }
    for case in &mut ran {
        if let Some(failure) = case.limit.take() {
            let rule = (arguments.path.as_path(), rule.law());
            let failure = stopped::located(&host, rule, &case.input, failure);
            case.problems = vec![Problem::failure(&failure)];
        }
    }
    let failed = ran.iter().filter(|case| !case.problems.is_empty()).count();
    let counted = coverage::counted(&host, &load::file(&arguments.path)?, rule.law());
    if let Some(counted) = &counted {
        for case in &ran {
            counted.ask(&case.input);
        }
    }
    let missing = rule
        .description()
        .map(|said| unreached(said, &ran.iter().collect::<Vec<_>>()))
        .unwrap_or_default();
    if printer.json() {
        let cases: Vec<Value> = ran
            .iter()
            .map(|case| {
                json!({
                    "file": case.file, "title": case.title, "passed": case.problems.is_empty(),
                    "problems": case.problems.iter().map(Problem::english).collect::<Vec<_>>(), "fuel_used": case.fuel.0, "fuel_max": case.fuel.1,
                })
            })
            .collect();
        let passed = ran.len().saturating_sub(failed);
        let coverage = counted.as_ref().map(Counted::json);
        printer.answer(&json!({
            "passed": passed, "failed": failed, "cases": cases, "not_reached": missing, "coverage": coverage,
        }));
    } else {
        lines(printer, &ran, failed, (&missing, counted.as_ref()));
    }
    Ok(if failed == 0 { Exit::Yes } else { Exit::No })
}

fn lines(
    printer: Printer,
    ran: &[Ran],
    failed: usize,
    (missing, counted): (&[String], Option<&Counted>),
) {
    for case in ran {
        let mark = if case.problems.is_empty() {
            printer.say("通过", "ok")
        } else {
            printer.say("不通过", "FAILED")
        };
        let (used, max) = case.fuel;
        printer.line(&format!(
            "{mark} {} {} · {} {used} (‰ {})",
            case.file,
            case.title,
            printer.say("运算量", "fuel"),
            share(used, max)
        ));
        for problem in &case.problems {
            printer.line(&format!("    {}", problem.said(printer)));
            if let Some(shown) = counted.and_then(|counted| counted.shown(problem.english())) {
                printer.line(&shown);
            }
        }
        let refused = case.answer.get("refused").and_then(Value::as_array).into_iter().flatten();
        let texts = refused.filter_map(|refusal| refusal.get("text")?.as_str());
        for text in texts {
            if let Some(shown) = counted.and_then(|counted| counted.shown(text)) {
                printer.line(&format!("    {text}\n{shown}"));
            }
        }
    }
    if !missing.is_empty() {
        printer.line(&format!(
            "{} {}",
            printer.say("没有例子走到：", "no case reaches:"),
            missing.join(", ")
        ));
    }
    if let Some(counted) = counted {
        let limit = ran.iter().map(|case| case.fuel.1).fold(0, u64::saturating_add);
        counted.print(printer, limit);
    }
    let passed = ran.len().saturating_sub(failed);
    printer.line(&format!(
        "{} {passed}，{} {failed}",
        printer.say("通过", "passed"),
        printer.say("不通过", "failed")
    ));
}

/// `cases` in the rule's folder, or beside the file.
fn beside(path: &Path) -> PathBuf {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    folder.join("cases")
}

pub(super) fn case_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| {
        usage(
            &format!(
                "cannot read `{}`: {error}; write cases there or give --cases",
                folder.display()
            ),
            "没有找到例子，请在规则旁边的cases文件夹里写例子，或者用 --cases 指明。",
        )
    })?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(usage(
            &format!("`{}` holds no case; write one JSON file for each", folder.display()),
            "cases文件夹里一个例子也没有；没有例子不算测过。",
        ));
    }
    Ok(files)
}

fn case(rule: &dyn Rule, file: &Path, write: bool) -> Result<Ran, Failure> {
    tried(rule, file, load::json(file)?, write)
}

/// One case that was read from a file.
pub(super) fn tried(
    rule: &dyn Rule,
    file: &Path,
    mut case: Value,
    write: bool,
) -> Result<Ran, Failure> {
    let title = case.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
    let input = case.get("input").cloned().ok_or_else(|| {
        usage(&format!("`{}` has no `input`", file.display()), "例子里没有写input。")
    })?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut ran = Ran {
        file: name,
        title,
        problems: Vec::new(),
        answer: Value::Null,
        fuel: (0, 0),
        input: input.clone(),
        limit: None,
    };
    let wanted_error = case.pointer("/expect/error").and_then(Value::as_str).map(str::to_owned);
    match (ask(rule, input.clone()), wanted_error) {
        (Ok((answer, receipt)), wanted) => {
            ran.fuel = (receipt.fuel_used, receipt.fuel_max);
            if let Some(wanted) = wanted {
                ran.problems.push(Problem::new(
                    format!("an answer where the error `{wanted}` is expected"),
                    format!("应当出错“{wanted}”，规则却给出了结果"),
                ));
            }
            if let Err(failure) = laws(rule, &input, &answer, &mut ran.problems) {
                ran.problems.push(Problem::new(
                    format!("asked again or row by row: {}", failure.message),
                    format!("再问一次或者逐户问的时候出错：{}", failure.text),
                ));
            }
            ran.answer = answer;
        }
        (Err(failure), Some(wanted)) if failure.message.contains(&wanted) => {
            // a refusal of the whole question is a refusal that a case has reached
            ran.answer = json!({"refused": [{"code": wanted}]});
            return Ok(ran);
        }
        (Err(failure), _) => {
            ran.problems.push(Problem::failure(&failure));
            ran.limit = stopped::by_limit(&failure).then_some(failure);
            return Ok(ran);
        }
    }
    match case.get("expect").filter(|expected| **expected != json!({})) {
        Some(expected) => compare(expected, &ran.answer, &mut ran.problems),
        None if write => {
            if let Some(map) = case.as_object_mut() {
                map.insert("expect".to_owned(), ran.answer.clone());
            }
            let text = serde_json::to_string_pretty(&case).unwrap_or_default();
            std::fs::write(file, text + "\n").map_err(|error| {
                usage(&format!("cannot write `{}`: {error}", file.display()), "写不了例子文件。")
            })?;
        }
        None => {
            ran.problems.push(Problem::no_expect());
        }
    }
    Ok(ran)
}

/// The same question has the same answer, and, for rules that look at each row by itself, a batch is its rows.
fn laws(
    rule: &dyn Rule,
    input: &Value,
    answer: &Value,
    problems: &mut Vec<Problem>,
) -> Result<(), Failure> {
    if ask(rule, input.clone())?.0 != *answer {
        problems.push(Problem::new(
            "the same input had two different answers",
            "同样的输入，两次的结果不一样",
        ));
    }
    let alone =
        matches!(rule.law(), Law::Score | Law::Grade | Law::Convert | Law::Qualify | Law::Assess);
    let Some(rows) = input.get("rows").and_then(Value::as_array).filter(|_| alone) else {
        return Ok(());
    };
    let mut joined: Vec<Value> = Vec::new();
    for row in rows {
        let mut single = input.clone();
        if let Some(map) = single.as_object_mut() {
            map.insert("rows".to_owned(), json!([row]));
        }
        joined.push(ask(rule, single)?.0);
    }
    for list in LISTS {
        let whole = answer.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
        let parts: Vec<Value> = joined
            .iter()
            .filter_map(|part| part.get(list).and_then(Value::as_array))
            .flatten()
            .cloned()
            .collect();
        if whole != parts {
            problems.push(Problem::new(
                format!("`{list}` of the batch are not those of its rows one by one"),
                format!("整批算出的 {list} 和逐户算出的不一样"),
            ));
        }
    }
    Ok(())
}

/// Every list that a case expects has as many elements, each with the members the case names.
fn compare(expected: &Value, answer: &Value, problems: &mut Vec<Problem>) {
    let Some(expected) = expected.as_object() else {
        problems.push(Problem::new("`expect` is no object", "expect 应当是花括号里的一组数据"));
        return;
    };
    for (name, wanted) in expected {
        let given = answer.get(name).unwrap_or(&Value::Null);
        match (wanted.as_array(), given.as_array()) {
            (Some(wanted), Some(given)) if wanted.len() == given.len() => {
                for (number, (wanted, given)) in wanted.iter().zip(given).enumerate() {
                    members(&format!("{name}[{number}]"), wanted, given, problems);
                }
            }
            (Some(wanted), Some(given)) => {
                let (has, should) = (given.len(), wanted.len());
                let shown = Value::from(given.clone());
                problems.push(Problem::new(
                    format!("`{name}` has {has} entries, {should} are expected: {shown}"),
                    format!("{name} 有{has}项，应当是{should}项：{shown}"),
                ));
            }
            _ => members(name, wanted, given, problems),
        }
    }
}

fn members(at: &str, wanted: &Value, given: &Value, problems: &mut Vec<Problem>) {
    match (wanted.as_object(), given.as_object()) {
        (Some(wanted), Some(given)) => {
            for (name, value) in wanted {
                match given.get(name) {
                    Some(found) => members(&format!("{at}.{name}"), value, found, problems),
                    None if value.is_null() => {}
                    None => {
                        let known: Vec<&str> = given.keys().map(String::as_str).collect();
                        let shown = known.join("、");
                        let known = known.join("`, `");
                        problems.push(Problem::new(
                            format!("`{at}.{name}` is not there; there are `{known}`"),
                            format!("结果里没有 {at}.{name}；有的是：{shown}"),
                        ));
                    }
                }
            }
        }
        _ if wanted == given => {}
        _ => problems.push(Problem::new(
            format!("`{at}` is {given}, {wanted} is expected"),
            format!("{at} 是 {given}，应当是 {wanted}"),
        )),
    }
}

/// Items, refusals and grades that no case reaches.
pub(super) fn unreached(said: &Description, ran: &[&Ran]) -> Vec<String> {
    let reached = |list: &str, member: &str| -> BTreeSet<String> {
        let answers = ran.iter().filter_map(|case| case.answer.get(list)?.as_array());
        let codes = answers.flatten().filter_map(|one| one.get(member)?.as_str());
        codes.map(str::to_owned).collect()
    };
    let named = |list: &[rules::Named]| list.iter().map(|it| it.code.clone()).collect();
    let lists: [(Vec<String>, BTreeSet<String>); 3] = [
        (named(&said.items), reached("claims", "item")),
        (said.refusals.iter().map(|it| it.code.clone()).collect(), reached("refused", "code")),
        (named(&said.grades), reached("grades", "grade")),
    ];
    let missed = lists
        .into_iter()
        .flat_map(|(all, reached)| all.into_iter().filter(move |code| !reached.contains(code)));
    missed.filter(|code| code != "MISSING" && code != "NUMBER").collect()
}
