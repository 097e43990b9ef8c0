//! What the host holds every answer of a rule to, whatever the rule says: nobody's own word counts for them, and the caps
//! of the scheme.
//!
//! A row whose claims break a guard has no result; the others go on. That claims name only the row and its events is
//! checked in `rules`, that nobody loses points in `ledger`.

use std::collections::BTreeMap;

use model::DivisionCode;
use package::{Cap, CapPer, Scheme};
use rules::{Claim, RowRefusal, RuleRow};

use crate::operation::View;
use crate::scoring::{Scorer, period};

/// The claims that may be proposed; rows that break a guard are added to the refused ones.
pub(crate) fn claims(
    view: &View<'_>,
    scorer: &Scorer<'_>,
    rows: &[RuleRow],
    claims: Vec<Claim>,
    refused: &mut Vec<RowRefusal>,
) -> Vec<Claim> {
    let mut by_subject: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
    for claim in claims {
        by_subject.entry(claim.subject.clone()).or_default().push(claim);
    }
    let mut kept = Vec::new();
    for row in rows {
        let Some(mut own) = by_subject.remove(&row.subject) else { continue };
        // a row that had no result under one edition has none under the others
        if refused.iter().any(|refusal| refusal.subject == row.subject) {
            continue;
        }
        let broken = recused(row, &own).or_else(|| over_cap(scorer, &row.subject, &own));
        if let Some(refusal) = broken {
            refused.push(refusal);
            continue;
        }
        for claim in &mut own {
            within_year(view, scorer, claim);
        }
        kept.append(&mut own);
    }
    kept
}

/// The clause an entry or finding shows: what the rule named, when that is a clause of a filed covenant, else the
/// scheme's, which is (`package` checks it), with the rule's words behind.
pub(crate) fn clause(
    view: &View<'_>,
    scheme: &Scheme,
    village: DivisionCode,
    said: &str,
) -> String {
    let township = view.edition.township(village.township());
    let covenants = township.map_or(&[][..], |township| &township.covenants);
    if said.is_empty() || said == scheme.clause {
        scheme.clause.clone()
    } else if covenants.iter().any(|covenant| covenant.holds(said)) {
        said.to_owned()
    } else {
        format!("{}（{said}）", scheme.clause)
    }
}

/// A claim that rests on what somebody said of their own household or near relatives.
fn recused(row: &RuleRow, claims: &[Claim]) -> Option<RowRefusal> {
    let own_word = |id: &&String| {
        let event = row.events.iter().find(|event| event.id == **id);
        let actor = event.and_then(|event| event.actor.as_ref());
        actor.is_some_and(|actor| row.excluded_actors.iter().any(|excluded| actor == excluded))
    };
    let event = claims.iter().flat_map(|claim| &claim.events).find(own_word)?;
    Some(RowRefusal {
        subject: row.subject.clone(),
        code: "OWN_WORD".to_owned(),
        text: format!("规则用了本人（本户）或者近亲属自己打的分、作的证（“{event}”），不能算。"),
    })
}

/// The item of a claim without the day of its edition.
fn item(claim: &Claim) -> &str {
    claim.item.split_once('@').map_or(claim.item.as_str(), |(item, _)| item)
}

fn meant(cap: &Cap, claim: &Claim) -> bool {
    cap.item.as_ref().is_none_or(|wanted| wanted == item(claim))
}

/// More than the scheme allows for one entry or one period: the rule is wrong, and what it says is not cut to size.
fn over_cap(scorer: &Scorer<'_>, subject: &str, claims: &[Claim]) -> Option<RowRefusal> {
    let points = |cap: &Cap| {
        let own = claims.iter().filter(|claim| meant(cap, claim)).map(|claim| claim.points);
        match cap.per {
            CapPer::Entry => own.max().unwrap_or_default(),
            CapPer::Period => own.fold(0, i64::saturating_add),
            CapPer::Year => 0,
        }
    };
    let cap = scorer.scheme.caps.iter().find(|cap| points(cap) > cap.points.0)?;
    let (asked, what) = (model::Points(points(cap)), cap.item.as_deref().unwrap_or("全部项目"));
    let per = if cap.per == CapPer::Entry { "每笔" } else { "每期" };
    Some(RowRefusal {
        subject: subject.to_owned(),
        code: "CAP_EXCEEDED".to_owned(),
        text: format!("规则给“{what}”{asked}分，办法规定{per}最多{}分，没有计分。", cap.points),
    })
}

/// What is left of a year's cap after the other periods of that year: a rule sees one period and cannot know.
fn within_year(view: &View<'_>, scorer: &Scorer<'_>, claim: &mut Claim) {
    let Some(span) = period(scorer.scheme, scorer.period) else { return };
    let year = |day: i64| model::CivilDay::from_number(day).ok().map(|day| day.ymd().0);
    for cap in scorer.scheme.caps.iter().filter(|cap| cap.per == CapPer::Year) {
        if !meant(cap, claim) {
            continue;
        }
        let others = view.state.entries_of_subject(&claim.subject).filter(|entry| {
            let base = entry.item.split('@').next().unwrap_or_default();
            entry.scheme == scorer.scheme.id
                && entry.period != scorer.period
                && matches!(
                    entry.state,
                    ledger::EntryState::Proposed | ledger::EntryState::Effective
                )
                && cap.item.as_ref().is_none_or(|wanted| wanted == base)
                && period(scorer.scheme, &entry.period)
                    .is_some_and(|other| year(other.first) == year(span.first))
        });
        let taken = others.fold(0_i64, |sum, entry| sum.saturating_add(entry.points.0));
        let left = cap.points.0.saturating_sub(taken).max(0);
        if claim.points > left {
            claim.points = left;
            claim.reason = format!(
                "{}；全年最多{}分，其他各期已有{}分，本期计{}分",
                claim.reason,
                cap.points,
                model::Points(taken),
                model::Points(left)
            );
        }
    }
}
