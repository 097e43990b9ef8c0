//! Review: a named person makes proposed entries effective, or turns them down.

use std::collections::BTreeMap;

use ledger::{Entry, EntryState};
use model::{DivisionCode, Points, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::about::About;
use crate::acts::{invalid, not_found};
use crate::gather::{self, Cited};
use crate::limits;
use crate::operation::{Acting, Ask, Operation, Plan, View};
use crate::record::Effect;
use crate::row::Personal;
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
        let reply = json!({"reviewed": rows.len(), "verdict": self.verdict, "points": points, "reviewer": view.caller.person});
        Ok(Plan { effects, reply, ..Plan::default() })
    }
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
