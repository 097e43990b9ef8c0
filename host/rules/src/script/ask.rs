//! The questions, asked of a script: row by row with a budget for each, or of a whole village with all of them.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rhai::{CallFnOptions, Dynamic, FuncArgs, Map, Scope};

use super::engine::Bounds;
use super::{ENGINE, ScriptRule, answer, engine, of_village, question, texts, weigh};
use crate::{
    Description, Distribution, Entitlements, Grades, Law, Quote, QuoteInput, Receipt, RowRefusal,
    Rule, RuleError, RuleInput, RuleRow, Scores, Settlement, checks,
};

/// What a refused row says when the script failed on it; the text has line and column.
const ROW_FAILED: &str = "RULE_SCRIPT_FAILED";

/// Rows from which on a question is worth a second thread: it takes some ten rows to begin one.
const HALVED: usize = 250;

/// Address space for the stack of a village's question, bytes; only what is used takes memory. Values may lie in each
/// other as deep as there are elements, and to copy or free one goes as deep.
const VILLAGE_STACK: usize = 256 << 20;

/// Runs a question whose values may lie deep in each other, and reads its answer, on a stack for that.
fn deep<T: Send>(ask: impl FnOnce() -> Result<T, RuleError> + Send) -> Result<T, RuleError> {
    thread::scope(|scope| {
        match thread::Builder::new().stack_size(VILLAGE_STACK).spawn_scoped(scope, ask) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(error) => {
                Err(RuleError::Host { message: format!("no thread for a script: {error}") })
            }
        }
    })
}

/// What rows come to, in their order.
type Answers<T> = Vec<Result<T, RowRefusal>>;

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
        (budget, bounds): (u64, Bounds),
        meter: &mut Meter,
        known: impl FnOnce() -> Vec<&'n str>,
    ) -> Result<Dynamic, RuleError> {
        let call = || {
            let options = CallFnOptions::new().eval_ast(false).rewind_scope(true);
            let (scope, name) = (&mut Scope::new(), self.law.word());
            self.engine.call_fn_with_options::<Dynamic>(options, scope, &self.ast, name, arguments)
        };
        let (answer, used) = engine::metered(budget, bounds, || match &self.trace {
            None => call(),
            Some(trace) => trace.watch(call),
        });
        meter.used = meter.used.saturating_add(used);
        meter.max = meter.max.saturating_add(budget);
        let limits = (self.limits.as_ref(), self.sizes);
        answer.map_err(|error| texts::failure(&error, (budget, bounds), limits, &known()))
    }

    fn bounds(&self, rows: usize, weight: usize) -> Bounds {
        let memory = self.limits.script_memory(weight);
        Bounds::after(self.limits.script_time(rows), memory)
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

    /// Settings and bounds of a good question.
    fn expect(&self, asked: Law, input: &RuleInput) -> Result<(Map, Bounds), RuleError> {
        self.answers(asked)?;
        checks::question(input, None)?;
        let weight = weigh(input, self.limits.input_bytes)?;
        let weight = if of_village(asked) { weight.all } else { weight.row };
        Ok((question::named(&input.settings), self.bounds(input.rows.len(), weight)))
    }

    fn answers(&self, asked: Law) -> Result<(), RuleError> {
        if self.law == asked { Ok(()) } else { Err(RuleError::WrongLaw { law: self.law, asked }) }
    }

    /// Asks for each row by itself; many rows in two halves at a time, since none knows of another.
    fn each<T: Send>(
        &self,
        asked: Law,
        input: &RuleInput,
        read: impl Fn(&RuleRow, Dynamic) -> Result<Result<T, RowRefusal>, RuleError> + Sync,
    ) -> Result<(Answers<T>, Receipt), RuleError> {
        let (settings, bounds) = self.expect(asked, input)?;
        let stop = AtomicBool::new(false);
        let ask = |rows| self.rows((input, rows), &settings, (bounds, &stop), &read);
        let half = input.rows.len().div_ceil(2);
        let (begin, rest) = input.rows.split_at_checked(half).unwrap_or_default();
        let halves = if input.rows.len() < HALVED || self.trace.is_some() {
            [ask(&input.rows), Ok(Default::default())]
        } else {
            thread::scope(|scope| {
                // where no thread can be had, this one does all
                let other = thread::Builder::new().spawn_scoped(scope, || ask(rest));
                let first = ask(begin);
                // never the other way round: the error of the earliest row is the one that is told
                stop.store(first.is_err(), Ordering::Relaxed);
                let second = match other {
                    Ok(other) => other.join().unwrap_or_else(|panic| resume_unwind(panic)),
                    Err(_) => ask(rest),
                };
                [first, second]
            })
        };
        let [first, second] = halves;
        let (mut answers, mut meter) = first?;
        let (second, spent) = second?;
        answers.extend(second);
        meter.used = meter.used.saturating_add(spent.used);
        meter.max = meter.max.saturating_add(spent.max);
        Ok((answers, self.receipt(&meter)))
    }

    /// Asks for some rows of a question, one after the other, until all are answered or one before
    /// them has failed.
    fn rows<T>(
        &self,
        (input, rows): (&RuleInput, &[RuleRow]),
        settings: &Map,
        (bounds, stop): (Bounds, &AtomicBool),
        read: impl Fn(&RuleRow, Dynamic) -> Result<Result<T, RowRefusal>, RuleError>,
    ) -> Result<(Answers<T>, Meter), RuleError> {
        let (mut answers, mut meter) = (Vec::with_capacity(rows.len()), Meter::default());
        let mut words = question::Words::default();
        for row in rows {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let budget = self.limits.row_operations(row.events.len());
            words.another();
            let asked = question::row(input, row, &self.wanted, &mut words);
            let arguments = (Dynamic::from_map(asked), Dynamic::from_map(settings.clone()));
            let names = || question::names(input, std::slice::from_ref(row));
            answers.push(match self.run(arguments, (budget, bounds), &mut meter, names) {
                Ok(value) => read(row, value)?,
                // A fault in one row's data must not take the others' points away; a limit is a fault of the rule.
                Err(failure @ RuleError::Script { .. }) => {
                    let (subject, code) = (row.subject.clone(), ROW_FAILED.to_owned());
                    Err(RowRefusal { subject, code, text: failure.text() })
                }
                Err(other) => return Err(other),
            });
        }
        Ok((answers, meter))
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
        let (settings, bounds) = self.expect(Law::Settle, input)?;
        deep(|| {
            let mut meter = Meter::default();
            let budget = (self.village_operations(input), bounds);
            let rows = Dynamic::from_array(question::rows(input));
            let names = || question::names(input, &input.rows);
            let value = self.run((rows, Dynamic::from_map(settings)), budget, &mut meter, names)?;
            Ok((answer::settlement(&input.rows, value)?, self.receipt(&meter)))
        })
    }

    fn quote(&self, input: &QuoteInput) -> Result<(Quote, Receipt), RuleError> {
        self.answers(Law::Quote)?;
        let mut meter = Meter::default();
        let budget = (self.limits.row_operations(0), self.bounds(1, 0));
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
        let (settings, bounds) = self.expect(Law::Distribute, input)?;
        deep(|| {
            let mut meter = Meter::default();
            let budget = (self.village_operations(input), bounds);
            let rows = Dynamic::from_array(question::rows(input));
            let arguments = (rows, Dynamic::from(cents), Dynamic::from_map(settings));
            let names = || question::names(input, &input.rows);
            let value = self.run(arguments, budget, &mut meter, names)?;
            Ok((answer::distribution(&input.rows, cents, value)?, self.receipt(&meter)))
        })
    }

    fn qualify(&self, input: &RuleInput) -> Result<(Entitlements, Receipt), RuleError> {
        self.each(Law::Qualify, input, answer::entitlement)
    }

    fn assess(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        self.each(Law::Assess, input, answer::claims)
    }
}
