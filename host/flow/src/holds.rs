//! What holds a step back beyond order, body and days; and the facts from which the decision sees the
//! same.

use std::collections::BTreeSet;

use model::CivilDay;

use crate::calendar::Calendar;
use crate::check::Bodies;
use crate::days::due;
use crate::gates::{Beside, Price, band_of};
use crate::held::Hold;
use crate::item::{Item, Step, Taken};

/// Code of the hold for splitting, and of what lets it pass.
pub const SPLIT: &str = "SPLIT_SUSPECTED";
/// Code of the hold for a late ratification, and of what lets it pass.
pub const LATE: &str = "RATIFIED_LATE";
/// ‰ of a whole.
const WHOLE: i64 = 1_000;

/// What the decision is told of the step's further terms (`StepGates` of the Cedar schema).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GateFacts {
    /// Steps taken whose result must be published and is not.
    pub unpublished: BTreeSet<String>,
    /// First day after the stays the step waits for; day 0 where it waits for none.
    pub window_end: CivilDay,
    /// Objections to those publications that are not answered.
    pub open_objections: i64,
    /// Whether a price must be stated.
    pub priced: bool,
    /// Whether a reviewed price is needed and on record is none.
    pub review_missing: bool,
    /// Whether this step reviews the price.
    pub reviews: bool,
    /// Lowest price the step may put on record.
    pub floor_cents: i64,
    /// Highest price the step may put on record.
    pub ceiling_cents: i64,
    /// Lowest price to which a contract may be changed without the deciding body.
    pub free_from_cents: i64,
    /// Highest price to which a contract may be changed without the deciding body.
    pub free_to_cents: i64,
    /// Bodies that may decide a change beyond that.
    pub change_bodies: BTreeSet<String>,
    /// How many organs must have signed.
    pub signs_needed: i64,
    /// How many organs did.
    pub signs_given: i64,
    /// Roles of mandatory organs that did not.
    pub signs_missing: BTreeSet<String>,
    /// Roles that may sign for the step.
    pub sign_roles: BTreeSet<String>,
    /// Roles that signed.
    pub signed_roles: BTreeSet<String>,
    /// Persons who signed.
    pub signed_by: BTreeSet<String>,
    /// Amount of all linked matters.
    pub linked_cents: i64,
    /// Upper edge of the matter's own band.
    pub band_below_cents: i64,
    /// Days by which a ratification was or is late.
    pub late_days: i64,
    /// Holds that were let pass.
    pub passed: BTreeSet<String>,
}

/// A step with what it is looked at over.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The item.
    pub item: &'a Item,
    /// Steps taken.
    pub taken: &'a [Taken],
    /// What stands beside them.
    pub beside: &'a Beside,
    /// How bodies decide.
    pub bodies: &'a Bodies,
    /// Holidays.
    pub calendar: &'a Calendar,
    /// Today.
    pub today: CivilDay,
}

impl Look<'_> {
    /// What the decision is told; none for an unknown step. `cents` is the price stated.
    pub fn facts(&self, step: &str, cents: Option<i64>) -> Option<GateFacts> {
        let step = self.item.step(step)?;
        let beside = self.beside;
        let mut facts = GateFacts {
            unpublished: self.unpublished(step).map(|s| s.id.clone()).collect(),
            window_end: crate::days::stay(self.item, step, self.taken)
                .map_or_else(CivilDay::default, |(_, until)| until),
            open_objections: count(self.objections(step)),
            priced: step.gate.price.is_some(),
            review_missing: step.gate.needs_review && self.reviewed().is_none(),
            reviews: step.gate.price == Some(Price::Review),
            ceiling_cents: i64::MAX,
            free_to_cents: i64::MAX,
            // Below the largest number, which stands for a band without an upper edge.
            linked_cents: beside
                .linked_cents
                .max(beside.amount_cents)
                .min(i64::MAX.saturating_sub(1)),
            band_below_cents: band_of(&self.item.bands, beside.amount_cents)
                .map_or(i64::MAX, |(_, band)| band.edge()),
            late_days: self.late_days(step),
            passed: beside.passed.clone(),
            ..GateFacts::default()
        };
        self.prices(step, cents, &mut facts);
        self.signs(step, &mut facts);
        Some(facts)
    }

    /// Every hold that stands whatever the caller states.
    pub fn holds(&self, step: &str) -> Vec<Hold> {
        let (Some(step), Some(facts)) = (self.item.step(step), self.facts(step, None)) else {
            return Vec::new();
        };
        let open = self.beside.open_questions();
        let mut holds: Vec<Hold> =
            open.map(|q| Hold::QuestionOpen { number: q.number, day: q.day }).collect();
        let title = |step: &Step| step.title.clone();
        holds.extend(self.unpublished(step).map(|s| Hold::Unpublished { title: title(s) }));
        if facts.open_objections > 0 {
            holds.push(Hold::ObjectionOpen { count: facts.open_objections });
        }
        if facts.review_missing {
            holds.push(Hold::NoPriceReview { title: title(step) });
        }
        if facts.signs_given < facts.signs_needed || !facts.signs_missing.is_empty() {
            let joint = step.gate.joint.iter().flat_map(|joint| &joint.mandatory);
            let missing = joint.filter(|o| facts.signs_missing.contains(&o.role));
            let organs = missing.map(|o| o.title.clone()).collect();
            let (given, needed) = (facts.signs_given, facts.signs_needed);
            holds.push(Hold::SignOffsMissing { given, needed, organs });
        }
        if facts.linked_cents >= facts.band_below_cents && !facts.passed.contains(SPLIT) {
            let (linked, below) = (facts.linked_cents, facts.band_below_cents);
            holds.push(Hold::SplitSuspected { linked, below });
        }
        if facts.late_days > 0 && !facts.passed.contains(LATE) {
            holds.push(Hold::RatifiedLate { days: facts.late_days });
        }
        holds
    }

    /// Every hold, with the price that is stated and the body whose record is cited.
    pub fn check(&self, step: &str, cents: Option<i64>, cited: Option<&str>) -> Vec<Hold> {
        let mut holds = self.holds(step);
        let (Some(of), Some(facts)) = (self.item.step(step), self.facts(step, cents)) else {
            return holds;
        };
        let title = || of.title.clone();
        match cents {
            None if facts.priced => holds.push(Hold::NoPrice { title: title() }),
            None => {}
            Some(_) if !facts.priced => holds.push(Hold::PriceNotAsked { title: title() }),
            Some(cents) if cents < facts.floor_cents => {
                holds.push(Hold::BelowFloor { cents, floor: facts.floor_cents });
            }
            Some(cents) if cents > facts.ceiling_cents => {
                holds.push(Hold::AboveCeiling { cents, ceiling: facts.ceiling_cents });
            }
            Some(cents) => {
                let free = (facts.free_from_cents..=facts.free_to_cents).contains(&cents);
                if !free && !cited.is_some_and(|body| facts.change_bodies.contains(body)) {
                    let bodies = self.titles(&facts.change_bodies);
                    holds.push(Hold::ChangeNeedsBody { cents, bodies });
                }
            }
        }
        holds
    }

    fn titles(&self, bodies: &BTreeSet<String>) -> Vec<String> {
        let title =
            |id: &String| self.bodies.get(id).map_or_else(|| id.clone(), |b| b.title.clone());
        bodies.iter().map(title).collect()
    }

    /// Steps taken before this one whose result has to be published and is not.
    fn unpublished<'a>(&'a self, step: &'a Step) -> impl Iterator<Item = &'a Step> {
        let taken = move |s: &&Step| s.id != step.id && self.taken.iter().any(|t| t.step == s.id);
        let open = self.item.steps.iter().filter(|s| s.gate.discloses).filter(taken);
        open.filter(|s| !self.beside.published.contains(&s.id))
    }

    /// Objections, not answered, to publications whose stay this step waits for.
    fn objections<'a>(&'a self, step: &'a Step) -> impl Iterator<Item = i64> {
        let of = |name: &String| step.after_stay.contains(name);
        let open = self.beside.queries.iter().filter(|q| !q.answered);
        open.filter(move |q| q.step.as_ref().is_some_and(of)).map(|q| q.number)
    }

    /// The reviewed price on record.
    fn reviewed(&self) -> Option<i64> {
        let steps = self.item.steps.iter().filter(|s| s.gate.price == Some(Price::Review));
        steps.filter_map(|s| self.beside.prices.get(&s.id)).copied().next_back()
    }

    /// The contract price on record, as last changed; the matter's amount where there is none.
    fn contract(&self) -> i64 {
        let contract = |s: &&Step| !matches!(s.gate.price, None | Some(Price::Review));
        let taken = self.taken.iter().rev().filter_map(|t| self.item.step(&t.step));
        let mut prices = taken.filter(contract).filter_map(|s| self.beside.prices.get(&s.id));
        prices.next().copied().unwrap_or(self.beside.amount_cents)
    }

    fn prices(&self, step: &Step, cents: Option<i64>, facts: &mut GateFacts) {
        match step.gate.price {
            // A contract that is bound to a price nobody reviewed has no lawful price.
            Some(Price::AtMost) => facts.ceiling_cents = self.reviewed().unwrap_or(-1),
            Some(Price::AtLeast) => facts.floor_cents = self.reviewed().unwrap_or(i64::MAX),
            Some(Price::Change) => self.change(cents, facts),
            _ => {}
        }
    }

    /// A change within the ‰ of the item and within the band is free; beyond it the body of the higher
    /// of the two bands decides (招标投标法 46: no agreement that departs from the contract's substance).
    fn change(&self, cents: Option<i64>, facts: &mut GateFacts) {
        let old = self.contract();
        let part =
            i128::from(old).saturating_mul(i128::from(self.item.change_permille.clamp(0, WHOLE)));
        let room = i64::try_from(part.div_euclid(i128::from(WHOLE))).unwrap_or(0);
        facts.free_from_cents = old.saturating_sub(room);
        facts.free_to_cents = old.saturating_add(room);
        if let Some((lower, band)) = band_of(&self.item.bands, old) {
            facts.free_from_cents = facts.free_from_cents.max(lower);
            facts.free_to_cents = facts.free_to_cents.min(band.edge().saturating_sub(1));
        }
        let higher = cents.map_or(old, |cents| cents.max(old));
        let bands = &self.item.bands;
        let decides = band_of(bands, higher).map(|(_, band)| band).or_else(|| bands.last());
        if let Some(band) = decides {
            let stands = |(id, rule): (&String, &crate::BodyRule)| {
                (*id == band.body || rule.stands_for.contains(&band.body)).then(|| id.clone())
            };
            facts.change_bodies = self.bodies.iter().filter_map(stands).collect();
        }
    }

    fn signs(&self, step: &Step, facts: &mut GateFacts) {
        let Some(joint) = &step.gate.joint else { return };
        let signed = self.beside.roles_signed(&step.id);
        let organ = |o: &&crate::gates::Organ| signed.contains(o.role.as_str());
        facts.signs_needed = joint.needed;
        facts.signs_given = count(joint.organs().filter(organ));
        let missing = joint.mandatory.iter().filter(|o| !organ(o));
        facts.signs_missing = missing.map(|o| o.role.clone()).collect();
        facts.sign_roles = joint.organs().map(|o| o.role.clone()).collect();
        facts.signed_roles = signed.into_iter().map(str::to_owned).collect();
        let of_step = self.beside.signed.iter().filter(|s| s.step == step.id);
        facts.signed_by = of_step.map(|s| s.by.clone()).collect();
    }

    /// By how many days a ratification that this step builds on was late, or is late today. A limit that
    /// cannot be told counts as passed long ago.
    fn late_days(&self, step: &Step) -> i64 {
        let late = |step: &Step| match due(step, self.taken, self.calendar) {
            Ok(None) => 0,
            Err(_) => i64::MAX,
            Ok(Some(until)) => {
                let taken = self.taken.iter().find(|t| t.step == step.id);
                let day = taken.map_or(self.today, |t| t.day);
                day.number().saturating_sub(until.number()).max(0)
            }
        };
        let before = self.item.before_all(&step.id);
        let ratifying = self.item.steps.iter().filter(|s| s.gate.ratifies);
        ratifying.filter(|s| before.contains(s.id.as_str())).map(late).max().unwrap_or(0)
    }
}

fn count<T>(of: impl Iterator<Item = T>) -> i64 {
    i64::try_from(of.count()).unwrap_or(i64::MAX)
}
