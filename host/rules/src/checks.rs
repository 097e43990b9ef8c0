//! What every question and every answer must satisfy, whichever engine runs the rule.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    AMOUNT_MAX, Claim, Declared, Description, Distribution, Entitlement, Grade, LimitKind, Quote,
    QuoteInput, RowRefusal, RuleError, RuleEvent, RuleInput, RuleRow, STATE_MAX,
};

/// The longest code, reason or clause, in bytes.
pub(crate) const TEXT_MAX: usize = 600;
/// The longest item code, in bytes.
pub(crate) const ITEM_MAX: usize = 120;

fn bad(problem: impl Into<String>) -> RuleError {
    RuleError::BadAnswer { problem: problem.into() }
}

fn input(problem: String, text: String) -> RuleError {
    RuleError::BadInput { problem, text }
}

/// The question: subjects once each, ids once each, settings and facts as declared. Quantities are checked where they
/// are read.
pub(crate) fn question(
    asked: &RuleInput,
    description: Option<&Description>,
) -> Result<(), RuleError> {
    settings(&asked.settings, description)?;
    for row in &asked.rows {
        if row.state.len() > STATE_MAX {
            let max = u64::try_from(STATE_MAX).unwrap_or(u64::MAX);
            return Err(RuleError::Limit { limit: LimitKind::Input, max });
        }
    }
    let subjects = asked.rows.iter().map(|row| row.subject.as_str());
    if let Some(subject) = repeated(asked.rows.len(), subjects) {
        let text = format!("对象“{subject}”在同一批里出现了两次，没有计算。");
        return Err(input(format!("subject `{subject}` is listed twice"), text));
    }
    let many = asked.rows.iter().map(|row| row.events.len()).fold(0, usize::saturating_add);
    let events = asked.rows.iter().flat_map(|row| &row.events);
    if let Some(event) = repeated(many, events.map(|event| event.id.as_str())) {
        let text = format!("事项“{event}”在同一批里出现了两次，没有计算。");
        return Err(input(format!("event `{event}` is listed twice"), text));
    }
    declared_facts(asked, description)
}

/// The first of `many` texts that comes a second time.
#[expect(clippy::disallowed_types, reason = "asked whether something is in it, never walked")]
fn repeated<'a>(many: usize, mut texts: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let hasher = foldhash::fast::RandomState::default();
    let mut seen = std::collections::HashSet::with_capacity_and_hasher(many, hasher);
    texts.find(|text| !seen.insert(*text))
}

/// Facts that the rule declares are there and lie within their bounds.
fn declared_facts(asked: &RuleInput, description: Option<&Description>) -> Result<(), RuleError> {
    for known in description.map_or(&[][..], |description| &description.facts) {
        for row in &asked.rows {
            fact(&row.subject, known, row.facts.get(&known.name))?;
        }
    }
    Ok(())
}

/// A redemption: settings and declared figures of the account and the offer are there and within their bounds.
pub(crate) fn request(asked: &QuoteInput, description: &Description) -> Result<(), RuleError> {
    settings(&asked.settings, Some(description))?;
    for known in &description.facts {
        let found = asked.account.get(&known.name).or_else(|| asked.offer_facts.get(&known.name));
        fact(&asked.offer, known, found)?;
    }
    Ok(())
}

fn fact(of: &str, known: &Declared, found: Option<&i64>) -> Result<(), RuleError> {
    let Declared { name, title, min, max, .. } = known;
    let (problem, text) = match found {
        Some(value) if (min..=max).contains(&value) => return Ok(()),
        Some(value) => (
            format!("fact `{name}` of `{of}` is {value}, outside {min}..={max}"),
            format!("“{of}”的“{title}”（{name}）为{value}，应在{min}到{max}之间，没有计算。"),
        ),
        None => (
            format!("fact `{name}` of `{of}` is missing"),
            format!("规则需要“{of}”的“{title}”（{name}），现在没有，没有计算。"),
        ),
    };
    Err(input(problem, text))
}

/// Quantities that the rule declares lie within its bounds; others are left to the rule.
pub(crate) fn quantities(asked: &RuleInput, description: &Description) -> Result<(), RuleError> {
    let bounds: BTreeMap<&str, (i64, i64)> =
        description.quantities.iter().map(|q| (q.name.as_str(), (q.min, q.max))).collect();
    for event in asked.rows.iter().flat_map(|row| &row.events) {
        for (name, amount) in &event.quantities {
            if let Some(bounds) = bounds.get(name.as_str()) {
                quantity(event, name, *amount, *bounds)?;
            }
        }
    }
    Ok(())
}

/// One declared quantity of an event.
pub(crate) fn quantity(
    event: &RuleEvent,
    name: &str,
    amount: i64,
    (min, max): (i64, i64),
) -> Result<(), RuleError> {
    if (min..=max).contains(&amount) {
        return Ok(());
    }
    let problem = format!("`{name}` of event `{}` is {amount}, outside {min}..={max}", event.id);
    let text = format!("事项“{}”的“{name}”为{amount}，应在{min}到{max}之间，没有计算。", event.id);
    Err(input(problem, text))
}

/// Each declared setting is there and within its bounds.
pub(crate) fn settings(
    given: &BTreeMap<String, i64>,
    description: Option<&Description>,
) -> Result<(), RuleError> {
    for wanted in description.map_or(&[][..], |d| &d.settings) {
        let (name, min, max) = (&wanted.name, wanted.min, wanted.max);
        match given.get(name) {
            None => {
                let text =
                    format!("规则需要参数“{}”（{name}），本方案没有写，没有计算。", wanted.title);
                return Err(input(
                    format!("setting `{name}` is missing; add it to the scheme's settings"),
                    text,
                ));
            }
            Some(value) if *value < min || *value > max => {
                let text = format!(
                    "参数“{}”（{name}）为{value}，应在{min}到{max}之间，没有计算。",
                    wanted.title
                );
                return Err(input(
                    format!("setting `{name}` is {value}, outside {min}..={max}"),
                    text,
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The claims for one row: about this row and its events only, one per item, amounts within bounds.
pub(crate) fn claims(row: &RuleRow, claims: &[Claim]) -> Result<(), RuleError> {
    entries(row, claims)?;
    claims.iter().try_for_each(|claim| cited(row, claim))
}

/// The same, but for the events that are cited.
pub(crate) fn entries(row: &RuleRow, claims: &[Claim]) -> Result<(), RuleError> {
    let mut items = BTreeSet::new();
    for claim in claims {
        if claim.subject != row.subject {
            return Err(bad(format!(
                "a claim for `{}` in the answer for `{}`",
                claim.subject, row.subject
            )));
        }
        if claims.len() > 1 && !items.insert(claim.item.as_str()) {
            return Err(bad(format!(
                "two claims for `{}` and item `{}`",
                claim.subject, claim.item
            )));
        }
        amount("points", claim.points)?;
        text("item", &claim.item, ITEM_MAX)?;
        text("reason", &claim.reason, TEXT_MAX)?;
        text("clause", &claim.clause, TEXT_MAX)?;
    }
    Ok(())
}

/// Events of the row, each once.
fn cited(row: &RuleRow, claim: &Claim) -> Result<(), RuleError> {
    // mostly in the order of the row, where one walk over both lists is enough
    let mut own = row.events.iter();
    if claim.events.iter().all(|cited| own.any(|event| event.id == *cited)) {
        return Ok(());
    }
    let own: BTreeSet<&str> = row.events.iter().map(|event| event.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    for event in &claim.events {
        if !own.contains(event.as_str()) {
            return Err(bad(format!(
                "the claim for `{}` cites `{event}`, no event of that row",
                claim.subject
            )));
        }
        if !seen.insert(event) {
            return Err(bad(format!("the claim for `{}` cites `{event}` twice", claim.subject)));
        }
    }
    Ok(())
}

/// A refusal says why.
pub(crate) fn refusal(refusal: &RowRefusal) -> Result<(), RuleError> {
    refusal_code(&refusal.code)?;
    text("text", &refusal.text, TEXT_MAX)
}

/// The shape of a refusal's code.
pub(crate) fn refusal_code(code: &str) -> Result<(), RuleError> {
    let shape = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if code.is_empty() || code.len() > ITEM_MAX || !code.chars().all(shape) {
        return Err(bad(format!("`{}` is not a refusal code; use UPPER_SNAKE_CASE", clip(code))));
    }
    Ok(())
}

/// A quote: bounds, no sign surprises, and no price without eligibility.
pub(crate) fn quote(asked: &QuoteInput, quote: &Quote) -> Result<(), RuleError> {
    amount("points", quote.points)?;
    amount("cents", quote.cents)?;
    amount("quantity_max", quote.quantity_max)?;
    if quote.points < 0 || quote.cents < 0 || quote.quantity_max < 0 {
        return Err(bad("a negative price or quantity in a quote"));
    }
    if quote.reason.len() > TEXT_MAX {
        return Err(bad("the reason is too long"));
    }
    if quote.eligible {
        if asked.quantity > quote.quantity_max {
            return Err(bad("eligible for more than the largest quantity"));
        }
    } else if quote.points != 0 || quote.cents != 0 || quote.reason.trim().is_empty() {
        return Err(bad("not eligible, but priced or without a reason"));
    }
    Ok(())
}

/// Grades: every one with a reason and a clause.
pub(crate) fn grades(grades: &[Result<Grade, RowRefusal>]) -> Result<(), RuleError> {
    for grade in grades.iter().flatten() {
        text("grade", &grade.grade, ITEM_MAX)?;
        text("reason", &grade.reason, TEXT_MAX)?;
        text("clause", &grade.clause, TEXT_MAX)?;
    }
    Ok(())
}

/// A fund shared out: nobody gives anything back, and shares and rest are the fund to the cent.
pub(crate) fn distribution(cents: i64, given: &Distribution) -> Result<(), RuleError> {
    let mut sum = i128::from(given.rest);
    if given.rest < 0 {
        return Err(bad(format!("the rest of the fund is {}", given.rest)));
    }
    for share in given.shares.iter().flatten() {
        amount("cents", share.cents)?;
        if share.cents < 0 {
            return Err(bad(format!("the share of `{}` is {}", share.subject, share.cents)));
        }
        text("reason", &share.reason, TEXT_MAX)?;
        text("clause", &share.clause, TEXT_MAX)?;
        sum = sum.saturating_add(share.cents.into());
    }
    if sum != i128::from(cents) {
        return Err(bad(format!("shares and rest are {sum} cents, the fund has {cents}")));
    }
    Ok(())
}

/// Benefits: yes and no alike with a reason and a clause.
pub(crate) fn entitlements(given: &[Result<Entitlement, RowRefusal>]) -> Result<(), RuleError> {
    for one in given.iter().flatten() {
        text("reason", &one.reason, TEXT_MAX)?;
        text("clause", &one.clause, TEXT_MAX)?;
    }
    Ok(())
}

fn amount(name: &str, value: i64) -> Result<(), RuleError> {
    if (-AMOUNT_MAX..=AMOUNT_MAX).contains(&value) {
        Ok(())
    } else {
        Err(bad(format!("`{name}` is {value}, beyond {AMOUNT_MAX} either way")))
    }
}

pub(crate) fn text(name: &str, value: &str, max: usize) -> Result<(), RuleError> {
    if value.trim().is_empty() || value.len() > max {
        return Err(bad(format!("`{name}` is empty or longer than {max} bytes")));
    }
    Ok(())
}

/// Enough of a rule's text to recognise it in a message.
pub(crate) fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
