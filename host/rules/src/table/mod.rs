//! Rules as tables: a scoring standard (赋分标准) of a township, written in a spreadsheet.
//!
//! The text form is read by the crate `table`; here it is compiled once and then counts, with the same questions,
//! answers, checks and receipts as components and scripts. Whole numbers only; steps stand in for fuel.

mod answer;
mod calendar;
mod count;
mod plan;
mod ranks;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Digest;

use self::count::Counter;
use self::plan::Plan;
use crate::script::weigh;
use crate::{
    Claim, Description, Law, LimitKind, Limits, LoadCode, LoadError, Named, Quote, QuoteInput,
    Receipt, RowRefusal, Rule, RuleError, RuleInput, RuleRow, Scores, Settlement, checks,
};

/// The way of counting, named in receipts; a change that can change a claim gets a new number.
const ENGINE: &str = "table 1";

/// A rule that is a table.
#[derive(Debug)]
struct TableRule {
    plan: Plan,
    law: Law,
    digest: Digest,
    limits: Arc<Limits>,
    description: Description,
}

/// Reads and compiles the text form.
pub(crate) fn load(
    source: &str,
    law: Law,
    limits: &Arc<Limits>,
) -> Result<Arc<dyn Rule>, LoadError> {
    let max = limits.script_bytes;
    if source.len() > max {
        return Err(LoadError::new(
            LoadCode::TooLarge,
            format!("the table has {} bytes, at most {max} are allowed", source.len()),
            &format!("赋分表有{}字节，最多允许{max}字节。", source.len()),
            "请把一张表分成几个办法。",
        ));
    }
    if law == Law::Quote {
        return Err(LoadError::new(
            LoadCode::Law,
            "a table scores or settles; pricing a redemption needs a script or a component",
            "赋分表只能计分，不能核算兑换。",
            "兑换办法请用脚本（.rhai）。",
        ));
    }
    let table = table::parse(source).map_err(|error| {
        let mut found = LoadError::new(
            LoadCode::Table,
            format!("not a table: {}", error.message),
            "赋分表读不懂。",
            "请先运行 xiangyue check，或者用 xiangyue table import 重新导入。",
        );
        let before = source.get(..error.offset).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1);
        found.line = u32::try_from(line).unwrap_or(u32::MAX);
        found
    })?;
    let (standard, faults) = table::read(&table);
    if let Some(fault) = faults.iter().find(|fault| !fault.warning) {
        return Err(LoadError::new(
            LoadCode::Table,
            format!("row `{}`: {}", fault.id, fault.words.message),
            &fault.words.text,
            &fault.words.help,
        ));
    }
    if law == Law::Score && !standard.rankings.is_empty() {
        return Err(LoadError::new(
            LoadCode::Law,
            "a table that ranks the village needs the law `settle`",
            "要全村排名的赋分表，办法要写 law = \"settle\"。",
            "改办法里的 law，或者去掉名次。",
        ));
    }
    let description = Description {
        id: standard.id.clone(),
        title: standard.title.clone(),
        kinds: plan::kinds(&standard).into_iter().map(named).collect(),
        ..Description::default()
    };
    let (plan, digest) = (Plan::new(&standard), Digest::of([source.as_bytes()]));
    Ok(Arc::new(TableRule { plan, law, digest, limits: Arc::clone(limits), description }))
}

/// A kind of events by its code; its words stand in the scheme.
fn named(code: String) -> Named {
    Named { title: code.clone(), code, title_en: String::new() }
}

impl TableRule {
    fn expect(&self, asked: Law) -> Result<(), RuleError> {
        if self.law == asked { Ok(()) } else { Err(RuleError::WrongLaw { law: self.law, asked }) }
    }

    fn receipt(&self, used: u64, max: u64) -> Receipt {
        Receipt {
            rule: self.digest,
            abi: format!("table:{}@1", self.law.word()),
            engine: ENGINE.to_owned(),
            advisory: false,
            fuel_used: used,
            fuel_max: max,
            log: Vec::new(),
            notes: Vec::new(),
            states: BTreeMap::new(),
        }
    }

    /// Counts one row; the steps it took are added up.
    fn row(
        &self,
        counter: &mut Counter<'_>,
        row: &RuleRow,
        meter: &mut Meter,
    ) -> Result<Result<Vec<Claim>, RowRefusal>, RuleError> {
        let budget = self.limits.row_operations(row.events.len());
        let counted = counter.row(row);
        let used = counter.steps();
        if used > budget {
            return Err(RuleError::Limit { limit: LimitKind::Fuel, max: budget });
        }
        meter.used = meter.used.saturating_add(used);
        meter.max = meter.max.saturating_add(budget);
        let answer = counted.and_then(|()| {
            counter.ranked()?;
            counter.claims(row)
        });
        match answer {
            Ok(claims) => {
                checks::claims(row, &claims)?;
                Ok(Ok(claims))
            }
            Err(refused) => {
                let refusal = refused.refusal(&row.subject);
                checks::refusal(&refusal)?;
                Ok(Err(refusal))
            }
        }
    }
}

/// Steps used and allowed.
#[derive(Default)]
struct Meter {
    used: u64,
    max: u64,
}

impl Rule for TableRule {
    fn law(&self) -> Law {
        self.law
    }

    fn description(&self) -> Option<&Description> {
        Some(&self.description)
    }

    fn score(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        self.expect(Law::Score)?;
        checks::question(input, None)?;
        weigh(input, self.limits.input_bytes)?;
        let (mut counter, mut meter) = (Counter::new(&self.plan), Meter::default());
        let mut scores = Scores::with_capacity(input.rows.len());
        for row in &input.rows {
            scores.push(self.row(&mut counter, row, &mut meter)?);
        }
        Ok((scores, self.receipt(meter.used, meter.max)))
    }

    fn settle(&self, input: &RuleInput) -> Result<(Settlement, Receipt), RuleError> {
        self.expect(Law::Settle)?;
        checks::question(input, None)?;
        weigh(input, self.limits.input_bytes)?;
        let (mut counter, mut meter) = (Counter::new(&self.plan), Meter::default());
        let mut places = ranks::Places::new(&self.plan);
        let (mut settled, mut settlement) = (Vec::new(), Settlement::default());
        for (index, row) in input.rows.iter().enumerate() {
            match self.row(&mut counter, row, &mut meter)? {
                Ok(claims) => {
                    places.enter(index, &counter);
                    settled.push((index, claims));
                }
                Err(refusal) => settlement.refused.push(refusal),
            }
        }
        let mut ranked = places.claims(&self.plan, &input.rows);
        for (index, mut claims) in settled {
            let Some(row) = input.rows.get(index) else { continue };
            claims.append(&mut ranked.remove(&index).unwrap_or_default());
            checks::claims(row, &claims)?;
            settlement.claims.append(&mut claims);
        }
        Ok((settlement, self.receipt(meter.used, meter.max)))
    }

    fn quote(&self, _input: &QuoteInput) -> Result<(Quote, Receipt), RuleError> {
        Err(RuleError::WrongLaw { law: self.law, asked: Law::Quote })
    }
}
