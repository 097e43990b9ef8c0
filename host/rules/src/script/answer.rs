//! Answers from maps; an unknown key, a missing key or a wrong type throws the answer away.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, Map};

use crate::checks::{self, clip};
use crate::{
    Claim, Distribution, Entitlement, Grade, Quote, QuoteInput, RowRefusal, RuleError, RuleRow,
    Settlement, Share,
};

fn bad(problem: impl Into<String>) -> RuleError {
    RuleError::BadAnswer { problem: problem.into() }
}

/// A map whose values are taken one by one; none may be left over.
struct Fields {
    map: Map,
    /// What was taken stays in the map as nothing, which is cheaper than to take its key out as well.
    taken: Vec<&'static str>,
}

impl Fields {
    fn of(value: Dynamic) -> Result<Self, RuleError> {
        let map = value.try_cast_result::<Map>().map_err(|value| {
            bad(format!("a {} where a map `#{{…}}` is needed", value.type_name()))
        })?;
        Ok(Self { map, taken: Vec::with_capacity(8) })
    }

    fn take(&mut self, name: &'static str) -> Option<Dynamic> {
        let found = self.map.get_mut(name).map(Dynamic::take)?;
        self.taken.push(name);
        Some(found)
    }

    fn need(&mut self, name: &'static str) -> Result<Dynamic, RuleError> {
        self.take(name).ok_or_else(|| bad(format!("`{name}` is missing")))
    }

    fn number(&mut self, name: &'static str) -> Result<i64, RuleError> {
        self.need(name)?
            .as_int()
            .map_err(|kind| bad(format!("`{name}` is a {kind}, not a whole number")))
    }

    fn text(&mut self, name: &'static str) -> Result<String, RuleError> {
        self.need(name)?
            .into_string()
            .map_err(|kind| bad(format!("`{name}` is a {kind}, not a text")))
    }

    fn truth(&mut self, name: &'static str) -> Result<bool, RuleError> {
        self.need(name)?
            .as_bool()
            .map_err(|kind| bad(format!("`{name}` is a {kind}, not true or false")))
    }

    fn done(self) -> Result<(), RuleError> {
        if self.map.len() == self.taken.len() {
            return Ok(());
        }
        let other = self.map.keys().find(|key| !self.taken.contains(&key.as_str()));
        let other = other.map_or("", |key| key.as_str());
        Err(bad(format!("`{}` is no field of an answer", clip(other))))
    }
}

/// What a row comes to when it is not an answer: `#{refuse: "CODE", text: "…"}`.
fn refused(row: &RuleRow, value: &Dynamic) -> Result<Option<RowRefusal>, RuleError> {
    if !value.read_lock::<Map>().is_some_and(|map| map.contains_key("refuse")) {
        return Ok(None);
    }
    let mut fields = Fields::of(value.clone())?;
    let refusal = RowRefusal {
        subject: row.subject.clone(),
        code: fields.text("refuse")?,
        text: fields.text("text")?,
    };
    fields.done()?;
    checks::refusal(&refusal)?;
    Ok(Some(refusal))
}

/// `score`, `convert` and `assess` return one claim, an array of claims, or a refusal.
pub(super) fn claims(
    row: &RuleRow,
    value: Dynamic,
) -> Result<Result<Vec<Claim>, RowRefusal>, RuleError> {
    let given = match value.try_cast_result::<Array>() {
        Ok(list) => list,
        Err(only) => vec![only],
    };
    if let [only] = given.as_slice()
        && let Some(refusal) = refused(row, only)?
    {
        return Ok(Err(refusal));
    }
    let mut claims = Vec::with_capacity(given.len());
    for value in given {
        claims.push(claim(row, value)?);
    }
    checks::claims(row, &claims)?;
    Ok(Ok(claims))
}

/// One answer for each row, in the order of the rows.
fn each(rows: &[RuleRow], value: Dynamic) -> Result<Array, RuleError> {
    let kind = value.type_name();
    let list = value
        .try_cast::<Array>()
        .ok_or_else(|| bad(format!("a {kind} where an array with one answer per row is needed")))?;
    if list.len() == rows.len() {
        return Ok(list);
    }
    Err(bad(format!("{} answers for {} rows", list.len(), rows.len())))
}

/// `settle` returns an array: for each row what `score` would return for it.
pub(super) fn settlement(rows: &[RuleRow], value: Dynamic) -> Result<Settlement, RuleError> {
    let mut settlement = Settlement::default();
    for (row, value) in rows.iter().zip(each(rows, value)?) {
        match claims(row, value)? {
            Ok(mut own) => settlement.claims.append(&mut own),
            Err(refusal) => settlement.refused.push(refusal),
        }
    }
    Ok(settlement)
}

/// `grade` returns one grade or a refusal.
pub(super) fn grade(row: &RuleRow, value: Dynamic) -> Result<Result<Grade, RowRefusal>, RuleError> {
    if let Some(refusal) = refused(row, &value)? {
        return Ok(Err(refusal));
    }
    let mut fields = Fields::of(value)?;
    let until = fields.take("until").filter(|until| !until.is_unit());
    let until =
        until.map(|until| until.as_int().map_err(|kind| bad(format!("`until` is a {kind}"))));
    let grade = Grade {
        subject: row.subject.clone(),
        grade: fields.text("grade")?,
        reason: fields.text("reason")?,
        clause: fields.text("clause")?,
        until: until.transpose()?,
        events: events(row, &mut fields)?,
        facts: facts(&mut fields)?,
    };
    fields.done()?;
    let grade = Ok(grade);
    checks::grades(std::slice::from_ref(&grade))?;
    Ok(grade)
}

/// `qualify` returns yes or no with its reason, or a refusal.
pub(super) fn entitlement(
    row: &RuleRow,
    value: Dynamic,
) -> Result<Result<Entitlement, RowRefusal>, RuleError> {
    if let Some(refusal) = refused(row, &value)? {
        return Ok(Err(refusal));
    }
    let mut fields = Fields::of(value)?;
    let entitlement = Entitlement {
        subject: row.subject.clone(),
        eligible: fields.truth("eligible")?,
        reason: fields.text("reason")?,
        clause: fields.text("clause")?,
        facts: facts(&mut fields)?,
    };
    fields.done()?;
    let entitlement = Ok(entitlement);
    checks::entitlements(std::slice::from_ref(&entitlement))?;
    Ok(entitlement)
}

/// `distribute` returns `#{shares: […], rest: cents}` with one share or refusal for each row.
pub(super) fn distribution(
    rows: &[RuleRow],
    cents: i64,
    value: Dynamic,
) -> Result<Distribution, RuleError> {
    let mut fields = Fields::of(value)?;
    let rest = fields.number("rest")?;
    let list = each(rows, fields.need("shares")?)?;
    fields.done()?;
    let shares = rows.iter().zip(list).map(|(row, value)| share(row, value));
    let distribution = Distribution { shares: shares.collect::<Result<_, _>>()?, rest };
    checks::distribution(cents, &distribution)?;
    Ok(distribution)
}

fn share(row: &RuleRow, value: Dynamic) -> Result<Result<Share, RowRefusal>, RuleError> {
    if let Some(refusal) = refused(row, &value)? {
        return Ok(Err(refusal));
    }
    let mut fields = Fields::of(value)?;
    let share = Share {
        subject: row.subject.clone(),
        cents: fields.number("cents")?,
        reason: fields.text("reason")?,
        clause: fields.text("clause")?,
        facts: facts(&mut fields)?,
    };
    fields.done()?;
    Ok(Ok(share))
}

/// One entry to be posted.
fn claim(row: &RuleRow, value: Dynamic) -> Result<Claim, RuleError> {
    let mut fields = Fields::of(value)?;
    let claim = Claim {
        subject: row.subject.clone(),
        item: fields.text("item")?,
        points: fields.number("points")?,
        reason: fields.text("reason")?,
        clause: fields.text("clause")?,
        events: events(row, &mut fields)?,
        facts: facts(&mut fields)?,
    };
    fields.done()?;
    Ok(claim)
}

/// `events` are places in `row.events`; an answer that names none rests on all events of the row.
fn events(row: &RuleRow, fields: &mut Fields) -> Result<Vec<String>, RuleError> {
    match fields.take("events") {
        None => Ok(row.events.iter().map(|event| event.id.as_str().to_owned()).collect()),
        Some(list) => cited(row, list),
    }
}

fn cited(row: &RuleRow, list: Dynamic) -> Result<Vec<String>, RuleError> {
    let list = list.try_cast::<Array>().ok_or_else(|| bad("`events` is not an array"))?;
    let one = |place: Dynamic| {
        let place = place.as_int().map_err(|kind| bad(format!("`events` holds a {kind}")))?;
        let event = usize::try_from(place).ok().and_then(|place| row.events.get(place));
        event
            .map(|event| event.id.as_str().to_owned())
            .ok_or_else(|| bad(format!("`events` names place {place}, not in the row")))
    };
    list.into_iter().map(one).collect()
}

fn facts(fields: &mut Fields) -> Result<BTreeMap<String, i64>, RuleError> {
    let Some(map) = fields.take("facts") else { return Ok(BTreeMap::new()) };
    let mut facts = BTreeMap::new();
    for (name, value) in &Fields::of(map)?.map {
        let value =
            value.as_int().map_err(|kind| bad(format!("fact `{}` is a {kind}", clip(name))))?;
        facts.insert(name.as_str().to_owned(), value);
    }
    Ok(facts)
}

/// `quote` returns one map with exactly the five fields of a quote.
pub(super) fn quote(asked: &QuoteInput, value: Dynamic) -> Result<Quote, RuleError> {
    let mut fields = Fields::of(value)?;
    let quote = Quote {
        eligible: fields.truth("eligible")?,
        points: fields.number("points")?,
        cents: fields.number("cents")?,
        quantity_max: fields.number("quantity_max")?,
        reason: fields.text("reason")?,
    };
    fields.done()?;
    checks::quote(asked, &quote)?;
    Ok(quote)
}
