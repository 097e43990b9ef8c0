//! Turns stored rows into the flat facts that a decision may look at.
//!
//! Upholds INVARIANT (closed) of `model::Facts`: every attribute is a plain value, so nothing a
//! policy reads can be missing from the slice.

use std::collections::BTreeSet;

use ledger::{Entry, Redemption};
use model::{CivilDay, DivisionCode, Entity, EntityRef, Minute, Record, Value};
use package::Edition;

use crate::row::{Approval, Delegation, Matter, Meeting, Person, Post, Round, Task};
use crate::state::State;

/// What a caller may cite; everything else in a caller's context is dropped.
#[derive(Clone, Default, Debug)]
pub struct Cited {
    /// Post id under which the person acts.
    pub post: Option<String>,
    /// Meeting record id.
    pub record: Option<String>,
    /// Delegation id.
    pub grant: Option<String>,
    /// Purpose of reading or writing.
    pub purpose: Option<String>,
}

/// Where a resource lies, for the choice of township and posts.
pub type Place = DivisionCode;

/// Builds a record from pairs.
pub fn record<const N: usize>(pairs: [(&str, Value); N]) -> Record {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn texts<'a>(items: impl IntoIterator<Item = &'a String>) -> Value {
    items.into_iter().map(String::as_str).collect()
}

fn day(value: CivilDay) -> Value {
    Value::Long(value.number())
}

/// An entity of a kind with attributes.
pub fn entity(kind: &str, id: &str, attrs: Record) -> Entity {
    Entity { id: EntityRef::new(kind, id), attrs }
}

/// A person's facts.
pub fn person(row: &Person) -> Entity {
    let mut attrs = record([
        ("pid", row.id.as_str().into()),
        ("unit", row.unit.to_string().into()),
        ("household", row.household.as_str().into()),
    ]);
    if let Some(from) = row.suspended_from {
        attrs.insert("suspendedFrom".to_owned(), day(from));
    }
    if let Some(to) = row.suspended_to {
        attrs.insert("suspendedTo".to_owned(), day(to));
    }
    entity("Person", &row.id, attrs)
}

/// The law a village unit lives under, as Cedar facts name it; empty where the kind is not known, so
/// that no rule for either kind applies.
pub fn law_word(edition: &Edition, code: DivisionCode) -> &'static str {
    law(edition, code).map_or("", package::Law::as_str)
}

/// The law a village unit lives under.
pub fn law(edition: &Edition, code: DivisionCode) -> Option<package::Law> {
    let kind = &edition.divisions().get(code)?.kind;
    edition.district().kinds.get(kind).map(|kind| kind.law)
}

/// A village, township or district, from the division table.
pub fn unit(edition: &Edition, code: DivisionCode) -> Option<Entity> {
    let row = edition.divisions().get(code)?;
    let id = code.to_string();
    Some(match code.level() {
        model::DivisionLevel::Village => entity(
            "Village",
            &id,
            record([
                ("code", id.as_str().into()),
                ("township", code.township().to_string().into()),
                ("kind", row.kind.as_str().into()),
                ("law", law_word(edition, code).into()),
            ]),
        ),
        model::DivisionLevel::Township => {
            entity("Township", &id, record([("code", id.as_str().into())]))
        }
        model::DivisionLevel::County => {
            entity("District", &id, record([("code", id.as_str().into())]))
        }
    })
}

/// A post as a context record.
pub fn post(row: &Post) -> Value {
    Value::Record(record([
        ("role", row.role.as_str().into()),
        ("unit", row.unit.to_string().into()),
        ("department", row.department.as_str().into()),
        ("holder", row.holder.as_str().into()),
        ("fromDay", day(row.from)),
        ("toDay", day(row.to)),
    ]))
}

/// A meeting as a context record.
pub fn meeting(row: &Meeting) -> Value {
    Value::Record(record([
        ("id", row.id.as_str().into()),
        ("body", row.body.as_str().into()),
        ("village", row.village.to_string().into()),
        ("item", row.item.as_str().into()),
        ("matter", row.matter.as_str().into()),
        ("day", day(row.day)),
        ("noticeDay", day(row.notice_day)),
        ("eligible", row.tally.eligible.into()),
        ("present", row.tally.present.into()),
        ("inFavour", row.tally.in_favour.into()),
        ("against", row.tally.against.into()),
        ("abstain", row.tally.abstain.into()),
        ("recordedBy", row.recorded_by.as_str().into()),
        ("counted", row.register.counted.as_str().into()),
    ]))
}

/// Everybody who had a hand in a matter: who opened it, took a step, or signed beside others.
fn hands(row: &Matter) -> Value {
    let taken = row.taken.iter().map(|step| step.by.as_str());
    let signed = row.course.signed.iter().map(|signature| signature.by.as_str());
    let all: BTreeSet<&str> = taken.chain(signed).chain([row.opened_by.as_str()]).collect();
    all.into_iter().collect()
}

/// A delegation as a context record (acting under it, or trying to pass it on).
pub fn grant(row: &Delegation) -> Value {
    let mut attrs = delegation_facts(row);
    attrs.remove("township");
    attrs.insert("id".to_owned(), row.id.as_str().into());
    attrs.insert("grantorFromDay".to_owned(), day(row.grantor_from));
    attrs.insert("grantorToDay".to_owned(), day(row.grantor_to));
    attrs.insert("decisionRecord".to_owned(), row.decision_record.as_str().into());
    Value::Record(attrs)
}

fn delegation_facts(row: &Delegation) -> Record {
    let mut attrs = record([
        ("village", row.village.to_string().into()),
        ("township", row.village.township().to_string().into()),
        ("role", row.role.as_str().into()),
        ("items", texts(&row.items)),
        ("delegate", row.delegate.as_str().into()),
        ("grantor", row.grantor.as_str().into()),
        ("fromDay", day(row.from)),
        ("toDay", day(row.to)),
        ("depth", row.depth.into()),
        ("proposedDay", day(row.proposed)),
        ("decisionBody", row.decision_body.as_str().into()),
    ]);
    if let Some(approved) = row.approved {
        attrs.insert("approvedDay".to_owned(), day(approved));
        attrs.insert("approvedBy".to_owned(), row.approved_by.as_str().into());
    }
    if let Some(revoked) = row.revoked {
        attrs.insert("revokedAt".to_owned(), revoked.0.into());
    }
    attrs
}

/// A delegation as the thing acted upon.
pub fn delegation(row: &Delegation) -> Entity {
    entity("Delegation", &row.id, delegation_facts(row))
}

/// The step by which a matter is approved, in the step vocabulary.
const APPROVE: &str = "APPROVE";

/// A matter, with the step that is asked about (`@request`), or none.
pub fn matter(row: &Matter, edition: &Edition, step: &str) -> Entity {
    let township = row.village.township();
    let item = crate::flows::item_of(edition, row);
    let signing: BTreeSet<&str> = item
        .map(|item| item.steps.iter().filter(|s| s.signature).map(|s| s.id.as_str()).collect())
        .unwrap_or_default();
    let handler = row.taken.first().map_or("", |taken| taken.by.as_str());
    let approver =
        row.taken.iter().find(|taken| taken.step == APPROVE).map_or("", |taken| taken.by.as_str());
    let publications: BTreeSet<&str> = item
        .map(|item| {
            item.steps
                .iter()
                .filter(|s| s.stay_days != package::Number::Fixed(0))
                .map(|s| s.id.as_str())
                .collect()
        })
        .unwrap_or_default();
    let published = row
        .taken
        .iter()
        .filter(|taken| publications.contains(taken.step.as_str()))
        .map(|t| t.day)
        .max();
    let mut attrs = record([
        ("item", row.item.as_str().into()),
        ("step", step.into()),
        ("village", row.village.to_string().into()),
        ("township", township.to_string().into()),
        ("law", law_word(edition, row.village).into()),
        ("amountCents", row.amount_cents.into()),
        ("sealClass", row.seal_class.as_str().into()),
        ("done", row.taken.iter().map(|t| t.step.as_str()).collect()),
        ("handler", handler.into()),
        ("approver", approver.into()),
        (
            "signers",
            row.taken
                .iter()
                .filter(|t| signing.contains(t.step.as_str()))
                .map(|t| t.by.as_str())
                .collect(),
        ),
        ("hands", hands(row)),
        ("relatives", texts(&row.relatives)),
        ("local", item.is_some_and(|item| item.local).into()),
        ("variant", row.course.variant.as_str().into()),
        ("proposers", BTreeSet::from([row.opened_by.as_str(), handler]).into_iter().collect()),
        ("askers", row.course.unanswered().map(|query| query.by.as_str()).collect()),
        ("openQuestions", count(row.course.open_questions().count())),
    ]);
    if let Some(published) = published {
        attrs.insert("publishedDay".to_owned(), day(published));
    }
    entity("Matter", &row.id, attrs)
}

/// A count as a fact; one that does not fit is the largest there is.
fn count(of: usize) -> Value {
    i64::try_from(of).unwrap_or(i64::MAX).into()
}

/// A task as the thing acted upon.
pub fn task(row: &Task) -> Entity {
    entity(
        "Task",
        &row.id,
        record([
            ("department", row.department.as_str().into()),
            ("village", row.village.to_string().into()),
            ("township", row.village.township().to_string().into()),
            ("item", row.item.as_str().into()),
            ("basisLaw", row.basis_law.as_str().into()),
            ("basisArticle", row.basis_article.as_str().into()),
            ("fundCents", row.fund_cents.into()),
            ("releasedCents", row.released_cents.into()),
            ("staff", row.staff.into()),
            ("endDay", row.end.map_or(0, CivilDay::number).into()),
            ("proposedBy", row.proposed_by.as_str().into()),
            ("fields", texts(&row.fields)),
            ("urgency", row.urgent.as_ref().map_or("", |urgent| urgent.kind.word()).into()),
            (
                "urgencyReason",
                row.urgent.as_ref().map_or("", |urgent| urgent.reason.as_str()).into(),
            ),
        ]),
    )
}

/// An approval as a context record.
pub fn approval(row: &Approval) -> Value {
    let mut attrs = record([
        ("organ", row.organ.as_str().into()),
        ("record", row.record.as_str().into()),
        ("day", day(row.day)),
        ("toDay", day(row.to)),
        ("by", row.by.as_str().into()),
    ]);
    if let Some(revoked) = row.revoked {
        attrs.insert("revokedAt".to_owned(), revoked.0.into());
    }
    Value::Record(attrs)
}

/// An account of points.
pub fn account(state: &State, subject: &str) -> Option<(Entity, Place)> {
    let (kind, village) = match (state.households.get(subject), state.persons.get(subject)) {
        (Some(household), _) => ("household", household.village),
        (None, Some(person)) => ("person", person.unit),
        (None, None) => return None,
    };
    let attrs = record([
        ("subject", subject.into()),
        ("kind", kind.into()),
        ("village", village.to_string().into()),
        ("township", village.township().to_string().into()),
    ]);
    Some((entity("Account", subject, attrs), village))
}

/// A scoring round.
pub fn round(state: &State, row: &Round) -> Entity {
    let span = crate::scoring::span_of(&row.period);
    let inside = |event: &&crate::row::Event| {
        let day = event.day.number();
        let from = row.sees_from.map(CivilDay::number);
        event.round == row.id
            || span
                .as_ref()
                .is_none_or(|(first, last)| (from.unwrap_or(*first)..=*last).contains(&day))
    };
    let events = state.events_at(&row.scheme, row.village).filter(inside);
    let submitters: BTreeSet<&str> = events.map(|event| event.submitted_by.as_str()).collect();
    let reported = row.sources.iter().flat_map(|scheme| state.events_at(scheme, row.village));
    let reported = reported.filter(inside);
    let reported: BTreeSet<&str> = reported.map(|event| event.submitted_by.as_str()).collect();
    entity(
        "Round",
        &row.id,
        record([
            ("scheme", row.scheme.as_str().into()),
            ("village", row.village.to_string().into()),
            ("township", row.village.township().to_string().into()),
            ("closed", row.closed.is_some().into()),
            ("closedBy", row.closed_by.as_str().into()),
            ("confirmed", row.confirmed.is_some().into()),
            ("submitters", submitters.into_iter().collect()),
            ("sourceSubmitters", reported.into_iter().collect()),
            ("readers", row.readers.iter().map(String::as_str).collect()),
        ]),
    )
}

/// A redemption as the thing acted upon.
pub fn redemption(row: &Redemption) -> Entity {
    entity(
        "Redemption",
        &row.order.id,
        record([
            ("subject", row.order.subject.as_str().into()),
            ("village", row.order.village.to_string().into()),
            ("township", row.order.village.township().to_string().into()),
            ("offer", row.order.offer.as_str().into()),
            ("quantity", row.order.quantity.into()),
            ("state", row.state.name().into()),
            ("requestedBy", row.order.requested_by.as_str().into()),
        ]),
    )
}

/// Entries under review.
pub fn batch(village: DivisionCode, entries: &[&Entry]) -> Entity {
    let subjects: BTreeSet<&str> = entries.iter().map(|e| e.subject.as_str()).collect();
    let submitters: BTreeSet<&str> =
        entries.iter().flat_map(|e| e.submitters.iter().map(String::as_str)).collect();
    let negative = entries.iter().any(|e| e.points.0 < 0 && e.corrects.is_none());
    entity(
        "Batch",
        &format!("{village}-review"),
        record([
            ("village", village.to_string().into()),
            ("township", village.township().to_string().into()),
            ("subjects", subjects.into_iter().collect()),
            ("submitters", submitters.into_iter().collect()),
            ("negative", negative.into()),
        ]),
    )
}

/// The context every action has.
pub fn base_context(edition: &Edition, township: Option<DivisionCode>, now: Minute) -> Record {
    let today = now.day();
    let parameters = edition.parameters_at(township, today);
    let parameters: Record =
        parameters.into_iter().map(|(name, value)| (name, Value::Long(value))).collect();
    record([
        ("now", now.0.into()),
        ("today", day(today)),
        ("district", edition.district().code.to_string().into()),
        ("parameters", Value::Record(parameters)),
    ])
}
