//! An answer of a rule as JSON, one shape for each question; digests of questions and answers are taken over it.
//!
//! The members of an object are in order of name, so that the same answer has the same bytes on every machine. What a rule
//! logs or keeps is no part of it.

use model::{Digest, Refusal};
use rules::{Claim, Distribution, Quote, RowRefusal, Settlement};
use serde::Serialize;
use serde_json::{Value, json};

/// Answers for rows one by one that are claims: `claims` and `refused`.
pub fn of_claims(claims: &[Claim], refused: &[RowRefusal]) -> Value {
    json!({ "claims": claims, "refused": refused })
}

/// The answer of a settlement.
pub fn of_settlement(given: &Settlement) -> Value {
    of_claims(&given.claims, &given.refused)
}

/// Scores, conversions and marks.
pub fn of_scores(rows: &[Result<Vec<Claim>, RowRefusal>]) -> Value {
    let claims: Vec<&Claim> = rows.iter().flatten().flatten().collect();
    let refused: Vec<&RowRefusal> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    json!({ "claims": claims, "refused": refused })
}

/// Answers for rows one by one under a name of their own: `grades`, `entitlements`.
pub fn of_rows<T: Serialize>(name: &str, rows: &[Result<T, RowRefusal>]) -> Value {
    let given: Vec<&T> = rows.iter().flatten().collect();
    let refused: Vec<&RowRefusal> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    json!({ name: given, "refused": refused })
}

/// A fund shared out.
pub fn of_shares(given: &Distribution) -> Value {
    let mut answer = of_rows("shares", &given.shares);
    if let Some(map) = answer.as_object_mut() {
        map.insert("rest".to_owned(), given.rest.into());
    }
    answer
}

/// A price.
pub fn of_quote(quote: &Quote) -> Value {
    json!({ "quote": quote })
}

/// Digest of an answer or a question.
pub fn digest(value: &Value) -> Digest {
    Digest::of([value.to_string().as_bytes()])
}

/// Digest of a question.
///
/// # Errors
/// When it cannot be written as JSON: then nothing is recorded in its name.
pub fn of_input(input: &impl Serialize) -> Result<Digest, Refusal> {
    serde_json::to_value(input)
        .map(|value| digest(&value))
        .map_err(|error| crate::refusals::internal(&format!("a question is no JSON: {error}")))
}
