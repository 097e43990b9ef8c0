//! One question to a rule, from JSON to JSON: for `score` and for the tools of rule authors.

use engine::outcome;
use rules::{Law, QuoteInput, Receipt, Rule, RuleError, RuleInput};
use serde_json::Value;

use crate::Failure;
use crate::exit::Exit;

/// Asks the question that the rule answers.
///
/// # Errors
/// When the batch does not fit, and whatever the rule ends with.
pub(crate) fn ask(rule: &dyn Rule, mut input: Value) -> Result<(Value, Receipt), Failure> {
    let failed = |error: RuleError| failed(&error);
    let rows = |input| serde_json::from_value::<RuleInput>(input).map_err(|error| wrong(&error));
    Ok(match rule.law() {
        Law::Quote => {
            let input: QuoteInput = serde_json::from_value(input).map_err(|error| wrong(&error))?;
            let (quote, receipt) = rule.quote(&input).map_err(failed)?;
            (outcome::of_quote(&quote), receipt)
        }
        Law::Settle => {
            let (given, receipt) = rule.settle(&rows(input)?).map_err(failed)?;
            (outcome::of_settlement(&given), receipt)
        }
        Law::Score => {
            let (given, receipt) = rule.score(&rows(input)?).map_err(failed)?;
            (outcome::of_scores(&given), receipt)
        }
        Law::Convert => {
            let (given, receipt) = rule.convert(&rows(input)?).map_err(failed)?;
            (outcome::of_scores(&given), receipt)
        }
        Law::Assess => {
            let (given, receipt) = rule.assess(&rows(input)?).map_err(failed)?;
            (outcome::of_scores(&given), receipt)
        }
        Law::Grade => {
            let (given, receipt) = rule.grade(&rows(input)?).map_err(failed)?;
            (outcome::of_rows("grades", &given), receipt)
        }
        Law::Qualify => {
            let (given, receipt) = rule.qualify(&rows(input)?).map_err(failed)?;
            (outcome::of_rows("entitlements", &given), receipt)
        }
        Law::Distribute => {
            // beside the rows stands the fund; all else is held to the form of every batch
            let cents = input.as_object_mut().and_then(|map| map.remove("cents"));
            let cents = cents.and_then(|cents| cents.as_i64()).ok_or_else(|| {
                usage(
                    "the batch has no `cents`; write the fund as a whole number of cents",
                    "输入里没有写资金（cents，单位：分）。",
                )
            })?;
            let (given, receipt) = rule.distribute(&rows(input)?, cents).map_err(failed)?;
            (outcome::of_shares(&given), receipt)
        }
    })
}

fn wrong(error: &serde_json::Error) -> Failure {
    usage(&format!("the batch does not fit: {error}"), "输入的格式不对。")
}

/// A rule that gave no answer.
pub(crate) fn failed(error: &RuleError) -> Failure {
    let exit = if matches!(error, RuleError::Limit { .. }) { Exit::Unknown } else { Exit::No };
    Failure::new(exit, "RULE_FAILED", error.to_string(), error.text(), "请检查积分办法和输入。")
}

/// Input that cannot be read.
pub(crate) fn usage(message: &str, text: &str) -> Failure {
    Failure::new(Exit::Usage, "INPUT_UNUSABLE", message, text, "请改正后再试一次。")
}
