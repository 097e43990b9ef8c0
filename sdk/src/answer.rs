//! The answer, written straight into the lists that leave the component: no texts, no boxes.

use crate::bindings::types;
use crate::catalog::{Clause, Figure, Grade, Item, Reason, Refusal, Remark};
use crate::{Event, Row};

/// No result, and why: one of the rule's refusals with figures for its sentence.
#[derive(Clone, Debug)]
pub struct Refused {
    pub(crate) refusal: Refusal,
    pub(crate) figures: Vec<types::Figure>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, figures: Vec::new() }
    }
}

impl Refusal {
    /// The refusal with a figure for its sentence.
    pub fn with(self, figure: Figure, amount: i64) -> Refused {
        Refused::from(self).with(figure, amount)
    }
}

impl Refused {
    /// Another figure for the sentence.
    #[must_use]
    pub fn with(mut self, figure: Figure, amount: i64) -> Self {
        self.figures.push(types::Figure { name: figure.0, amount });
        self
    }

    pub(crate) fn whole(self) -> types::Refused {
        types::Refused { refusal: self.refusal.0, figures: self.figures }
    }
}

/// Lists in one answer are far shorter than 2^32: the host caps the whole answer at a megabyte.
fn position(length: usize) -> u32 {
    length as u32
}

/// Nothing of a list that now has `length` elements.
fn none(length: usize) -> types::Span {
    types::Span { start: position(length), count: 0 }
}

fn written(given: &[(Figure, i64)]) -> Vec<types::Figure> {
    let one = |(figure, amount): &(Figure, i64)| types::Figure { name: figure.0, amount: *amount };
    given.iter().map(one).collect()
}

/// The shared lists of an answer.
#[derive(Clone, Default, Debug)]
struct Lists {
    events: Vec<u32>,
    figures: Vec<types::Figure>,
    notes: Vec<types::Note>,
    state: Vec<u8>,
}

impl Lists {
    fn figures(&mut self, given: Vec<types::Figure>) -> types::Span {
        let span =
            types::Span { start: position(self.figures.len()), count: position(given.len()) };
        self.figures.extend(given);
        span
    }

    fn note(&mut self, row: Row<'_>, remark: Remark, given: &[(Figure, i64)]) {
        let figures = self.figures(written(given));
        self.notes.push(types::Note { row: row.number(), text: remark.0, figures });
    }

    fn keep(&mut self, state: &[u8]) -> types::Span {
        let span = types::Span { start: position(self.state.len()), count: position(state.len()) };
        self.state.extend_from_slice(state);
        span
    }
}

/// Entries to be posted, for all rows.
#[derive(Debug)]
pub struct Sheet {
    rows: Vec<types::Scored>,
    /// Each with its row.
    claims: Vec<(u32, types::Claim)>,
    lists: Lists,
}

/// An entry that was just written; figures and events go to it.
#[derive(Debug)]
pub struct Claim<'a> {
    claim: &'a mut types::Claim,
    lists: &'a mut Lists,
}

impl Sheet {
    pub(crate) fn new(rows: usize) -> Self {
        let empty =
            types::Scored { refusal: None, claims: none(0), figures: none(0), state: none(0) };
        Self { rows: vec![empty; rows], claims: Vec::with_capacity(rows), lists: Lists::default() }
    }

    /// An entry of `points` (1/100 point) for a row; at most one for each row and item.
    pub fn claim(
        &mut self,
        row: Row<'_>,
        item: Item,
        points: i64,
        reason: Reason,
        clause: Clause,
    ) -> Claim<'_> {
        let claim = types::Claim {
            item: item.0,
            points,
            reason: reason.0,
            clause: clause.0,
            events: none(self.lists.events.len()),
            figures: none(self.lists.figures.len()),
        };
        self.claims.push((row.number(), claim));
        let (_, claim) = self.claims.last_mut().expect("the one just written");
        Claim { claim, lists: &mut self.lists }
    }

    /// The row has no valid result; what was claimed for it is dropped.
    pub fn refuse(&mut self, row: Row<'_>, refused: impl Into<Refused>) {
        let number = row.number();
        // a scorer writes row by row, so its claims are at the end
        while self.claims.last().is_some_and(|(owner, _)| *owner == number) {
            self.claims.pop();
        }
        self.claims.retain(|(owner, _)| *owner != number);
        let refused = refused.into();
        let figures = self.lists.figures(refused.figures);
        if let Some(scored) = self.rows.get_mut(number as usize) {
            scored.refusal = Some(refused.refusal.0);
            scored.figures = figures;
        }
    }

    /// Keeps up to 64 KiB for the row, for the next call of the same rule.
    pub fn keep(&mut self, row: Row<'_>, state: &[u8]) {
        let span = self.lists.keep(state);
        if let Some(scored) = self.rows.get_mut(row.number() as usize) {
            scored.state = span;
        }
    }

    /// A remark for those who run the rule.
    pub fn note(&mut self, row: Row<'_>, remark: Remark, figures: &[(Figure, i64)]) {
        self.lists.note(row, remark, figures);
    }

    pub(crate) fn finish(mut self) -> types::Scores {
        // stable: a row's claims stay in the order they were written
        self.claims.sort_by_key(|(row, _)| *row);
        let mut claims = Vec::with_capacity(self.claims.len());
        for (row, claim) in self.claims {
            if let Some(scored) = self.rows.get_mut(row as usize) {
                if scored.claims.count == 0 {
                    scored.claims.start = position(claims.len());
                }
                scored.claims.count += 1;
                claims.push(claim);
            }
        }
        let Lists { events, figures, notes, state } = self.lists;
        types::Scores { rows: self.rows, claims, events, figures, notes, state }
    }
}

impl Claim<'_> {
    /// A number for the sentence and to be shown.
    #[allow(clippy::return_self_not_must_use, reason = "the claim is written already")]
    pub fn figure(self, figure: Figure, amount: i64) -> Self {
        self.lists.figures.push(types::Figure { name: figure.0, amount });
        self.claim.figures.count += 1;
        self
    }

    /// An event the claim rests on.
    #[allow(clippy::return_self_not_must_use, reason = "the claim is written already")]
    pub fn event(self, event: &Event<'_>) -> Self {
        self.lists.events.push(event.number());
        self.claim.events.count += 1;
        self
    }

    /// Events the claim rests on.
    #[allow(clippy::return_self_not_must_use, reason = "the claim is written already")]
    pub fn events<'e>(self, events: impl Iterator<Item = Event<'e>>) -> Self {
        events.fold(self, |claim, event| claim.event(&event))
    }
}

/// A grade for one row.
#[derive(Clone, Debug)]
pub struct Graded {
    grade: Grade,
    reason: Reason,
    clause: Clause,
    until: Option<i64>,
    events: Vec<u32>,
    figures: Vec<types::Figure>,
    state: Vec<u8>,
}

impl Graded {
    /// A grade with its reason and clause.
    pub fn new(grade: Grade, reason: Reason, clause: Clause) -> Self {
        let (events, figures, state) = (Vec::new(), Vec::new(), Vec::new());
        Self { grade, reason, clause, until: None, events, figures, state }
    }

    /// The last civil day number on which it holds.
    #[must_use]
    pub fn until(mut self, day: i64) -> Self {
        self.until = Some(day);
        self
    }

    /// A number for the sentence and to be shown.
    #[must_use]
    pub fn figure(mut self, figure: Figure, amount: i64) -> Self {
        self.figures.push(types::Figure { name: figure.0, amount });
        self
    }

    /// An event it rests on.
    #[must_use]
    pub fn event(mut self, event: &Event<'_>) -> Self {
        self.events.push(event.number());
        self
    }

    /// Keeps up to 64 KiB for the row, for the next call of the same rule.
    #[must_use]
    pub fn keep(mut self, state: &[u8]) -> Self {
        self.state = state.to_vec();
        self
    }
}

pub(crate) fn grades(given: impl Iterator<Item = Result<Graded, Refused>>) -> types::Grades {
    let mut lists = Lists::default();
    let row = |lists: &mut Lists, given: Result<Graded, Refused>| match given {
        Ok(graded) => {
            let events = types::Span {
                start: position(lists.events.len()),
                count: position(graded.events.len()),
            };
            lists.events.extend(graded.events);
            types::Graded {
                refusal: None,
                grade: Some(graded.grade.0),
                reason: graded.reason.0,
                clause: graded.clause.0,
                until: graded.until,
                events,
                figures: lists.figures(graded.figures),
                state: lists.keep(&graded.state),
            }
        }
        Err(refused) => types::Graded {
            refusal: Some(refused.refusal.0),
            grade: None,
            reason: 0,
            clause: 0,
            until: None,
            events: none(0),
            figures: lists.figures(refused.figures),
            state: none(0),
        },
    };
    let rows = given.map(|given| row(&mut lists, given)).collect();
    let Lists { events, figures, notes, state } = lists;
    types::Grades { rows, events, figures, notes, state }
}

/// The shares of a fund; what nobody gets is carried over.
#[derive(Debug)]
pub struct Shares {
    fund: i64,
    rows: Vec<Option<types::Share>>,
    lists: Lists,
}

impl Shares {
    pub(crate) fn new(rows: usize, fund: i64) -> Self {
        Self { fund, rows: vec![None; rows], lists: Lists::default() }
    }

    /// The fund, cents.
    pub fn fund(&self) -> i64 {
        self.fund
    }

    /// A row's share, cents; every row needs one or a refusal.
    pub fn pay(
        &mut self,
        row: Row<'_>,
        cents: i64,
        reason: Reason,
        clause: Clause,
        figures: &[(Figure, i64)],
    ) {
        let figures = self.lists.figures(written(figures));
        let share =
            types::Share { refusal: None, cents, reason: reason.0, clause: clause.0, figures };
        self.put(row, share);
    }

    /// The row has no valid result and no share.
    pub fn refuse(&mut self, row: Row<'_>, refused: impl Into<Refused>) {
        let refused = refused.into();
        let figures = self.lists.figures(refused.figures);
        let refusal = Some(refused.refusal.0);
        self.put(row, types::Share { refusal, cents: 0, reason: 0, clause: 0, figures });
    }

    /// A remark for those who run the rule.
    pub fn note(&mut self, row: Row<'_>, remark: Remark, figures: &[(Figure, i64)]) {
        self.lists.note(row, remark, figures);
    }

    fn put(&mut self, row: Row<'_>, share: types::Share) {
        if let Some(place) = self.rows.get_mut(row.number() as usize) {
            *place = Some(share);
        }
    }

    pub(crate) fn finish(self) -> types::Shares {
        // a row that was forgotten is left out, so that the host sees one answer too few
        let rows: Vec<_> = self.rows.into_iter().flatten().collect();
        let paid: i64 = rows.iter().map(|share| share.cents).sum();
        let Lists { figures, notes, .. } = self.lists;
        types::Shares { rows, rest: self.fund - paid, figures, notes }
    }
}

/// Whether a row has a benefit.
#[derive(Clone, Debug)]
pub struct Entitled {
    eligible: bool,
    reason: Reason,
    clause: Clause,
    figures: Vec<types::Figure>,
}

impl Entitled {
    /// The row has the benefit.
    pub fn yes(reason: Reason, clause: Clause) -> Self {
        Self { eligible: true, reason, clause, figures: Vec::new() }
    }

    /// The row does not have it.
    pub fn no(reason: Reason, clause: Clause) -> Self {
        Self { eligible: false, reason, clause, figures: Vec::new() }
    }

    /// A number for the sentence and to be shown.
    #[must_use]
    pub fn figure(mut self, figure: Figure, amount: i64) -> Self {
        self.figures.push(types::Figure { name: figure.0, amount });
        self
    }
}

pub(crate) fn entitlements(
    given: impl Iterator<Item = Result<Entitled, Refused>>,
) -> types::Entitlements {
    let mut lists = Lists::default();
    let rows = given.map(|given| match given {
        Ok(entitled) => types::Entitled {
            refusal: None,
            eligible: entitled.eligible,
            reason: entitled.reason.0,
            clause: entitled.clause.0,
            figures: lists.figures(entitled.figures),
        },
        Err(refused) => types::Entitled {
            refusal: Some(refused.refusal.0),
            eligible: false,
            reason: 0,
            clause: 0,
            figures: lists.figures(refused.figures),
        },
    });
    let rows = rows.collect();
    types::Entitlements { rows, figures: lists.figures, notes: lists.notes }
}

/// The answer to a redemption request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quote {
    /// Whether the asked quantity may be redeemed.
    pub eligible: bool,
    /// Points for the whole quantity, 1/100 point; zero when not eligible.
    pub points: i64,
    /// Money the fund pays for the whole quantity, cents; zero when not eligible.
    pub cents: i64,
    /// The most pieces this account could redeem now.
    pub quantity_max: i64,
    /// Why.
    pub reason: Reason,
    /// Clause that is applied.
    pub clause: Clause,
    /// Numbers for the sentence.
    pub figures: Vec<(Figure, i64)>,
}

pub(crate) fn quotes(
    given: impl Iterator<Item = Result<Quote, Refused>>,
) -> Result<types::Quotes, Refused> {
    let mut lists = Lists::default();
    let quote = |given: Result<Quote, Refused>| {
        given.map(|quote| types::Quote {
            eligible: quote.eligible,
            points: quote.points,
            cents: quote.cents,
            quantity_max: quote.quantity_max,
            reason: quote.reason.0,
            clause: quote.clause.0,
            figures: lists.figures(written(&quote.figures)),
        })
    };
    let quotes = given.map(quote).collect::<Result<_, _>>()?;
    Ok(types::Quotes { quotes, figures: lists.figures })
}
