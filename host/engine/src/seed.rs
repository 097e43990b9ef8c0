//! Loads the demo district once: people and records as the generator gives them, then a quarter of
//! events through the same acts that clerks use, so that every point in the demo has a decision, a
//! rule run and a reviewer behind it. 演示数据，非真实.

use std::collections::{BTreeMap, BTreeSet};

use demo::DemoData;
use ledger::Transaction;
use model::{CivilDay, DivisionCode, DivisionLevel, Minute, Refusal, RefusalKind};
use package::{Package, RuleLaw, Subject};
use serde_json::Value;

use crate::Engine;
use crate::acts::events::{EventInput, SubmitEvents};
use crate::acts::redemptions::stock_id;
use crate::acts::reviews::{ReviewEntries, Verdict};
use crate::acts::rounds::CloseRound;
use crate::course::{Course, Register};
use crate::limits;
use crate::operation::{Caller, Plan};
use crate::record::{Act, Effect};
use crate::refusals::internal;
use crate::row::{Household, Matter, Meeting, Person, Post, Round, TakenStep};
use crate::state::State;

/// What was loaded.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// Villages.
    pub villages: usize,
    /// Households.
    pub households: usize,
    /// Events.
    pub events: usize,
}

/// The people and records a package brings with it, without any store.
///
/// # Errors
/// When its demo settings cannot be met.
pub fn standing(package: &Package) -> Result<State, Refusal> {
    let mut state = State::default();
    if package.demo().is_some() {
        for (chain, effects) in standing_effects(&generate(package)?) {
            let act = loaded_act(Minute(0), effects);
            state.apply(chain, &act).map_err(|error| internal(&error.to_string()))?;
        }
    }
    Ok(state)
}

impl Engine {
    /// Puts the stock and money of every offer and fund on the books, once each.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub fn stock_offers(&self) -> Result<(), Refusal> {
        let snapshot = self.snapshot();
        let whole = snapshot.edition(self.today(), None)?;
        let codes = whole.divisions().all().map(|division| division.code.township());
        for code in codes.collect::<BTreeSet<_>>() {
            let edition = snapshot.edition(self.today(), Some(code))?;
            let Some(township) = edition.township(code) else { continue };
            let offers = township.offers.values().filter(|offer| offer.stock > 0).map(|offer| {
                let id = stock_id(code, &offer.id);
                Transaction::stock_in(format!("package/stock/{id}"), &id, offer.stock)
            });
            let funds = township.funds.values().filter(|fund| fund.cents.0 > 0).map(|fund| {
                let id = stock_id(code, &fund.id);
                Transaction::fund_in(format!("package/fund/{id}"), &id, fund.cents)
            });
            let all: Vec<Transaction> = offers.chain(funds).collect();
            let fresh: Vec<Effect> = {
                let state = self.read_state();
                all.into_iter().filter(|t| !state.book.knows(&t.id)).map(Effect::Move).collect()
            };
            if !fresh.is_empty() {
                self.load_effects(code, self.now(), fresh)?;
            }
        }
        Ok(())
    }

    /// Loads the demo district into an empty store; does nothing when it was loaded before.
    /// `progress` is told how many of how many villages are done.
    ///
    /// # Errors
    /// When the record cannot be written, or the generated data does not fit the package.
    pub fn load_demo(
        &self,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Option<Loaded>, Refusal> {
        self.stock_offers()?;
        if !self.read_state().persons.is_empty() {
            return Ok(None);
        }
        let snapshot = self.snapshot();
        let Some(settings) = snapshot.package.demo() else { return Ok(None) };
        let data = generate(&snapshot.package)?;
        let villages: BTreeSet<DivisionCode> = data.households.iter().map(|h| h.village).collect();
        let mut loaded = Loaded {
            villages: villages.len(),
            households: data.households.len(),
            events: data.events.len(),
        };
        let at = settings.period_from.start();
        let mut done = 0_usize;
        for (chain, effects) in standing_effects(&data) {
            done = done.saturating_add(
                effects.iter().filter(|e| matches!(e, Effect::Households(_))).count(),
            );
            self.load_effects(chain, at, effects)?;
            progress(done.min(villages.len()), villages.len());
        }
        loaded.events = self.load_events(&data, settings.period_to, settings.matters_village)?;
        Ok(Some(loaded))
    }

    /// Hands in the quarter's events, closes the rounds and reviews one village of each scheme, at the
    /// days on which that would have happened.
    fn load_events(
        &self,
        data: &DemoData,
        quarter_end: CivilDay,
        open: DivisionCode,
    ) -> Result<usize, Refusal> {
        let minute = |days: i64| {
            let day = quarter_end.plus_days(days).map_err(|error| internal(&error.to_string()))?;
            Ok::<Minute, Refusal>(Minute(day.start().0.saturating_add(9 * 60)))
        };
        let (handed_in, reviewed) = (minute(8)?, minute(20)?);
        let mut groups: BTreeMap<(DivisionCode, &str), Vec<EventInput>> = BTreeMap::new();
        for event in &data.events {
            groups.entry((event.village, event.scheme.as_str())).or_default().push(EventInput {
                id: event.id.clone(),
                kind: event.kind.clone(),
                subject: event.subject.clone(),
                day: event.day,
                actor: event.actor.clone(),
                quantities: event.quantities.clone(),
                member: String::new(),
                channel: String::new(),
                evidence: String::new(),
                note: String::new(),
            });
        }
        let mut count = 0_usize;
        let mut shown: BTreeSet<&str> = BTreeSet::new();
        for ((village, scheme), mut events) in groups {
            // what is handed in together is scored together: one run for each subject
            events.sort_by(|a, b| (&a.subject, a.day, &a.id).cmp(&(&b.subject, b.day, &b.id)));
            let round = data.rounds.iter().find(|r| r.village == village && r.scheme == scheme);
            let round = round.filter(|_| village != open).map(|round| round.id.as_str());
            let first = village != open && shown.insert(scheme);
            let group = Group { village, scheme, events: &events, round, review: first };
            match self.load_group(&group, handed_in, reviewed) {
                Ok(()) => count = count.saturating_add(events.len()),
                // A township whose rule does not answer stands alone with it; the others go on.
                Err(refusal) if refusal.kind == RefusalKind::Unprocessable => {
                    tracing::warn!(%village, scheme, code = refusal.code, "events of the demo were not taken");
                }
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(count)
    }

    /// The acts of one village and scheme, as its clerk and the township's points administrator.
    fn load_group(
        &self,
        group: &Group<'_>,
        handed_in: Minute,
        reviewed: Minute,
    ) -> Result<(), Refusal> {
        let Group { village, scheme, events, round, review } = *group;
        let clerk = Caller { person: format!("{village}-p05") };
        let admin = Caller { person: format!("{}-p02", village.township()) };
        for part in events.chunks(limits::EVENTS_PER_REQUEST_MAX) {
            let submit = SubmitEvents { village, scheme: scheme.to_owned(), events: part.to_vec() };
            self.act_at(handed_in, &clerk, None, &submit)?;
        }
        if let Some(round) = round {
            self.act_at(handed_in, &admin, None, &CloseRound { round: round.to_owned() })?;
        }
        // in a small district a scheme may have led to nothing
        let waits = || self.read_state().proposed_in(village).any(|entry| entry.scheme == scheme);
        if review && waits() {
            let review = ReviewEntries {
                village,
                entries: Vec::new(),
                scheme: scheme.to_owned(),
                period: String::new(),
                verdict: Verdict::Effective,
            };
            self.act_at(reviewed, &admin, None, &review)?;
        }
        Ok(())
    }

    fn load_effects(
        &self,
        chain: DivisionCode,
        at: Minute,
        effects: Vec<Effect>,
    ) -> Result<(), Refusal> {
        let guard = self.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let act = loaded_act(at, effects);
        let pending = self.record(chain, at, &act, Plan::default())?;
        drop(guard);
        self.finish(pending).map(drop)
    }
}

/// One village's events under one scheme, and what becomes of them.
#[derive(Clone, Copy, Debug)]
struct Group<'a> {
    village: DivisionCode,
    scheme: &'a str,
    events: &'a [EventInput],
    round: Option<&'a str>,
    review: bool,
}

/// An act nobody decided: data that came with the package.
fn loaded_act(at: Minute, effects: Vec<Effect>) -> Act {
    Act {
        id: format!("load-{}", at.0),
        at,
        day: at.day(),
        manual_clock: false,
        decided: None,
        key: None,
        reply: Value::Null,
        effects,
        runs: Vec::new(),
    }
}

/// The generated district.
///
/// # Errors
/// When the settings cannot be met.
pub fn generate(package: &Package) -> Result<DemoData, Refusal> {
    let Some(demo) = package.demo() else { return Ok(DemoData::default()) };
    let units: Vec<demo::Unit> = package
        .divisions()
        .all()
        .map(|d| demo::Unit { code: d.code, kind: d.kind.clone() })
        .collect();
    // sheets are made for households, hours for persons; what the demo's settings fill is left to them
    let filled = |code: DivisionCode, id: &str| {
        demo.filled.iter().any(|plan| plan.township == code && plan.scheme == id)
    };
    let plan = |law: RuleLaw, subject: Subject| {
        let edition = package.editions().last()?;
        edition.townships().iter().find_map(|(code, township)| {
            let mut schemes = township.schemes.values();
            let scheme = schemes.find(|scheme| {
                scheme.law == law && scheme.subject == subject && !filled(*code, &scheme.id)
            })?;
            let event = scheme.events.first()?.kind.clone();
            Some(demo::Plan { township: *code, scheme: scheme.id.clone(), event })
        })
    };
    let settings = demo::Settings {
        seed: demo.seed,
        households_per_village: demo.households_per_village,
        one_shoulder_permille: demo.one_shoulder_permille,
        volunteer_permille: demo.volunteer_permille,
        panel_members: demo.panel_members,
        term_from: demo.term_from,
        term_to: demo.term_to,
        period: demo.period.clone(),
        period_from: demo.period_from,
        period_to: demo.period_to,
        matters_village: demo.matters_village,
        matters_day: demo.matters_day,
        officers: demo.officers.iter().map(officer).collect(),
        sheets: plan(RuleLaw::Settle, Subject::Household),
        hours: plan(RuleLaw::Score, Subject::Person),
        filled: demo.filled.iter().filter_map(|plan| filling(package, plan)).collect(),
    };
    demo::generate(&units, &settings).map_err(|error| internal(&error.to_string()))
}

/// A scheme that is not there any more gets no events.
fn filling(package: &Package, plan: &package::DemoFilled) -> Option<demo::Filled> {
    let township = package.editions().last()?.township(plan.township)?;
    let scheme = township.schemes.get(&plan.scheme)?;
    let events = plan.events.iter().map(|event| demo::Sort {
        kind: event.kind.clone(),
        permille: event.permille,
        most: event.most,
        panel: event.panel,
        quantities: event.quantities.clone(),
    });
    Some(demo::Filled {
        township: plan.township,
        scheme: plan.scheme.clone(),
        households: scheme.subject == Subject::Household,
        villages: plan.villages,
        events: events.collect(),
    })
}

fn officer(more: &package::DemoOfficer) -> demo::Officer {
    let level = match more.level {
        package::RoleLevel::Village => DivisionLevel::Village,
        package::RoleLevel::Township => DivisionLevel::Township,
        package::RoleLevel::District => DivisionLevel::County,
    };
    demo::Officer { level, role: more.role.clone(), department: more.department.clone() }
}

/// The generated rows as effects, one group per unit, on the chain of its township or of the district.
fn standing_effects(data: &DemoData) -> Vec<(DivisionCode, Vec<Effect>)> {
    let mut groups: BTreeMap<DivisionCode, Vec<Effect>> = BTreeMap::new();
    for person in &data.persons {
        groups.entry(person.unit).or_default().push(Effect::Person(Person {
            id: person.id.clone(),
            unit: person.unit,
            household: person.household.clone(),
            suspended_from: None,
            suspended_to: None,
            personal: None,
        }));
    }
    for post in &data.posts {
        groups.entry(post.unit).or_default().push(Effect::Post(Post {
            id: format!("{}/{}", post.holder, post.role),
            holder: post.holder.clone(),
            role: post.role.clone(),
            unit: post.unit,
            department: post.department.clone(),
            from: post.from,
            to: post.to,
        }));
    }
    let mut households: BTreeMap<DivisionCode, Vec<Household>> = BTreeMap::new();
    for row in &data.households {
        households.entry(row.village).or_default().push(Household {
            id: row.id.clone(),
            village: row.village,
            members: row.members,
            kin: row.kin.clone(),
        });
    }
    for (village, rows) in households {
        groups.entry(village).or_default().push(Effect::Households(rows));
    }
    records(data, &mut groups);
    let chain = |unit: DivisionCode| {
        if unit.level() == DivisionLevel::County { unit } else { unit.township() }
    };
    groups.into_iter().map(|(unit, effects)| (chain(unit), effects)).collect()
}

fn records(data: &DemoData, groups: &mut BTreeMap<DivisionCode, Vec<Effect>>) {
    for row in &data.meetings {
        groups.entry(row.village).or_default().push(Effect::Meeting(Meeting {
            id: row.id.clone(),
            body: row.body.clone(),
            village: row.village,
            item: row.item.clone(),
            matter: row.matter.clone(),
            day: row.day,
            notice_day: row.notice_day,
            tally: row.tally,
            recorded_by: row.recorded_by.clone(),
            // the demo's clerk enters a record on the day of the meeting
            recorded: Some(row.day),
            register: Register::default(),
        }));
    }
    for row in &data.matters {
        let taken = row.taken.iter().map(|t| TakenStep {
            step: t.step.clone(),
            day: t.day,
            by: t.by.clone(),
            record: t.record.clone(),
            grant: String::new(),
            cents: None,
        });
        groups.entry(row.village).or_default().push(Effect::Matter(Matter {
            id: row.id.clone(),
            item: row.item.clone(),
            village: row.village,
            title: row.title.clone(),
            amount_cents: row.amount_cents,
            seal_class: row.seal_class.clone(),
            relatives: BTreeSet::new(),
            opened_by: row.opened_by.clone(),
            opened: row.opened,
            taken: taken.collect(),
            course: Course::default(),
        }));
    }
    for row in &data.rounds {
        groups.entry(row.village).or_default().push(Effect::Round(Round {
            id: row.id.clone(),
            scheme: row.scheme.clone(),
            village: row.village,
            period: row.period.clone(),
            opened_by: row.opened_by.clone(),
            closed: None,
            closed_by: String::new(),
            cents: None,
            basis: None,
            confirmed: None,
            confirmed_by: String::new(),
            sources: Vec::new(),
            sees_from: None,
            readers: Vec::new(),
        }));
    }
}
