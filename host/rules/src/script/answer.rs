//! Answers from maps; an unknown key, a missing key or a wrong type throws the answer away.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, Map};

use crate::checks::{self, clip};
use crate::{Claim, Quote, QuoteInput, RowRefusal, RuleError, RuleRow};

fn bad(problem: impl Into<String>) -> RuleError {
    RuleError::BadAnswer { problem: problem.into() }
}

/// A map whose keys are taken one by one; none may be left over.
struct Fields(Map);

impl Fields {
    fn of(value: Dynamic) -> Result<Self, RuleError> {
        let kind = value.type_name();
        value
            .try_cast::<Map>()
            .map(Self)
            .ok_or_else(|| bad(format!("a {kind} where a map `#{{…}}` is needed")))
    }

    fn take(&mut self, name: &str) -> Option<Dynamic> {
        self.0.remove(name)
    }

    fn need(&mut self, name: &str) -> Result<Dynamic, RuleError> {
        self.take(name).ok_or_else(|| bad(format!("`{name}` is missing")))
    }

    fn number(&mut self, name: &str) -> Result<i64, RuleError> {
        self.need(name)?
            .as_int()
            .map_err(|kind| bad(format!("`{name}` is a {kind}, not a whole number")))
    }

    fn text(&mut self, name: &str) -> Result<String, RuleError> {
        self.need(name)?
            .into_string()
            .map_err(|kind| bad(format!("`{name}` is a {kind}, not a text")))
    }

    fn done(self) -> Result<(), RuleError> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(bad(format!("`{}` is no field of an answer", clip(key)))),
        }
    }
}

/// `score` returns one claim, an array of claims, or `#{refuse: "CODE", text: "…"}`.
pub(super) fn claims(
    row: &RuleRow,
    value: Dynamic,
) -> Result<Result<Vec<Claim>, RowRefusal>, RuleError> {
    let given =
        if value.is_array() { value.try_cast::<Array>().unwrap_or_default() } else { vec![value] };
    if let [only] = given.as_slice()
        && only.read_lock::<Map>().is_some_and(|map| map.contains_key("refuse"))
    {
        let mut fields = Fields::of(only.clone())?;
        let refusal = RowRefusal {
            subject: row.subject.clone(),
            code: fields.text("refuse")?,
            text: fields.text("text")?,
        };
        fields.done()?;
        checks::refusal(&refusal)?;
        return Ok(Err(refusal));
    }
    let claims = given.into_iter().map(|value| claim(row, value)).collect::<Result<Vec<_>, _>>()?;
    checks::claims(row, &claims)?;
    Ok(Ok(claims))
}

/// `events` are places in `row.events`; a claim that names none rests on all events of the row.
fn claim(row: &RuleRow, value: Dynamic) -> Result<Claim, RuleError> {
    let mut fields = Fields::of(value)?;
    let events = match fields.take("events") {
        None => row.events.iter().map(|event| event.id.clone()).collect(),
        Some(list) => cited(row, list)?,
    };
    let facts = match fields.take("facts") {
        None => BTreeMap::new(),
        Some(map) => facts(map)?,
    };
    let claim = Claim {
        subject: row.subject.clone(),
        item: fields.text("item")?,
        points: fields.number("points")?,
        reason: fields.text("reason")?,
        clause: fields.text("clause")?,
        events,
        facts,
    };
    fields.done()?;
    Ok(claim)
}

fn cited(row: &RuleRow, list: Dynamic) -> Result<Vec<String>, RuleError> {
    let list = list.try_cast::<Array>().ok_or_else(|| bad("`events` is not an array"))?;
    let one = |place: Dynamic| {
        let place = place.as_int().map_err(|kind| bad(format!("`events` holds a {kind}")))?;
        let event = usize::try_from(place).ok().and_then(|place| row.events.get(place));
        event
            .map(|event| event.id.clone())
            .ok_or_else(|| bad(format!("`events` names place {place}, not in the row")))
    };
    list.into_iter().map(one).collect()
}

fn facts(map: Dynamic) -> Result<BTreeMap<String, i64>, RuleError> {
    let one = |(name, value): (String, Dynamic)| {
        let value =
            value.as_int().map_err(|kind| bad(format!("fact `{}` is a {kind}", clip(&name))))?;
        Ok((name, value))
    };
    Fields::of(map)?.0.into_iter().map(|(name, value)| one((name.to_string(), value))).collect()
}

/// `quote` returns one map with exactly the five fields of a quote.
pub(super) fn quote(asked: &QuoteInput, value: Dynamic) -> Result<Quote, RuleError> {
    let mut fields = Fields::of(value)?;
    let eligible = fields.need("eligible")?;
    let eligible = eligible
        .as_bool()
        .map_err(|kind| bad(format!("`eligible` is a {kind}, not true or false")))?;
    let quote = Quote {
        eligible,
        points: fields.number("points")?,
        cents: fields.number("cents")?,
        quantity_max: fields.number("quantity_max")?,
        reason: fields.text("reason")?,
    };
    fields.done()?;
    checks::quote(asked, &quote)?;
    Ok(quote)
}
