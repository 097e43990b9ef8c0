//! Answers, put back into names; every position a guest wrote is looked up, never trusted.

use std::collections::{BTreeMap, BTreeSet};

use super::super::flat::{Once, at, bad};
use super::types;
use crate::checks::{self, clip};
use crate::{
    Claim, Declared, Description, Named, Quote, QuoteInput, RowRefusal, RuleError, RuleInput,
    RuleRow, Scores, Settlement, Unit,
};

/// The shared lists of an answer next to the question.
struct Tables<'a> {
    /// Row and place in the row of each event, by its position in the question.
    places: Vec<(usize, usize)>,
    symbols: &'a [String],
    events: Once<'a, u32>,
    facts: Once<'a, types::Value>,
}

impl<'a> Tables<'a> {
    fn new(
        asked: &'a RuleInput,
        symbols: &'a [String],
        events: &'a [u32],
        facts: &'a [types::Value],
    ) -> Self {
        let places = |(row, asked): (usize, &RuleRow)| {
            (0..asked.events.len()).map(move |event| (row, event))
        };
        Self {
            places: asked.rows.iter().enumerate().flat_map(places).collect(),
            symbols,
            events: Once::new(events, "events"),
            facts: Once::new(facts, "facts"),
        }
    }

    fn symbol(&self, symbol: u32) -> Result<&'a str, RuleError> {
        at(self.symbols, symbol, "symbols").map(String::as_str)
    }

    /// Texts are measured before they are copied.
    fn text(&self, symbol: u32) -> Result<String, RuleError> {
        let text = self.symbol(symbol)?;
        checks::text("symbol", text, checks::TEXT_MAX)?;
        Ok(text.to_owned())
    }

    fn claim(
        &mut self,
        number: usize,
        row: &RuleRow,
        claim: &types::Claim,
    ) -> Result<Claim, RuleError> {
        let mut events = Vec::new();
        for position in self.events.take(claim.events)? {
            let (owner, place) = *at(&self.places, *position, "events of the question")?;
            if owner != number {
                return Err(bad(format!(
                    "the claim for `{}` cites an event of another row",
                    row.subject
                )));
            }
            events.extend(row.events.get(place).map(|event| event.id.as_str().to_owned()));
        }
        let mut facts = BTreeMap::new();
        for fact in self.facts.take(claim.facts)? {
            if facts.insert(self.text(fact.name)?, fact.amount).is_some() {
                return Err(bad(format!("the claim for `{}` states a fact twice", row.subject)));
            }
        }
        Ok(Claim {
            subject: row.subject.clone(),
            item: self.text(claim.item)?,
            points: claim.points,
            reason: self.text(claim.reason)?,
            clause: self.text(claim.clause)?,
            events,
            facts,
        })
    }

    fn claims(
        &mut self,
        number: usize,
        row: &RuleRow,
        given: &mut dyn Iterator<Item = &types::Claim>,
    ) -> Result<Vec<Claim>, RuleError> {
        let claims =
            given.map(|claim| self.claim(number, row, claim)).collect::<Result<Vec<_>, _>>()?;
        checks::claims(row, &claims)?;
        Ok(claims)
    }
}

fn refusal(row: &RuleRow, refusal: &types::Refusal) -> Result<RowRefusal, RuleError> {
    let refused = RowRefusal {
        subject: row.subject.clone(),
        code: refusal.code.clone(),
        text: refusal.text.clone(),
    };
    checks::refusal(&refused)?;
    Ok(refused)
}

/// A refusal of the whole question.
fn refused(refusal: &types::Refusal) -> RuleError {
    RuleError::Refused { code: clip(&refusal.code), text: refusal.text.chars().take(200).collect() }
}

pub(in super::super) fn scores(
    asked: &RuleInput,
    answer: Result<types::Scores, types::Refusal>,
) -> Result<Scores, RuleError> {
    let answer = answer.map_err(|refusal| refused(&refusal))?;
    if answer.rows.len() != asked.rows.len() {
        return Err(bad(format!("{} answers for {} rows", answer.rows.len(), asked.rows.len())));
    }
    let mut tables = Tables::new(asked, &answer.symbols, &answer.events, &answer.facts);
    let mut claims = Once::new(&answer.claims, "claims");
    let mut scores = Scores::with_capacity(asked.rows.len());
    for (number, (row, given)) in asked.rows.iter().zip(&answer.rows).enumerate() {
        scores.push(match given {
            Ok(span) => Ok(tables.claims(number, row, &mut claims.take(*span)?.iter())?),
            Err(reason) => Err(refusal(row, reason)?),
        });
    }
    Ok(scores)
}

pub(in super::super) fn settlement(
    asked: &RuleInput,
    answer: Result<types::Settlement, types::Refusal>,
) -> Result<Settlement, RuleError> {
    let answer = answer.map_err(|refusal| refused(&refusal))?;
    let mut by_row: BTreeMap<u32, Vec<&types::Claim>> = BTreeMap::new();
    for settled in &answer.claims {
        by_row.entry(settled.row).or_default().push(&settled.claim);
    }
    let mut tables = Tables::new(asked, &answer.symbols, &answer.events, &answer.facts);
    let mut settlement = Settlement::default();
    for (row, claims) in &by_row {
        let known = at(&asked.rows, *row, "rows")?;
        let number = usize::try_from(*row).unwrap_or(usize::MAX);
        settlement.claims.extend(tables.claims(number, known, &mut claims.iter().copied())?);
    }
    let mut seen = BTreeSet::new();
    for unsettled in &answer.refused {
        let row = at(&asked.rows, unsettled.row, "rows")?;
        if by_row.contains_key(&unsettled.row) || !seen.insert(unsettled.row) {
            return Err(bad(format!(
                "`{}` is refused twice, or refused and claimed for",
                row.subject
            )));
        }
    }
    let mut refused: Vec<_> = answer.refused.iter().collect();
    refused.sort_by_key(|unsettled| unsettled.row);
    for unsettled in refused {
        settlement
            .refused
            .push(refusal(at(&asked.rows, unsettled.row, "rows")?, &unsettled.reason)?);
    }
    Ok(settlement)
}

pub(in super::super) fn quote(
    asked: &QuoteInput,
    answer: Result<types::RedemptionQuote, types::Refusal>,
) -> Result<Quote, RuleError> {
    let answer = answer.map_err(|refusal| refused(&refusal))?;
    let quote = Quote {
        eligible: answer.eligible,
        points: answer.points,
        cents: answer.cents,
        quantity_max: answer.quantity_max,
        reason: answer.reason,
    };
    checks::quote(asked, &quote)?;
    Ok(quote)
}

pub(in super::super) fn description(given: types::Description) -> Description {
    let declared = |declared: Vec<types::Declared>| {
        let one = |d: types::Declared| Declared {
            name: d.name,
            title: d.title,
            unit: Unit::Count,
            min: d.min,
            max: d.max,
        };
        declared.into_iter().map(one).collect()
    };
    let kind = |code: String| Named { title: code.clone(), code, title_en: String::new() };
    Description {
        id: given.id,
        title: given.title,
        version: given.version,
        settings: declared(given.settings),
        kinds: given.kinds.into_iter().map(kind).collect(),
        quantities: declared(given.quantities),
        ..Description::default()
    }
}

#[cfg(test)]
mod tests;
