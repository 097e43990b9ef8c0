//! Lines and branches of a script: which of them cases reach, and what each line costs.

use std::path::Path;
use std::sync::Arc;

use rules::{Law, LineCost, LineTrace, Rule, RuleHost, Side, WayCount};
use serde_json::{Value, json};

use super::run::share;
use super::{load, stopped};
use crate::ask_rule::ask;
use crate::render::Printer;

/// A script whose lines are counted.
pub(super) struct Counted {
    rule: Arc<dyn Rule>,
    trace: Arc<LineTrace>,
    source: String,
}

/// The counting copy of a script; `None` for a component, and for a text that cannot be counted.
pub(super) fn counted(host: &RuleHost, path: &Path, law: Law) -> Option<Counted> {
    let source = load::source(path)?;
    let (rule, trace) = host.trace_script(&source, law).ok().flatten()?;
    Some(Counted { rule, trace, source })
}

impl Counted {
    /// Asks once more, for the counts; what comes out is looked at elsewhere.
    pub(super) fn ask(&self, input: &Value) {
        let _ = ask(self.rule.as_ref(), input.clone());
    }

    /// Asks once more, and where that ended when a limit ended it.
    pub(super) fn ended(&self, input: &Value) -> Option<(u32, u32)> {
        let failure = ask(self.rule.as_ref(), input.clone()).err()?;
        stopped::by_limit(&failure).then(|| self.trace.ended()).flatten()
    }

    pub(super) fn lines(&self) -> Vec<LineCost> {
        self.trace.lines()
    }

    pub(super) fn text(&self, line: u32) -> &str {
        let number = usize::try_from(line).unwrap_or(0);
        number.checked_sub(1).and_then(|n| self.source.lines().nth(n)).unwrap_or_default()
    }

    /// The line under a place that a refusal or failure names.
    pub(super) fn shown(&self, said: &str) -> Option<String> {
        let (line, column) = crate::caret::place(said)?;
        crate::caret::under(&self.source, line, column)
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let lines = self.lines();
        let all = sum(&lines);
        let missed: Vec<u32> = missed(&lines).map(|cost| cost.line).collect();
        let each: Vec<Value> = lines
            .iter()
            .map(|cost| {
                json!({
                    "line": cost.line, "hits": cost.hits, "operations": cost.operations,
                    "permille": share(cost.operations, all),
                    "statements": cost.statements, "missed": cost.missed,
                })
            })
            .collect();
        let covered = lines.iter().filter(|cost| cost.hits > 0).count();
        let ways = self.trace.ways();
        let (taken, not_taken): (Vec<&WayCount>, Vec<&WayCount>) =
            ways.iter().partition(|way| way.hits > 0);
        let not_taken = not_taken.into_iter().map(|way| {
            let side = match way.side {
                Side::Holds => "holds",
                Side::Fails => "fails",
                Side::Case => "case",
            };
            json!({"line": way.line, "side": side})
        });
        json!({
            "lines": lines.len(), "covered": covered, "missed": missed, "per_line": each,
            "branches": ways.len(), "branches_covered": taken.len(),
            "branches_missed": not_taken.collect::<Vec<_>>(),
        })
    }

    /// How many branches are taken, and which are not.
    fn print_ways(&self, printer: Printer) {
        let ways = self.trace.ways();
        if ways.is_empty() {
            return;
        }
        let taken = ways.iter().filter(|way| way.hits > 0).count();
        printer.line(&format!(
            "{} {taken} / {}",
            printer.say("例子走到的分支：", "branches that cases take:"),
            ways.len()
        ));
        for WayCount { line, side, .. } in ways.iter().filter(|way| way.hits == 0) {
            let word = match side {
                Side::Holds => printer.say("条件从没有成立", "never holds"),
                Side::Fails => printer.say("条件总是成立", "always holds"),
                Side::Case => printer.say("没有这种情形", "case not taken"),
            };
            printer.line(&format!("  {word} {line:>4} | {}", self.text(*line)));
        }
    }

    /// For people: how many lines are reached, which are not, and the dearest.
    pub(super) fn print(&self, printer: Printer, limit: u64) {
        let lines = self.lines();
        let covered = lines.iter().filter(|cost| cost.hits > 0).count();
        printer.line(&format!(
            "{} {covered} / {}",
            printer.say("例子走到的行：", "lines that cases reach:"),
            lines.len()
        ));
        for cost in missed(&lines) {
            let word = if cost.hits == 0 {
                printer.say("没有走到", "not reached")
            } else {
                printer.say("只走到一部分", "partly reached")
            };
            printer.line(&format!("  {word} {:>4} | {}", cost.line, self.text(cost.line)));
        }
        self.print_ways(printer);
        let mut dear = lines.clone();
        dear.sort_by_key(|cost| (std::cmp::Reverse(cost.operations), cost.line));
        printer.line(printer.say(
            "最费运算的行（次数、运算量、占总量‰、占上限‰）：",
            "dearest lines (hits, operations, ‰ of all, ‰ of the limit):",
        ));
        let all = sum(&lines);
        for cost in dear.iter().take(5).filter(|cost| cost.operations > 0) {
            printer.line(&self.row(cost, all, limit));
        }
    }

    /// One line with what it came to.
    pub(super) fn row(&self, cost: &LineCost, all: u64, limit: u64) -> String {
        let LineCost { line, hits, operations, .. } = cost;
        let (of_all, of_limit) = (share(*operations, all), share(*operations, limit));
        format!(
            "{hits:>7} {operations:>9} {of_all:>5} {of_limit:>5} {line:>5} | {}",
            self.text(*line)
        )
    }
}

/// Operations of all lines.
pub(super) fn sum(lines: &[LineCost]) -> u64 {
    lines.iter().map(|cost| cost.operations).fold(0, u64::saturating_add)
}

fn missed(lines: &[LineCost]) -> impl Iterator<Item = &LineCost> {
    lines.iter().filter(|cost| cost.missed > 0)
}
