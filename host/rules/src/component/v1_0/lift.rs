//! Answers, put back into names; every position a guest wrote is looked up, never trusted.

use std::collections::{BTreeMap, BTreeSet};

use super::super::flat::{Once, at, bad};
use super::describe::Catalog;
use super::types;
use super::words::Numbers;
use crate::checks::{self, clip};
use crate::{
    Claim, Distribution, Entitlement, Entitlements, Grade, Grades, Note, Quote, QuoteInput,
    RowRefusal, RuleError, RuleInput, RuleRow, STATE_MAX, Scores, Settlement, Share,
};

/// What an answer leaves besides its results.
#[derive(Default)]
pub(in super::super) struct Seen {
    pub(in super::super) notes: Vec<Note>,
    pub(in super::super) states: BTreeMap<String, Vec<u8>>,
}

/// Reads the answers to one question.
pub(in super::super) struct Lift<'a> {
    pub(in super::super) catalog: &'a Catalog,
    pub(in super::super) settings: &'a BTreeMap<String, i64>,
    pub(in super::super) rows: &'a [RuleRow],
    /// Row and place in the row of each event of the question.
    pub(in super::super) places: &'a [(u32, u32)],
}

/// The shared lists of an answer.
struct Tables<'a> {
    events: Once<'a, u32>,
    figures: Once<'a, types::Figure>,
    state: Once<'a, u8>,
}

impl<'a> Tables<'a> {
    fn new(events: &'a [u32], figures: &'a [types::Figure], state: &'a [u8]) -> Self {
        Self {
            events: Once::new(events, "events"),
            figures: Once::new(figures, "figures"),
            state: Once::new(state, "state"),
        }
    }
}

impl<'a> Lift<'a> {
    /// The lift for a question without rows.
    pub(in super::super) const fn request(catalog: &'a Catalog, asked: &'a QuoteInput) -> Self {
        Self { catalog, settings: &asked.settings, rows: &[], places: &[] }
    }

    /// The lift for a population.
    pub(in super::super) fn population(
        catalog: &'a Catalog,
        asked: &'a RuleInput,
        places: &'a [(u32, u32)],
    ) -> Self {
        Self { catalog, settings: &asked.settings, rows: &asked.rows, places }
    }

    fn numbers(&self, figures: &'a [types::Figure]) -> Numbers<'a> {
        Numbers { figures, kinds: &self.catalog.description.figures, settings: self.settings }
    }

    /// A refusal of the whole question.
    fn refused(&self, given: &types::Refused) -> RuleError {
        match self.catalog.refusals.write(given.refusal, &self.numbers(&given.figures)) {
            Ok((code, text)) => RuleError::Refused { code: clip(code), text },
            Err(error) => error,
        }
    }

    /// Clause and sentence.
    fn reason(
        &self,
        reason: u32,
        clause: u32,
        figures: &'a [types::Figure],
    ) -> Result<(String, String), RuleError> {
        let (_, reason) = self.catalog.reasons.write(reason, &self.numbers(figures))?;
        let clause = at(&self.catalog.description.clauses, clause, "clauses")?.title.clone();
        Ok((reason, clause))
    }

    fn facts(
        &self,
        row: &str,
        figures: &[types::Figure],
    ) -> Result<BTreeMap<String, i64>, RuleError> {
        let mut facts = BTreeMap::new();
        for figure in figures {
            let kind = at(&self.catalog.description.figures, figure.name, "figures")?;
            if facts.insert(kind.name.clone(), figure.amount).is_some() {
                return Err(bad(format!(
                    "the answer for `{row}` states `{}` twice",
                    clip(&kind.name)
                )));
            }
        }
        Ok(facts)
    }

    fn events(
        &self,
        number: usize,
        row: &RuleRow,
        positions: &[u32],
    ) -> Result<Vec<String>, RuleError> {
        let mut events = Vec::with_capacity(positions.len());
        for position in positions {
            let (owner, place) = *at(self.places, *position, "events of the question")?;
            let event = usize::try_from(place).ok().and_then(|place| row.events.get(place));
            if usize::try_from(owner) != Ok(number) {
                return Err(bad(format!(
                    "the answer for `{}` cites an event of another row",
                    row.subject
                )));
            }
            events.extend(event.map(|event| event.id.as_str().to_owned()));
        }
        Ok(events)
    }

    fn refusal(
        &self,
        row: &RuleRow,
        refusal: u32,
        figures: &'a [types::Figure],
    ) -> Result<RowRefusal, RuleError> {
        let (code, text) = self.catalog.refusals.write(refusal, &self.numbers(figures))?;
        let refused = RowRefusal { subject: row.subject.clone(), code: code.to_owned(), text };
        checks::refusal(&refused)?;
        Ok(refused)
    }

    fn each_row(&self, given: usize) -> Result<(), RuleError> {
        if given == self.rows.len() {
            return Ok(());
        }
        Err(bad(format!("{given} answers for {} rows", self.rows.len())))
    }

    fn notes(
        &self,
        given: &'a [types::Note],
        tables: &mut Tables<'a>,
        seen: &mut Seen,
    ) -> Result<(), RuleError> {
        for note in given {
            let row = at(self.rows, note.row, "rows")?;
            let figures = self.numbers(tables.figures.take(note.figures)?);
            let (code, text) = self.catalog.notes.write(note.text, &figures)?;
            seen.notes.push(Note { subject: row.subject.clone(), code: code.to_owned(), text });
        }
        Ok(())
    }

    fn claim(
        &self,
        number: usize,
        row: &RuleRow,
        claim: &types::Claim,
        tables: &mut Tables<'a>,
    ) -> Result<Claim, RuleError> {
        let figures = tables.figures.take(claim.figures)?;
        let (reason, clause) = self.reason(claim.reason, claim.clause, figures)?;
        let positions = tables.events.take(claim.events)?;
        let events = self.events(number, row, positions)?;
        self.once(row, positions)?;
        Ok(Claim {
            subject: row.subject.clone(),
            item: at(&self.catalog.description.items, claim.item, "items")?.code.clone(),
            points: claim.points,
            reason,
            clause,
            events,
            facts: self.facts(&row.subject, figures)?,
        })
    }

    /// No event is cited twice.
    fn once(&self, row: &RuleRow, positions: &[u32]) -> Result<(), RuleError> {
        // mostly in the order of the row
        if positions.is_sorted_by(|one, next| one < next) {
            return Ok(());
        }
        let mut seen = BTreeSet::new();
        match positions.iter().find(|position| !seen.insert(**position)) {
            None => Ok(()),
            Some(twice) => {
                let place = at(self.places, *twice, "events of the question")?.1;
                let event = usize::try_from(place).ok().and_then(|place| row.events.get(place));
                let id = event.map_or("", |event| event.id.as_str());
                Err(bad(format!("the claim for `{}` cites `{id}` twice", row.subject)))
            }
        }
    }

    pub(in super::super) fn scores(
        &self,
        answer: &'a Result<types::Scores, types::Refused>,
    ) -> Result<(Scores, Seen), RuleError> {
        let mut scores = Scores::with_capacity(self.rows.len());
        let seen = self.scored(answer, |row| scores.push(row))?;
        Ok((scores, seen))
    }

    /// Hands over the answer for each row, in the order of the rows.
    fn scored(
        &self,
        answer: &'a Result<types::Scores, types::Refused>,
        mut row_is: impl FnMut(Result<Vec<Claim>, RowRefusal>),
    ) -> Result<Seen, RuleError> {
        let answer = answer.as_ref().map_err(|refused| self.refused(refused))?;
        self.each_row(answer.rows.len())?;
        let mut tables = Tables::new(&answer.events, &answer.figures, &answer.state);
        let mut claims = Once::new(&answer.claims, "claims");
        let mut seen = Seen::default();
        for (number, (row, given)) in self.rows.iter().zip(&answer.rows).enumerate() {
            let own = claims.take(given.claims)?;
            let figures = tables.figures.take(given.figures)?;
            keep(row, tables.state.take(given.state)?, &mut seen)?;
            row_is(match given.refusal {
                None => {
                    let mut read = Vec::with_capacity(own.len());
                    for claim in own {
                        read.push(self.claim(number, row, claim, &mut tables)?);
                    }
                    checks::entries(row, &read)?;
                    Ok(read)
                }
                Some(_) if !own.is_empty() => {
                    return Err(bad(format!("`{}` is refused and claimed for", row.subject)));
                }
                Some(refusal) => Err(self.refusal(row, refusal, figures)?),
            });
        }
        self.notes(&answer.notes, &mut tables, &mut seen)?;
        Ok(seen)
    }

    pub(in super::super) fn settlement(
        &self,
        answer: &'a Result<types::Scores, types::Refused>,
    ) -> Result<(Settlement, Seen), RuleError> {
        let claims = Vec::with_capacity(self.rows.len());
        let mut settlement = Settlement { claims, refused: Vec::new() };
        let seen = self.scored(answer, |row| match row {
            Ok(claims) => settlement.claims.extend(claims),
            Err(refusal) => settlement.refused.push(refusal),
        })?;
        Ok((settlement, seen))
    }

    pub(in super::super) fn grades(
        &self,
        answer: &'a Result<types::Grades, types::Refused>,
    ) -> Result<(Grades, Seen), RuleError> {
        let answer = answer.as_ref().map_err(|refused| self.refused(refused))?;
        self.each_row(answer.rows.len())?;
        let mut tables = Tables::new(&answer.events, &answer.figures, &answer.state);
        let (mut grades, mut seen) = (Grades::with_capacity(self.rows.len()), Seen::default());
        for (number, (row, given)) in self.rows.iter().zip(&answer.rows).enumerate() {
            let figures = tables.figures.take(given.figures)?;
            let events = self.events(number, row, tables.events.take(given.events)?)?;
            keep(row, tables.state.take(given.state)?, &mut seen)?;
            grades.push(match (given.refusal, given.grade) {
                (Some(refusal), None) => Err(self.refusal(row, refusal, figures)?),
                (None, Some(grade)) => {
                    let (reason, clause) = self.reason(given.reason, given.clause, figures)?;
                    let grade = at(&self.catalog.description.grades, grade, "grades")?.code.clone();
                    let facts = self.facts(&row.subject, figures)?;
                    let (subject, until) = (row.subject.clone(), given.until);
                    Ok(Grade { subject, grade, reason, clause, until, events, facts })
                }
                _ => {
                    return Err(bad(format!(
                        "`{}` has neither or both of a grade and a refusal",
                        row.subject
                    )));
                }
            });
        }
        self.notes(&answer.notes, &mut tables, &mut seen)?;
        checks::grades(&grades)?;
        Ok((grades, seen))
    }

    pub(in super::super) fn shares(
        &self,
        cents: i64,
        answer: &'a Result<types::Shares, types::Refused>,
    ) -> Result<(Distribution, Seen), RuleError> {
        let answer = answer.as_ref().map_err(|refused| self.refused(refused))?;
        self.each_row(answer.rows.len())?;
        let mut tables = Tables::new(&[], &answer.figures, &[]);
        let mut shares = Vec::with_capacity(self.rows.len());
        let mut seen = Seen::default();
        for (row, given) in self.rows.iter().zip(&answer.rows) {
            let figures = tables.figures.take(given.figures)?;
            shares.push(match given.refusal {
                Some(_) if given.cents != 0 => {
                    return Err(bad(format!("`{}` is refused and paid", row.subject)));
                }
                Some(refusal) => Err(self.refusal(row, refusal, figures)?),
                None => {
                    let (reason, clause) = self.reason(given.reason, given.clause, figures)?;
                    let facts = self.facts(&row.subject, figures)?;
                    let (subject, cents) = (row.subject.clone(), given.cents);
                    Ok(Share { subject, cents, reason, clause, facts })
                }
            });
        }
        self.notes(&answer.notes, &mut tables, &mut seen)?;
        let distribution = Distribution { shares, rest: answer.rest };
        checks::distribution(cents, &distribution)?;
        Ok((distribution, seen))
    }

    pub(in super::super) fn entitlements(
        &self,
        answer: &'a Result<types::Entitlements, types::Refused>,
    ) -> Result<(Entitlements, Seen), RuleError> {
        let answer = answer.as_ref().map_err(|refused| self.refused(refused))?;
        self.each_row(answer.rows.len())?;
        let mut tables = Tables::new(&[], &answer.figures, &[]);
        let mut entitlements = Entitlements::with_capacity(self.rows.len());
        let mut seen = Seen::default();
        for (row, given) in self.rows.iter().zip(&answer.rows) {
            let figures = tables.figures.take(given.figures)?;
            entitlements.push(match given.refusal {
                Some(_) if given.eligible => {
                    return Err(bad(format!("`{}` is refused and eligible", row.subject)));
                }
                Some(refusal) => Err(self.refusal(row, refusal, figures)?),
                None => {
                    let (reason, clause) = self.reason(given.reason, given.clause, figures)?;
                    let facts = self.facts(&row.subject, figures)?;
                    let (subject, eligible) = (row.subject.clone(), given.eligible);
                    Ok(Entitlement { subject, eligible, reason, clause, facts })
                }
            });
        }
        self.notes(&answer.notes, &mut tables, &mut seen)?;
        checks::entitlements(&entitlements)?;
        Ok((entitlements, seen))
    }

    /// One quote; a request is asked alone.
    pub(in super::super) fn quote(
        &self,
        asked: &QuoteInput,
        answer: &'a Result<types::Quotes, types::Refused>,
    ) -> Result<Quote, RuleError> {
        let answer = answer.as_ref().map_err(|refused| self.refused(refused))?;
        let [given] = answer.quotes.as_slice() else {
            return Err(bad(format!("{} quotes for 1 request", answer.quotes.len())));
        };
        let figures = Once::new(&answer.figures, "figures").take(given.figures)?;
        let (reason, _) = self.reason(given.reason, given.clause, figures)?;
        let quote = Quote {
            eligible: given.eligible,
            points: given.points,
            cents: given.cents,
            quantity_max: given.quantity_max,
            reason,
        };
        checks::quote(asked, &quote)?;
        Ok(quote)
    }
}

fn keep(row: &RuleRow, state: &[u8], seen: &mut Seen) -> Result<(), RuleError> {
    if state.len() > STATE_MAX {
        let (subject, len) = (&row.subject, state.len());
        return Err(bad(format!(
            "the state kept for `{subject}` has {len} bytes, at most {STATE_MAX} are allowed"
        )));
    }
    if !state.is_empty() {
        seen.states.insert(row.subject.clone(), state.to_vec());
    }
    Ok(())
}
