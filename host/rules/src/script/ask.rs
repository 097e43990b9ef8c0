//! The questions, asked of a script: row by row with a budget for each, or of a whole village with all of them.

use std::collections::BTreeMap;

use rhai::{CallFnOptions, Dynamic, FuncArgs, Map, Scope};

use super::engine::Deadline;
use super::{ENGINE, ScriptRule, answer, engine, question, texts, weigh};
use crate::{
    Description, Distribution, Entitlements, Grades, Law, Quote, QuoteInput, Receipt, RowRefusal,
    Rule, RuleError, RuleInput, RuleRow, Scores, Settlement, checks,
};

/// What a refused row says when the script failed on it; the text has line and column.
const ROW_FAILED: &str = "RULE_SCRIPT_FAILED";

/// Operations used and allowed.
#[derive(Default)]
struct Meter {
    used: u64,
    max: u64,
}

impl ScriptRule {
    /// Runs the script's function and books what it took; `known` are the names it could have read.
    fn run<'n>(
        &self,
        arguments: impl FuncArgs,
        (budget, by): (u64, Deadline),
        meter: &mut Meter,
        known: impl FnOnce() -> Vec<&'n str>,
    ) -> Result<Dynamic, RuleError> {
        let call = || {
            let options = CallFnOptions::new().eval_ast(false).rewind_scope(true);
            let (scope, name) = (&mut Scope::new(), self.law.word());
            self.engine.call_fn_with_options::<Dynamic>(options, scope, &self.ast, name, arguments)
        };
        let (answer, used) = engine::metered(budget, by, || match &self.trace {
            None => call(),
            Some(trace) => trace.watch(call),
        });
        meter.used = meter.used.saturating_add(used);
        meter.max = meter.max.saturating_add(budget);
        let limits = (self.limits.as_ref(), self.sizes);
        answer.map_err(|error| texts::failure(&error, (budget, by.millis), limits, &known()))
    }

    fn deadline(&self, rows: usize) -> Deadline {
        Deadline::after(self.limits.script_time(rows))
    }

    fn receipt(&self, meter: &Meter) -> Receipt {
        Receipt {
            advisory: false,
            rule: self.digest,
            abi: format!("rhai:{}@0.1", self.law.word()),
            engine: ENGINE.to_owned(),
            fuel_used: meter.used,
            fuel_max: meter.max,
            log: Vec::new(),
            notes: Vec::new(),
            states: BTreeMap::new(),
        }
    }

    fn expect(&self, asked: Law, input: &RuleInput) -> Result<Map, RuleError> {
        self.answers(asked)?;
        checks::question(input, None)?;
        weigh(input, self.limits.input_bytes)?;
        Ok(question::named(&input.settings))
    }

    fn answers(&self, asked: Law) -> Result<(), RuleError> {
        if self.law == asked { Ok(()) } else { Err(RuleError::WrongLaw { law: self.law, asked }) }
    }

    /// Asks for each row by itself.
    fn each<T>(
        &self,
        asked: Law,
        input: &RuleInput,
        read: impl Fn(&RuleRow, Dynamic) -> Result<Result<T, RowRefusal>, RuleError>,
    ) -> Result<(Vec<Result<T, RowRefusal>>, Receipt), RuleError> {
        let settings = self.expect(asked, input)?;
        let by = self.deadline(input.rows.len());
        let (mut answers, mut meter) = (Vec::with_capacity(input.rows.len()), Meter::default());
        for row in &input.rows {
            let budget = self.limits.row_operations(row.events.len());
            let asked = question::row(input, row, &mut question::Persons::default());
            let arguments = (Dynamic::from_map(asked), Dynamic::from_map(settings.clone()));
            let names = || question::names(input, std::slice::from_ref(row));
            answers.push(match self.run(arguments, (budget, by), &mut meter, names) {
                Ok(value) => read(row, value)?,
                // A fault in one row's data must not take the others' points away; a limit is a fault of the rule.
                Err(failure @ RuleError::Script { .. }) => {
                    let (subject, code) = (row.subject.clone(), ROW_FAILED.to_owned());
                    Err(RowRefusal { subject, code, text: failure.text() })
                }
                Err(other) => return Err(other),
            });
        }
        Ok((answers, self.receipt(&meter)))
    }

    /// What a whole village may take: as much as its rows may one by one.
    fn village_operations(&self, input: &RuleInput) -> u64 {
        let rows = input.rows.iter().map(|row| self.limits.row_operations(row.events.len()));
        let sum = rows.fold(0, u64::saturating_add).max(self.limits.row_operations(0));
        sum.min(self.limits.fuel_max)
    }
}

impl Rule for ScriptRule {
    fn law(&self) -> Law {
        self.law
    }

    fn description(&self) -> Option<&Description> {
        None
    }

    fn score(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        self.each(Law::Score, input, answer::claims)
    }

    fn settle(&self, input: &RuleInput) -> Result<(Settlement, Receipt), RuleError> {
        let settings = self.expect(Law::Settle, input)?;
        let mut meter = Meter::default();
        let budget = (self.village_operations(input), self.deadline(input.rows.len()));
        let arguments = (Dynamic::from_array(question::rows(input)), Dynamic::from_map(settings));
        let names = || question::names(input, &input.rows);
        let value = self.run(arguments, budget, &mut meter, names)?;
        Ok((answer::settlement(&input.rows, value)?, self.receipt(&meter)))
    }

    fn quote(&self, input: &QuoteInput) -> Result<(Quote, Receipt), RuleError> {
        self.answers(Law::Quote)?;
        let mut meter = Meter::default();
        let budget = (self.limits.row_operations(0), self.deadline(1));
        let settings = Dynamic::from_map(question::named(&input.settings));
        let arguments = (Dynamic::from_map(question::request(input)), settings);
        let names = || question::request_names(input);
        let value = self.run(arguments, budget, &mut meter, names)?;
        Ok((answer::quote(input, value)?, self.receipt(&meter)))
    }

    fn grade(&self, input: &RuleInput) -> Result<(Grades, Receipt), RuleError> {
        self.each(Law::Grade, input, answer::grade)
    }

    fn convert(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        self.each(Law::Convert, input, answer::claims)
    }

    fn distribute(
        &self,
        input: &RuleInput,
        cents: i64,
    ) -> Result<(Distribution, Receipt), RuleError> {
        let settings = self.expect(Law::Distribute, input)?;
        let mut meter = Meter::default();
        let budget = (self.village_operations(input), self.deadline(input.rows.len()));
        let rows = Dynamic::from_array(question::rows(input));
        let arguments = (rows, Dynamic::from(cents), Dynamic::from_map(settings));
        let names = || question::names(input, &input.rows);
        let value = self.run(arguments, budget, &mut meter, names)?;
        Ok((answer::distribution(&input.rows, cents, value)?, self.receipt(&meter)))
    }

    fn qualify(&self, input: &RuleInput) -> Result<(Entitlements, Receipt), RuleError> {
        self.each(Law::Qualify, input, answer::entitlement)
    }

    fn assess(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        self.each(Law::Assess, input, answer::claims)
    }
}
