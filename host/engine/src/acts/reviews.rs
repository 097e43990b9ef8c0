//! Review: a named person makes proposed entries effective, or turns them down.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Entry, EntryState};
use model::{DivisionCode, Points, Refusal, RefusalKind};
use package::RuleLaw;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::about::About;
use crate::acts::rounds::scheme_of;
use crate::acts::{invalid, not_found};
use crate::gather::{self, Cited};
use crate::inputs::Ahead;
use crate::limits;
use crate::operation::{Acting, Ask, Operation, Plan, View};
use crate::record::Effect;
use crate::row::{Personal, Round};
use crate::scoring::{Outcome, Scorer};
use crate::state::State;

/// What the reviewer says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// 复核通过.
    Effective,
    /// 不予通过.
    Rejected,
}

/// Reviews proposed entries of one village: those named, or all of a scheme and period.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewEntries {
    /// Village.
    pub village: DivisionCode,
    /// Entry ids; empty = all proposed ones of `scheme` and `period`.
    #[serde(default)]
    pub entries: Vec<String>,
    /// Scheme id, when no entries are named.
    #[serde(default)]
    pub scheme: String,
    /// Period, when no entries are named; empty = every period.
    #[serde(default)]
    pub period: String,
    /// What is said of them.
    pub verdict: Verdict,
}

impl ReviewEntries {
    fn rows<'a>(&self, view: &View<'a>) -> Result<Vec<&'a Entry>, Refusal> {
        let village = view.village(self.village)?;
        let rows: Vec<&Entry> = if self.entries.is_empty() {
            let wanted = |e: &&Entry| {
                e.scheme == self.scheme && (self.period.is_empty() || e.period == self.period)
            };
            view.state.proposed_in(village).filter(wanted).collect()
        } else {
            let find = |id: &String| {
                let row = view.state.entries.get(id).filter(|row| row.village == village);
                row.ok_or_else(|| not_found("entry in this village", "本村记分", id))
            };
            self.entries.iter().map(find).collect::<Result<_, _>>()?
        };
        if rows.is_empty() || rows.len() > limits::ENTRIES_PER_REVIEW_MAX {
            let most = limits::ENTRIES_PER_REVIEW_MAX;
            return Err(invalid(
                "entries",
                &format!(
                    "{} entries match; name a scheme with 1 to {most} proposed entries",
                    rows.len()
                ),
                &format!("待复核{}条；每次复核1至{most}条。", rows.len()),
            ));
        }
        Ok(rows)
    }
}

impl Operation for ReviewEntries {
    const NAME: &'static str = "review-entries";

    fn about<'a>(&self, _: &'a State) -> About<'a> {
        About::Place(self.village)
    }

    fn chain(&self, view: &View<'_>) -> Result<Option<DivisionCode>, Refusal> {
        Ok(Some(view.village(self.village)?.township()))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let rows = self.rows(view)?;
        Ok(Ask {
            action: "ReviewEntries",
            resource: gather::batch(self.village, &rows),
            place: self.village,
            cited: Cited::default(),
            context: model::Record::new(),
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let rows = self.rows(view)?;
        let today = view.today();
        let mut effects = Vec::new();
        // Several corrections of one subject are approved one after the other against what is left.
        let mut left: BTreeMap<&str, Points> = BTreeMap::new();
        let mut points = 0_i64;
        for row in &rows {
            if self.verdict == Verdict::Rejected {
                let entry = row.reject(&view.caller.person, today).map_err(|r| r.refusal())?;
                effects.push(Effect::Entry(entry));
                continue;
            }
            if row.state == EntryState::Proposed {
                notice_over(view, row)?;
            }
            let spendable = *left
                .entry(&row.subject)
                .or_insert_with(|| view.state.book.spendable(&row.subject));
            let (entry, transaction) =
                row.approve(&view.caller.person, today, spendable).map_err(|r| r.refusal())?;
            let taken = entry
                .clawback
                .map_or(Points(row.points.0), |c| Points(c.collected.0.saturating_neg()));
            left.insert(&row.subject, spendable.plus(taken).map_err(|_| overflow())?);
            points = points.checked_add(row.points.0).ok_or_else(overflow)?;
            effects.push(Effect::Entry(entry));
            effects.push(Effect::Move(transaction));
        }
        let converted = converted_again(view, self.village, &effects)?;
        let mut reply = json!({"reviewed": rows.len(), "verdict": self.verdict, "points": points, "reviewer": view.caller.person});
        if let (Some(map), false) = (reply.as_object_mut(), converted.proposed.is_empty()) {
            map.insert("converted_again".to_owned(), json!(converted.proposed.len()));
        }
        effects.extend(converted.effects);
        Ok(Plan { effects, reply, runs: converted.runs, ..Plan::default() })
    }
}

/// Points that take effect or are taken back after a conversion was closed are converted again; only the difference
/// is proposed.
fn converted_again(
    view: &View<'_>,
    village: DivisionCode,
    effects: &[Effect],
) -> Result<Outcome, Refusal> {
    let reviewed = effects.iter().filter_map(|effect| match effect {
        Effect::Entry(entry) if entry.state == EntryState::Effective => Some(entry.clone()),
        _ => None,
    });
    let entries: Vec<Entry> = reviewed.collect();
    let mut all = Outcome::default();
    let closed = |row: &&Round| row.village == village && row.closed.is_some();
    for row in view.state.rounds.starting_with(&format!("{village}-")).filter(closed) {
        let Ok((from, scheme)) = scheme_of(view, row) else { continue };
        if scheme.law != RuleLaw::Convert {
            continue;
        }
        let touched = entries.iter().filter(|e| scheme.reads.contains(&e.scheme));
        let subjects: BTreeSet<&str> = touched
            .flat_map(|entry| {
                let person = view.state.persons.get(&entry.subject);
                let household = person.map(|row| row.household.as_str());
                [Some(entry.subject.as_str()), household].into_iter().flatten()
            })
            .collect();
        for subject in subjects {
            let ahead = Ahead { entries: &entries, ..Ahead::default() };
            let scorer = Scorer { scheme, village, period: &row.period, ahead };
            if scorer.is_for(view, subject) {
                all.join(scorer.conversion(view, from, Some(subject))?);
            }
        }
    }
    Ok(all)
}

/// A list must have been up for the days its scheme states before points count (公示期).
fn notice_over(view: &View<'_>, row: &Entry) -> Result<(), Refusal> {
    let scheme = view.edition.township(row.village).and_then(|t| t.schemes.get(&row.scheme));
    let days = scheme.map_or(i64::MAX, |s| s.notice_days);
    let until = row.day.plus_days(days).unwrap_or(row.day);
    if scheme.is_some() && view.today() >= until {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::Unprocessable,
        "NOTICE_NOT_OVER",
        format!("entry `{}` is on public notice until {until}; review it from that day on", row.id),
        format!("公示期未满：{}提出，公示{days}天。", row.day),
        format!("请在{until}及以后复核；公示期内可提出异议。"),
    ))
}

fn overflow() -> Refusal {
    invalid("points", "the sum does not fit", "分数合计超出可记范围。")
}
