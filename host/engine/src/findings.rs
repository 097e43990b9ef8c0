//! Answers of rules that are no points: grades, shares of a fund, benefits, marks of offices.
//!
//! What a rule says here has no effect by itself. It is put on notice, and a person who did not close the round confirms
//! it (`acts/confirm.rs`).

use std::collections::BTreeMap;

use model::{Cents, CivilDay, Refusal};
use package::{RuleLaw, Scheme};
use rules::{Receipt, RowRefusal, Rule, RuleError, RuleInput};
use serde_json::{Value, json};

use crate::Engine;
use crate::acts::invalid;
use crate::acts::rounds::round_of;
use crate::gather;
use crate::inputs::kept_rows;
use crate::operation::{Caller, View};
use crate::outcome;
use crate::row::{Finding, FindingState, Kept, Round, Said};
use crate::scoring::rule_failed;

/// What a run found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The rule's answer as it was given.
    pub(crate) answer: Value,
    /// A finding for each row that has one.
    pub(crate) findings: Vec<Finding>,
    /// Rows without a valid result.
    pub(crate) refused: Vec<RowRefusal>,
    /// What is carried over of the fund.
    pub(crate) rest: Cents,
    /// What the rule keeps.
    pub(crate) kept: Vec<Kept>,
    /// The run.
    pub(crate) receipt: Receipt,
}

/// One answer before it is a finding.
struct Answer {
    subject: String,
    said: Said,
    reason: String,
    clause: String,
    facts: BTreeMap<String, i64>,
}

/// Asks the rule of a scheme about everybody.
///
/// # Errors
/// When the rule gives no answer.
pub(crate) fn ask(
    view: &View<'_>,
    scheme: &Scheme,
    rule: &dyn Rule,
    round: &Round,
    input: &RuleInput,
) -> Result<Found, Refusal> {
    let failed = |error: RuleError| rule_failed(&scheme.id, &error);
    let mut rest = Cents::ZERO;
    let (answer, answers, mut receipt) = match scheme.law {
        RuleLaw::Grade => {
            let (grades, receipt) = rule.grade(input).map_err(failed)?;
            let answer = outcome::of_rows("grades", &grades);
            (answer, grades.into_iter().map(|row| row.map(grade)).collect::<Vec<_>>(), receipt)
        }
        RuleLaw::Qualify => {
            let (answers, receipt) = rule.qualify(input).map_err(failed)?;
            let answer = outcome::of_rows("entitlements", &answers);
            (answer, answers.into_iter().map(|row| row.map(benefit)).collect(), receipt)
        }
        RuleLaw::Distribute => {
            let fund = round.cents.unwrap_or(Cents::ZERO);
            let (shared, receipt) = rule.distribute(input, fund.0).map_err(failed)?;
            rest = Cents(shared.rest);
            let answer = outcome::of_shares(&shared);
            (answer, shared.shares.into_iter().map(|row| row.map(share)).collect(), receipt)
        }
        RuleLaw::Assess => {
            let (rows, receipt) = rule.assess(input).map_err(failed)?;
            let answer = outcome::of_scores(&rows);
            let named = rows.into_iter().zip(&input.rows);
            (answer, named.map(|(row, asked)| marks(row, &asked.subject)).collect(), receipt)
        }
        RuleLaw::Score | RuleLaw::Settle | RuleLaw::Quote | RuleLaw::Convert => {
            return Err(invalid("scheme", "its rule finds nothing", "本办法不评定。"));
        }
    };
    let (mut findings, mut refused) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(answer) => findings.push(finding(view, scheme, round, answer)),
            Err(refusal) => refused.push(refusal),
        }
    }
    let states = std::mem::take(&mut receipt.states);
    let answered = findings.iter().map(|finding| finding.subject.as_str());
    let kept = kept_rows(view, scheme, &round.period, answered, states);
    let kept = kept.into_iter().map(|(row, _)| row).collect();
    Ok(Found { answer, findings, refused, rest, kept, receipt })
}

fn grade(row: rules::Grade) -> Answer {
    let until = row.until.and_then(|day| CivilDay::from_number(day).ok());
    Answer {
        subject: row.subject,
        said: Said::Grade { grade: row.grade, until },
        reason: row.reason,
        clause: row.clause,
        facts: row.facts,
    }
}

fn benefit(row: rules::Entitlement) -> Answer {
    let said = Said::Benefit { eligible: row.eligible };
    let rules::Entitlement { subject, reason, clause, facts, .. } = row;
    Answer { subject, said, reason, clause, facts }
}

fn share(row: rules::Share) -> Answer {
    let said = Said::Share { cents: Cents(row.cents) };
    let rules::Share { subject, reason, clause, facts, .. } = row;
    Answer { subject, said, reason, clause, facts }
}

/// All marks of one office as one finding.
fn marks(row: Result<Vec<rules::Claim>, RowRefusal>, office: &str) -> Result<Answer, RowRefusal> {
    let claims = row?;
    let join = |texts: Vec<&str>| {
        let mut own: Vec<&str> = Vec::new();
        for text in texts {
            if !own.contains(&text) {
                own.push(text);
            }
        }
        own.join("；")
    };
    let mut facts = BTreeMap::new();
    for claim in &claims {
        let named = claim.facts.iter().map(|(name, n)| (format!("{}.{name}", claim.item), *n));
        facts.extend(named);
    }
    Ok(Answer {
        subject: office.to_owned(),
        said: Said::Marks {
            marks: claims.iter().map(|claim| (claim.item.clone(), claim.points)).collect(),
        },
        reason: join(claims.iter().map(|claim| claim.reason.as_str()).collect()),
        clause: join(claims.iter().map(|claim| claim.clause.as_str()).collect()),
        facts,
    })
}

fn finding(view: &View<'_>, scheme: &Scheme, round: &Round, answer: Answer) -> Finding {
    let Answer { subject, said, reason, clause, facts } = answer;
    Finding {
        id: format!("{subject}/{}/{}", scheme.id, round.period),
        subject,
        village: round.village,
        scheme: scheme.id.clone(),
        period: round.period.clone(),
        said,
        reason,
        clause: crate::guards::clause(view, scheme, round.village, &clause),
        facts,
        day: view.today(),
        state: FindingState::Proposed,
    }
}

impl Engine {
    /// A round and what it found about everybody. Who may read is decided by the policies, and the purpose is logged.
    ///
    /// # Errors
    /// `NOT_FOUND`, `DENIED`, or the log cannot be written.
    pub fn round(&self, caller: &Caller, id: &str, purpose: &str) -> Result<Value, Refusal> {
        self.running()?;
        if purpose.chars().count() > crate::limits::TITLE_CHARS_MAX {
            return Err(invalid("purpose", "at most 120 characters", "用途最多120字。"));
        }
        let sight = self.sight();
        let state = self.read_state();
        let row = round_of(&state, id)?;
        let entity = gather::round(&state, row);
        self.allow_read(&state, caller, "ReadRound", entity, row.village, purpose, sight)?;
        let findings = crate::acts::confirm::findings(&state, row);
        Ok(json!({ "round": row, "findings": findings }))
    }
}

/// How many of what, for the answer to who closes the round.
pub(crate) fn told(found: &Found) -> Value {
    let mut grades: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut cents, mut eligible) = (0_i64, 0_u64);
    let mut kind = None;
    for finding in &found.findings {
        match &finding.said {
            Said::Grade { grade, .. } => {
                let count = grades.entry(grade).or_default();
                *count = count.saturating_add(1);
                kind = Some("grades");
            }
            Said::Share { cents: share } => {
                cents = cents.saturating_add(share.0);
                kind = Some("shares");
            }
            Said::Benefit { eligible: yes } => {
                eligible = eligible.saturating_add(u64::from(*yes));
                kind = Some("benefits");
            }
            Said::Marks { .. } => kind = Some("marks"),
        }
    }
    let mut told = json!({ "found": found.findings.len(), "without_result": found.refused });
    if let Some(map) = told.as_object_mut() {
        match kind {
            Some("grades") => map.insert("grades".to_owned(), json!(grades)),
            Some("shares") => {
                map.insert("rest".to_owned(), json!(found.rest));
                map.insert("cents".to_owned(), json!(cents))
            }
            Some("benefits") => map.insert("eligible".to_owned(), json!(eligible)),
            _ => None,
        };
    }
    told
}
