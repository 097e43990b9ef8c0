//! Rules as Rhai scripts: for a township that writes a few lines itself.
//!
//! A script is one file with one function, `score(row, settings)` or `quote(request, settings)`. It is compiled once
//! and stands behind the same trait as a component, with operations in place of fuel.

mod answer;
mod engine;
mod question;
mod texts;

pub(crate) use question::weigh;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Digest;
use rhai::{AST, CallFnOptions, Dynamic, Engine, Map, Scope};

use crate::{
    Description, Law, Limits, LoadCode, LoadError, Quote, QuoteInput, Receipt, RowRefusal, Rule,
    RuleError, RuleInput, RuleRow, Scores, Settlement, checks,
};

/// The script release in `Cargo.lock`, pinned exactly there; named in receipts.
const ENGINE: &str = "rhai 1.27.0";
/// What a refused row says when the script failed on it; the text has line and column.
const ROW_FAILED: &str = "RULE_SCRIPT_FAILED";

/// The script engine with its limits.
pub(crate) struct Scripts {
    engine: Arc<Engine>,
    limits: Arc<Limits>,
}

/// A rule that is a script.
struct ScriptRule {
    engine: Arc<Engine>,
    limits: Arc<Limits>,
    ast: AST,
    law: Law,
    digest: Digest,
}

impl Scripts {
    pub(crate) fn new(limits: Arc<Limits>) -> Self {
        Self { engine: Arc::new(engine::engine(&limits)), limits }
    }

    pub(crate) fn load(&self, source: &str, law: Law) -> Result<Arc<dyn Rule>, LoadError> {
        let max = self.limits.script_bytes;
        if source.len() > max {
            return Err(LoadError::new(
                LoadCode::TooLarge,
                format!("the script has {} bytes, at most {max} are allowed", source.len()),
                &format!("脚本有{}字节，最多允许{max}字节。", source.len()),
                "请把脚本写短，或者改成规则组件。",
            ));
        }
        if !matches!(law, Law::Score | Law::Quote) {
            return Err(LoadError::new(
                LoadCode::Law,
                "a script scores rows or prices redemptions; a settlement of a whole population needs a component",
                "脚本只能逐户计分或核算兑换，不能全村一起结算。",
                "请把这条规则写成规则组件（.wasm）。",
            ));
        }
        let ast = self.engine.compile(source).map_err(|error| texts::syntax(source, &error))?;
        if !ast
            .iter_functions()
            .any(|function| function.name == law.word() && function.params.len() == 2)
        {
            let (name, first) = (law.word(), if law == Law::Score { "row" } else { "request" });
            return Err(LoadError::new(
                LoadCode::NoFunction,
                format!("the script defines no function `{name}({first}, settings)`"),
                &format!("脚本里没有函数 {name}({first}, settings)。"),
                &format!("请加上：fn {name}({first}, settings) {{ … }}"),
            ));
        }
        let digest = Digest::of([source.as_bytes()]);
        let (engine, limits) = (Arc::clone(&self.engine), Arc::clone(&self.limits));
        Ok(Arc::new(ScriptRule { engine, limits, ast, law, digest }))
    }
}

impl ScriptRule {
    /// Runs the script's function; also says how many operations it took.
    fn run(&self, first: Map, settings: &Map, budget: u64) -> (Result<Dynamic, RuleError>, u64) {
        let (answer, used) = engine::metered(budget, || {
            let arguments = (Dynamic::from(first), Dynamic::from(settings.clone()));
            let options = CallFnOptions::new().eval_ast(false).rewind_scope(true);
            let (scope, name) = (&mut Scope::new(), self.law.word());
            self.engine.call_fn_with_options(options, scope, &self.ast, name, arguments)
        });
        (answer.map_err(|error| texts::failure(&error, budget, &self.limits)), used)
    }

    fn row(&self, row: &RuleRow, day: i64, settings: &Map) -> RowAnswer {
        let budget = self.limits.row_operations(row.events.len());
        let (answer, used) = self.run(question::row(row, day), settings, budget);
        let answer = match answer {
            Ok(value) => answer::claims(row, value),
            // A fault in one row's data must not take the others' points away; a limit is a fault of the rule.
            Err(failure @ RuleError::Script { .. }) => {
                let (subject, code) = (row.subject.clone(), ROW_FAILED.to_owned());
                Ok(Err(RowRefusal { subject, code, text: failure.text() }))
            }
            Err(other) => Err(other),
        };
        RowAnswer { answer, used, budget }
    }

    fn receipt(&self, used: u64, max: u64) -> Receipt {
        Receipt {
            rule: self.digest,
            abi: format!("rhai:{}@0.1", self.law.word()),
            engine: ENGINE.to_owned(),
            advisory: false,
            fuel_used: used,
            fuel_max: max,
            log: Vec::new(),
            notes: Vec::new(),
            states: BTreeMap::new(),
        }
    }

    fn expect(&self, asked: Law) -> Result<(), RuleError> {
        if self.law == asked { Ok(()) } else { Err(RuleError::WrongLaw { law: self.law, asked }) }
    }
}

/// One row's answer and what it cost.
struct RowAnswer {
    answer: Result<Result<Vec<crate::Claim>, RowRefusal>, RuleError>,
    used: u64,
    budget: u64,
}

impl Rule for ScriptRule {
    fn law(&self) -> Law {
        self.law
    }

    fn description(&self) -> Option<&Description> {
        None
    }

    fn score(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        self.expect(Law::Score)?;
        checks::question(input, None)?;
        weigh(input, self.limits.input_bytes)?;
        let settings = question::named(&input.settings);
        let mut scores = Scores::with_capacity(input.rows.len());
        let (mut used, mut max) = (0_u64, 0_u64);
        for row in &input.rows {
            let RowAnswer { answer, used: row_used, budget } = self.row(row, input.day, &settings);
            scores.push(answer?);
            used = used.saturating_add(row_used);
            max = max.saturating_add(budget);
        }
        Ok((scores, self.receipt(used, max)))
    }

    fn settle(&self, _input: &RuleInput) -> Result<(Settlement, Receipt), RuleError> {
        Err(RuleError::WrongLaw { law: self.law, asked: Law::Settle })
    }

    fn quote(&self, input: &QuoteInput) -> Result<(Quote, Receipt), RuleError> {
        self.expect(Law::Quote)?;
        let budget = self.limits.row_operations(0);
        let settings = question::named(&input.settings);
        let (answer, used) = self.run(question::request(input), &settings, budget);
        let value = answer?;
        let quote = answer::quote(input, value)?;
        Ok((quote, self.receipt(used, budget)))
    }
}

impl std::fmt::Debug for Scripts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scripts").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ScriptRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptRule")
            .field("law", &self.law)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}
