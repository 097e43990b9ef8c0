//! What anybody may see of matters: only what the classifier of the edition lets out, only from the
//! first publication on, and never a person. What is not public answers like what does not exist.

use model::{CivilDay, DivisionCode, DivisionLevel, Refusal};
use package::{Classified, Collection, Edition, Item, Number};
use serde_json::{Value, json};

use crate::Engine;
use crate::acts::not_found;
use crate::explanation::Language;
use crate::flows::{item_of, named};
use crate::operation::unknown_division;
use crate::row::{Matter, TakenStep};
use crate::state::State;

/// A stage of a matter, as the public sees it.
struct Stage<'a> {
    step: &'a package::Step,
    /// The step as it was taken and the day on which that became public; none while it is not.
    out: Option<(&'a TakenStep, CivilDay)>,
}

/// Whether a step puts up a notice that stays.
fn is_notice(step: &package::Step) -> bool {
    step.stay_days != Number::Fixed(0)
}

/// Every stage of an item, with what is out of a matter. A stage is public by a notice of its own; by
/// its publication where it has to be published on its own; else with the next notice that follows it.
fn stages<'a>(item: &'a Item, row: &'a Matter) -> Vec<Stage<'a>> {
    let noticed = |taken: &TakenStep| item.step(&taken.step).is_some_and(is_notice);
    let stage = |step: &'a package::Step| {
        let at = row.taken.iter().position(|taken| taken.step == step.id);
        let from = |at: usize| row.taken.get(at..).unwrap_or_default();
        let day = at.and_then(|at| {
            if step.gates.discloses {
                return row.course.published.get(&step.id).map(|mark| mark.day);
            }
            from(at).iter().find(|taken| noticed(taken)).map(|taken| taken.day)
        });
        let taken = at.and_then(|at| row.taken.get(at));
        Stage { step, out: taken.zip(day) }
    };
    item.steps.iter().map(stage).collect()
}

/// Whether everything that has to be published of a matter has been.
fn finished(stages: &[Stage<'_>]) -> bool {
    let mut due = stages.iter().filter(|s| is_notice(s.step) || s.step.gates.discloses).peekable();
    due.peek().is_some() && due.all(|stage| stage.out.is_some())
}

/// What a block asks for.
struct Block<'a> {
    state: &'a State,
    today: &'a Edition,
    collection: &'a Collection,
    language: Language,
}

impl Block<'_> {
    /// A matter as the public sees it; none when it is not in this block or not public.
    fn show(&self, row: &Matter, edition: &Edition) -> Option<Value> {
        let wanted = &self.collection.items;
        let item = item_of(edition, row)?;
        let classified = self.today.publication().of(&row.item, item.local);
        if !classified.shown || !(wanted.is_empty() || wanted.contains(&row.item)) {
            return None;
        }
        let stages = stages(item, row);
        let latest = stages.iter().filter_map(|stage| stage.out).map(|(_, day)| day).max()?;
        let done = finished(&stages);
        if self.collection.finished && !done {
            return None;
        }
        let shown: Vec<Value> = stages.iter().map(|stage| self.stage(edition, stage)).collect();
        Some(json!({
            "id": row.id, "item": row.item,
            "item_title": named(self.language, &item.title, &item.title_en),
            "title": row.title, "amount_cents": row.amount_cents, "project": row.course.project,
            "opened": row.opened, "published": latest, "finished": done, "stages": shown,
            "chart": format!("/public/items/{}.svg", row.item),
        }))
    }

    fn stage(&self, edition: &Edition, stage: &Stage<'_>) -> Value {
        let title = named(self.language, &stage.step.title, &stage.step.title_en);
        let Some((taken, day)) = stage.out else {
            return json!({"step": stage.step.id, "title": title, "published": Value::Null});
        };
        let meeting = self.state.meetings.get(&taken.record);
        let result = meeting.map(|meeting| {
            let body = edition.bodies().get(&meeting.body);
            let name = body.map(|body| named(self.language, &body.title, &body.title_en));
            json!({
                "body": meeting.body, "body_title": name, "day": meeting.day,
                "eligible": meeting.tally.eligible, "present": meeting.tally.present,
                "in_favour": meeting.tally.in_favour, "against": meeting.tally.against,
                "abstain": meeting.tally.abstain,
            })
        });
        json!({
            "step": stage.step.id, "title": title, "day": taken.day, "published": day,
            "cents": taken.cents, "result": result,
        })
    }
}

/// What the classifier says about an item, for the public list of items.
pub fn classification(edition: &Edition, item: &Item, language: Language) -> Value {
    let Classified { shown, rule, reason } = edition.publication().of(&item.id, item.local);
    let why = reason.map(|reason| {
        json!({
            "code": reason.id, "basis": reason.basis,
            "title": named(language, &reason.title, &reason.title_en),
        })
    });
    json!({"shown": shown, "rule": rule, "reason": why})
}

impl Engine {
    /// A block of a village's public pages (`projects`, `results` and what else the edition names), the
    /// newest publication first; or one matter of it.
    ///
    /// # Errors
    /// `UNKNOWN_DIVISION`, `NOT_FOUND`; a matter that is not public is not found.
    pub fn public_matters(
        &self,
        village: DivisionCode,
        block: &str,
        id: Option<&str>,
        language: Language,
    ) -> Result<Value, Refusal> {
        let snapshot = self.snapshot();
        let today = snapshot.edition(self.today(), Some(village))?;
        let known = snapshot.package.divisions().get(village);
        if known.is_none_or(|division| division.code.level() != DivisionLevel::Village) {
            return Err(unknown_division(village));
        }
        let collection = today.publication().collection(block);
        let collection = collection.ok_or_else(|| not_found("block", "公开栏目", block))?;
        let state = self.read_state();
        let shower = Block { state: &state, today, collection, language };
        let show = |row: &Matter| {
            let edition = snapshot.began(row).ok()?;
            shower.show(row, edition)
        };
        if let Some(id) = id {
            let row = state.matters.get(id).filter(|row| row.village == village);
            return row.and_then(show).ok_or_else(|| not_found("matter", "事项", id));
        }
        let prefix = village.to_string();
        let here = state.matters.starting_with(&prefix);
        let mut rows: Vec<(CivilDay, Value)> = here
            .filter(|row| row.village == village)
            .filter_map(show)
            .filter_map(|shown| {
                let day = shown.get("published")?.as_str()?;
                Some((CivilDay::parse(day).ok()?, shown))
            })
            .collect();
        rows.sort_by(|(a, _), (b, _)| b.cmp(a));
        let matters: Vec<Value> = rows.into_iter().map(|(_, shown)| shown).collect();
        Ok(json!({
            "village": village, "collection": collection.id,
            "title": named(language, &collection.title, &collection.title_en),
            "day": self.today(), "count": matters.len(), "matters": matters,
        }))
    }
}
