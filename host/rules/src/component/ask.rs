//! The questions, asked of a component in the version it speaks.

use super::run::{ComponentRule, Entry, Run};
use super::{v0_1, v1_0};
use crate::{
    Description, Distribution, Entitlements, Grades, Law, Quote, QuoteInput, Receipt, Rule,
    RuleError, RuleInput, Scores, Settlement, Tier, checks,
};

impl Run {
    pub(super) fn describe_0_1(&self, entry: &v0_1::Entry) -> Result<Description, RuleError> {
        let budget = self.shared.limits.call_fuel;
        let (given, _) = match entry {
            v0_1::Entry::Score(pre) => {
                call!(self, pre, budget, xiangyue_rules_scorer.call_describe())
            }
            v0_1::Entry::Settle(pre) => {
                call!(self, pre, budget, xiangyue_rules_settler.call_describe())
            }
            v0_1::Entry::Quote(pre) => {
                call!(self, pre, budget, xiangyue_rules_quoter.call_describe())
            }
        };
        Ok(v0_1::description(given))
    }

    pub(super) fn describe_1_0(&self, entry: &v1_0::Entry) -> Result<v1_0::Catalog, RuleError> {
        use v1_0::Entry as E;
        let budget = self.shared.limits.call_fuel;
        let (given, _) = match entry {
            E::Score(pre) => call!(self, pre, budget, xiangyue_rules_scorer.call_describe()),
            E::Settle(pre) => call!(self, pre, budget, xiangyue_rules_settler.call_describe()),
            E::Grade(pre) => call!(self, pre, budget, xiangyue_rules_grader.call_describe()),
            E::Convert(pre) => call!(self, pre, budget, xiangyue_rules_converter.call_describe()),
            E::Distribute(pre) => {
                call!(self, pre, budget, xiangyue_rules_distributor.call_describe())
            }
            E::Quote(pre) => call!(self, pre, budget, xiangyue_rules_quoter.call_describe()),
            E::Qualify(pre) => call!(self, pre, budget, xiangyue_rules_qualifier.call_describe()),
            E::Assess(pre) => call!(self, pre, budget, xiangyue_rules_assessor.call_describe()),
        };
        v1_0::catalog(given).map_err(|problem| RuleError::BadAnswer { problem })
    }
}

impl ComponentRule {
    fn asked_0_1(
        &self,
        input: &RuleInput,
    ) -> Result<(v0_1::Asked<v0_1::types::Population>, u64), RuleError> {
        checks::question(input, Some(self.said()))?;
        checks::quantities(input, self.said())?;
        let asked = v0_1::population(input, self.run.shared.limits.input_bytes)?;
        let budget = self.run.shared.limits.fuel(asked.units);
        Ok((asked, budget))
    }

    fn asked_1_0(
        &self,
        input: &RuleInput,
        catalog: &v1_0::Catalog,
    ) -> Result<(v1_0::Asked, u64), RuleError> {
        checks::question(input, Some(&catalog.description))?;
        let asked = v1_0::population(input, catalog, self.run.shared.limits.input_bytes)?;
        let budget = self.run.shared.limits.fuel(asked.units);
        Ok((asked, budget))
    }
}

/// A receipt with what the answer left besides its results.
fn with(mut receipt: Receipt, seen: v1_0::Seen) -> Receipt {
    (receipt.notes, receipt.states) = (seen.notes, seen.states);
    receipt
}

/// Asks a component of 1.0 about a population and reads the answer.
macro_rules! ask {
    ($rule:expr, $input:expr, ($pre:expr, $catalog:expr), $interface:ident . $function:ident ( $($more:expr)? ), $lift:ident) => {{
        let (rule, input) = ($rule, $input);
        let (asked, budget) = rule.asked_1_0(input, $catalog)?;
        let (answer, receipt) =
            call!(&rule.run, $pre, budget, $interface.$function(&asked.message $(, $more)?));
        let lift = v1_0::Lift::population($catalog, input, &asked.places);
        let (given, seen) = lift.$lift($($more,)? &answer)?;
        Ok((given, with(receipt, seen)))
    }};
}

impl Rule for ComponentRule {
    fn law(&self) -> Law {
        self.answers()
    }

    fn tier(&self) -> Tier {
        self.run.shared.limits.tier
    }

    fn description(&self) -> Option<&Description> {
        Some(self.said())
    }

    fn score(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        match &self.entry {
            Entry::V0_1(v0_1::Entry::Score(pre), _) => {
                let (asked, budget) = self.asked_0_1(input)?;
                let (answer, receipt) =
                    call!(&self.run, pre, budget, xiangyue_rules_scorer.call_score(&asked.message));
                Ok((v0_1::scores(input, answer)?, receipt))
            }
            Entry::V1_0(v1_0::Entry::Score(pre), catalog) => {
                ask!(self, input, (pre, catalog), xiangyue_rules_scorer.call_score(), scores)
            }
            _ => Err(self.wrong(Law::Score)),
        }
    }

    fn settle(&self, input: &RuleInput) -> Result<(Settlement, Receipt), RuleError> {
        match &self.entry {
            Entry::V0_1(v0_1::Entry::Settle(pre), _) => {
                let (asked, budget) = self.asked_0_1(input)?;
                let (answer, receipt) = call!(
                    &self.run,
                    pre,
                    budget,
                    xiangyue_rules_settler.call_settle(&asked.message)
                );
                Ok((v0_1::settlement(input, answer)?, receipt))
            }
            Entry::V1_0(v1_0::Entry::Settle(pre), catalog) => {
                ask!(self, input, (pre, catalog), xiangyue_rules_settler.call_settle(), settlement)
            }
            _ => Err(self.wrong(Law::Settle)),
        }
    }

    fn quote(&self, input: &QuoteInput) -> Result<(Quote, Receipt), RuleError> {
        let max = self.run.shared.limits.input_bytes;
        match &self.entry {
            Entry::V0_1(v0_1::Entry::Quote(pre), _) => {
                checks::settings(&input.settings, Some(self.said()))?;
                let asked = v0_1::request(input, max)?;
                let budget = self.run.shared.limits.fuel(asked.units);
                let (answer, receipt) =
                    call!(&self.run, pre, budget, xiangyue_rules_quoter.call_quote(&asked.message));
                Ok((v0_1::quote(input, answer)?, receipt))
            }
            Entry::V1_0(v1_0::Entry::Quote(pre), catalog) => {
                checks::request(input, self.said())?;
                let asked = v1_0::requests(input, self.said(), max)?;
                let budget = self.run.shared.limits.fuel(1);
                let (answer, receipt) =
                    call!(&self.run, pre, budget, xiangyue_rules_quoter.call_quote(&asked));
                let quote = v1_0::Lift::request(catalog, input).quote(input, &answer)?;
                Ok((quote, receipt))
            }
            _ => Err(self.wrong(Law::Quote)),
        }
    }

    fn grade(&self, input: &RuleInput) -> Result<(Grades, Receipt), RuleError> {
        match &self.entry {
            Entry::V1_0(v1_0::Entry::Grade(pre), catalog) => {
                ask!(self, input, (pre, catalog), xiangyue_rules_grader.call_grade(), grades)
            }
            _ => Err(self.wrong(Law::Grade)),
        }
    }

    fn convert(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        match &self.entry {
            Entry::V1_0(v1_0::Entry::Convert(pre), catalog) => {
                ask!(self, input, (pre, catalog), xiangyue_rules_converter.call_convert(), scores)
            }
            _ => Err(self.wrong(Law::Convert)),
        }
    }

    fn distribute(
        &self,
        input: &RuleInput,
        cents: i64,
    ) -> Result<(Distribution, Receipt), RuleError> {
        match &self.entry {
            Entry::V1_0(v1_0::Entry::Distribute(pre), catalog) => {
                ask!(
                    self,
                    input,
                    (pre, catalog),
                    xiangyue_rules_distributor.call_distribute(cents),
                    shares
                )
            }
            _ => Err(self.wrong(Law::Distribute)),
        }
    }

    fn qualify(&self, input: &RuleInput) -> Result<(Entitlements, Receipt), RuleError> {
        match &self.entry {
            Entry::V1_0(v1_0::Entry::Qualify(pre), catalog) => {
                ask!(
                    self,
                    input,
                    (pre, catalog),
                    xiangyue_rules_qualifier.call_qualify(),
                    entitlements
                )
            }
            _ => Err(self.wrong(Law::Qualify)),
        }
    }

    fn assess(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        match &self.entry {
            Entry::V1_0(v1_0::Entry::Assess(pre), catalog) => {
                ask!(self, input, (pre, catalog), xiangyue_rules_assessor.call_assess(), scores)
            }
            _ => Err(self.wrong(Law::Assess)),
        }
    }
}
