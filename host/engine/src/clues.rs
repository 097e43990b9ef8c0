//! Clues (线索): what is left of an act that would have gone past the lists. The journal keeps them and no
//! act takes one back, so the village, whose work it would have been, cannot make them go away.

use model::{DivisionCode, Refusal, Value};
use serde_json::json;

use crate::Engine;
use crate::acts::{invalid, year};
use crate::decide::Decided;
use crate::gather;
use crate::operation::{Ask, Caller, Plan, View, unknown_division};
use crate::record::{Act, Effect};
use crate::row::Clue;
use crate::write::Pending;

/// The id of the next clue of a place.
pub(crate) fn next_id(view: &View<'_>, place: DivisionCode) -> String {
    let prefix = format!("{place}-C-{}-", year(view.today()));
    let number = view.next_number(view.state.clues.starting_with(&prefix).map(|row| &row.id));
    format!("{prefix}{number:03}")
}

impl Engine {
    /// Records what was refused; the caller holds the writer's guard. The same person trying the same on
    /// the same day leaves one clue, so that nobody can fill the journal by trying.
    pub(crate) fn clue(
        &self,
        chain: DivisionCode,
        view: &View<'_>,
        ask: &Ask,
        decided: &Decided,
        (kind, decision): (&str, &str),
    ) -> Result<Option<Pending>, Refusal> {
        let today = view.today();
        let prefix = format!("{}-C-{}-", ask.place, year(today));
        // a task that was refused when it was proposed never came to be, and its number goes to another
        let stored =
            ask.resource.id.kind != "Task" || view.state.tasks.get(&ask.resource.id.id).is_some();
        let thing = if stored { ask.resource.id.id.as_str() } else { "" };
        let item = match ask.resource.attrs.get("item") {
            Some(Value::Text(item)) => item.as_str(),
            _ => "",
        };
        let same = |row: &Clue| {
            row.at.day() == today
                && row.by == view.caller.person
                && row.action == ask.action
                && row.thing == thing
                && row.item == item
        };
        if view.state.clues.starting_with(&prefix).any(same) {
            return Ok(None);
        }
        let row = Clue {
            id: next_id(view, ask.place),
            kind: kind.to_owned(),
            village: ask.place,
            at: view.now,
            by: view.caller.person.clone(),
            action: ask.action.to_owned(),
            thing: thing.to_owned(),
            item: item.to_owned(),
            policies: decided.policies(),
            decision: decision.to_owned(),
            evidence: decided.facts,
            mark: None,
        };
        let act = Act {
            id: format!("clue-{decision}"),
            at: view.now,
            day: today,
            manual_clock: self.manual_clock(),
            decided: Some(self.behind(view.caller, ask, decided)),
            key: None,
            reply: serde_json::Value::Null,
            effects: vec![Effect::Clue(row)],
            runs: Vec::new(),
        };
        self.record(chain, view.now, &act, Plan::default()).map(Some)
    }

    /// The clues of a village or of a whole township or district, newest last; who may read is decided
    /// by the policies.
    ///
    /// # Errors
    /// `UNKNOWN_DIVISION`, `DENIED`, or the log cannot be written.
    pub fn clues(
        &self,
        caller: &Caller,
        place: DivisionCode,
        kind: &str,
        purpose: &str,
    ) -> Result<serde_json::Value, Refusal> {
        if purpose.chars().count() > crate::limits::TITLE_CHARS_MAX {
            return Err(invalid("purpose", "at most 120 characters", "用途最多120字。"));
        }
        let sight = self.sight();
        let state = self.read_state();
        let snapshot = self.snapshot();
        let edition = snapshot.edition(self.today(), Some(place))?;
        let unit = gather::unit(edition, place).ok_or_else(|| unknown_division(place))?;
        self.allow_read(&state, caller, "ReadClues", unit, place, purpose, sight)?;
        let here =
            |row: &&Clue| place.contains(row.village) && (kind.is_empty() || row.kind == kind);
        Ok(json!({"clues": state.clues.iter().filter(here).collect::<Vec<_>>()}))
    }
}
