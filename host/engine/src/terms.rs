//! From the package's further terms of steps and a matter's record to what the flow engine compares.

use std::collections::BTreeMap;

use flow::{Beside, SPLIT};
use model::{CivilDay, DivisionCode, Record, Value};
use package::{Bound, Edition, Needs, Price, Variant};

use crate::explanation::Language;
use crate::flows::named;
use crate::gather;
use crate::row::Matter;
use crate::state::State;

/// Roles that are one person's where a village is 一肩挑.
const ONE_SHOULDER: [&str; 2] = ["secretary", "director"];

/// The holiday calendars of an edition.
pub(crate) fn calendar(edition: &Edition) -> flow::Calendar {
    let mut calendar = flow::Calendar::default();
    for (year, of) in edition.calendar() {
        let holidays = of.holidays.iter().flat_map(package::Holiday::days);
        let workdays = of.holidays.iter().flat_map(|h| h.workdays.iter().copied());
        calendar.add(*year, holidays, workdays);
    }
    calendar
}

/// A step's further terms for one matter, under these parameters; none when a parameter has no value.
pub(crate) fn gate(
    step: &package::Step,
    project: &str,
    parameters: &BTreeMap<String, i64>,
    language: Language,
) -> Option<flow::Gate> {
    let of = &step.gates;
    let price = of.price.map(|price| match (price, of.bound) {
        (Price::Review, _) => flow::Price::Review,
        (Price::Contract, Some(Bound::Ceiling)) => flow::Price::AtMost,
        (Price::Contract, Some(Bound::Floor)) => flow::Price::AtLeast,
        (Price::Contract, None) => flow::Price::Contract,
        (Price::Change, _) => flow::Price::Change,
    });
    let organ = |organ: &package::Organ| flow::Organ {
        role: organ.role.clone(),
        title: named(language, &organ.title, &organ.title_en),
    };
    let joint = match &of.joint {
        None => None,
        Some(joint) => Some(flow::Joint {
            needed: joint.needed.value(parameters)?,
            mandatory: joint
                .mandatory
                .iter()
                .chain(joint.by_project.get(project))
                .map(organ)
                .collect(),
            optional: joint.optional.iter().map(organ).collect(),
        }),
    };
    Some(flow::Gate {
        discloses: of.discloses,
        price,
        needs_review: of.needs_review,
        joint,
        ratifies: of.ratifies,
    })
}

/// An item's bands under these parameters; none when a parameter has no value.
pub(crate) fn bands(
    item: &package::Item,
    parameters: &BTreeMap<String, i64>,
) -> Option<Vec<flow::Band>> {
    let band = |band: &package::Band| {
        let below = match &band.below {
            None => None,
            Some(number) => Some(number.value(parameters)?),
        };
        Some(flow::Band { title: band.title.clone(), body: band.body.clone(), below })
    };
    item.ladder.bands.iter().map(band).collect()
}

/// Whether facts about a matter's steps hang on more than its own row: on other matters, on posts or on
/// today. Such facts are not kept from one question to the next.
pub(crate) fn changes_by_itself(item: &package::Item, variant: Option<&Variant>) -> bool {
    item.ladder.split_window_days.is_some()
        || variant.is_some_and(|variant| variant.needs.is_some())
        || item.steps.iter().any(|step| step.gates.ratifies)
}

/// What stands beside the steps of a matter. Matters of the same village and site that were opened
/// within the item's window of this one count together, whatever item they are of.
pub(crate) fn beside(
    state: &State,
    row: &Matter,
    item: &package::Item,
    parameters: &BTreeMap<String, i64>,
) -> Beside {
    let course = &row.course;
    let window = item.ladder.split_window_days.as_ref().and_then(|days| days.value(parameters));
    let linked_cents = linked(state, row, window);
    let prices = row.taken.iter().filter_map(|t| Some((t.step.clone(), t.cents?)));
    let query = |query: &crate::course::Query| flow::Query {
        number: query.number,
        step: (!query.step.is_empty()).then(|| query.step.clone()),
        day: query.day,
        answered: query.answered.is_some(),
    };
    let signed = |sign: &crate::course::SignOff| flow::SignOff {
        step: sign.step.clone(),
        role: sign.role.clone(),
        by: sign.by.clone(),
    };
    // A sum that has grown since has not been let pass.
    let holds = |pass: &&crate::course::Pass| pass.hold != SPLIT || linked_cents <= pass.cents;
    Beside {
        amount_cents: row.amount_cents,
        linked_cents,
        published: course.published.keys().cloned().collect(),
        prices: prices.collect(),
        queries: course.queries.iter().map(query).collect(),
        signed: course.signed.iter().map(signed).collect(),
        passed: course.passed.iter().filter(holds).map(|pass| pass.hold.clone()).collect(),
    }
}

fn linked(state: &State, row: &Matter, window: Option<i64>) -> i64 {
    let (Some(window), false) = (window, row.course.site.is_empty()) else {
        return row.amount_cents;
    };
    let near = |other: &&Matter| {
        let apart = other.opened.number().saturating_sub(row.opened.number());
        other.id != row.id
            && other.course.site == row.course.site
            && apart.saturating_abs() <= window
    };
    let prefix = format!("{}-", row.village);
    let others = state.matters.starting_with(&prefix).filter(near);
    others.fold(row.amount_cents, |sum, other| sum.saturating_add(other.amount_cents))
}

/// The one person who is secretary and director of a village on a day; none where they are two.
pub(crate) fn one_shoulder(state: &State, village: DivisionCode, day: CivilDay) -> Option<String> {
    let held = |role: &str| {
        // A holder's id need not be one of the village.
        let now = state.posts.iter().filter(|p| p.unit == village && p.role == role);
        let now = now.filter(|p| p.from <= day && day <= p.to);
        now.map(|post| post.holder.clone()).collect::<std::collections::BTreeSet<_>>()
    };
    let [secretaries, directors] = ONE_SHOULDER.map(held);
    let mut both = secretaries.intersection(&directors);
    both.next().filter(|_| secretaries.len() == 1 && directors.len() == 1).cloned()
}

/// Whether what a variant needs is so, for a step that it changes; true where nothing is needed.
pub(crate) fn variant_fits(
    state: &State,
    row: &Matter,
    variant: Option<&Variant>,
    step: &str,
    day: CivilDay,
) -> bool {
    let Some(variant) = variant.filter(|v| v.changed.iter().any(|id| id == step)) else {
        return true;
    };
    match variant.needs {
        None => true,
        Some(Needs::OneShoulder) => one_shoulder(state, row.village, day).is_some(),
    }
}

/// The flow engine's facts as the policies read them (`StepGates`).
pub(crate) fn facts(of: &flow::GateFacts, variant_fits: bool) -> Record {
    let texts = |set: &std::collections::BTreeSet<String>| -> Value {
        set.iter().map(String::as_str).collect()
    };
    gather::record([
        ("variantFits", variant_fits.into()),
        ("unpublished", texts(&of.unpublished)),
        ("windowEnd", of.window_end.number().into()),
        ("openObjections", of.open_objections.into()),
        ("priced", of.priced.into()),
        ("reviews", of.reviews.into()),
        ("reviewMissing", of.review_missing.into()),
        ("floorCents", of.floor_cents.into()),
        ("ceilingCents", of.ceiling_cents.into()),
        ("freeFromCents", of.free_from_cents.into()),
        ("freeToCents", of.free_to_cents.into()),
        ("changeBodies", texts(&of.change_bodies)),
        ("signsNeeded", of.signs_needed.into()),
        ("signsGiven", of.signs_given.into()),
        ("signsMissing", texts(&of.signs_missing)),
        ("signRoles", texts(&of.sign_roles)),
        ("signedRoles", texts(&of.signed_roles)),
        ("signedBy", texts(&of.signed_by)),
        ("linkedCents", of.linked_cents.into()),
        ("bandBelowCents", of.band_below_cents.into()),
        ("lateDays", of.late_days.into()),
        ("passed", texts(&of.passed)),
    ])
}
