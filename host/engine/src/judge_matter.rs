//! A question about a matter: the stored thing at a step, and what the item says of the step.

use std::collections::BTreeMap;

use evaluator::{SmolStr, Thing, Value};
use serde_json::Value as Json;

use crate::gather;
use crate::judge::{Refused, UNKNOWN, View};
use crate::row::Matter;
use crate::state::{Built, Slot};

impl View<'_> {
    /// A matter at the step asked about, and what the record adds to the context.
    pub(crate) fn matter(
        &self,
        slot: &Slot<Matter>,
        requested: &BTreeMap<SmolStr, Value>,
    ) -> Result<(Thing, BTreeMap<SmolStr, Value>), Refused> {
        let edition = self.snapshot.began(&slot.row).map_err(|_| UNKNOWN)?;
        let thing = self.thing(slot, |row| gather::matter(row, edition, ""))?;
        let step = requested.get("step").and_then(evaluator::text_of).unwrap_or_default();
        let mut context = BTreeMap::new();
        let cents = requested.get("cents").cloned();
        context.extend(cents.map(|cents| (SmolStr::new_static("cents"), cents)));
        if self.compiled.decider.declares(&self.ask.action, "rule") {
            let rule = self.rule(slot, edition, step, requested);
            context.extend(rule.map(|rule| (SmolStr::new_static("rule"), rule)));
        }
        if step.is_empty() {
            return Ok((thing, context));
        }
        let step = [(SmolStr::new_static("step"), evaluator::text(step))];
        Ok((thing.with(step), context))
    }

    /// What the item says of a step, kept beside the row where it hangs on the row alone.
    fn rule(
        &self,
        slot: &Slot<Matter>,
        edition: &package::Edition,
        step: &str,
        requested: &BTreeMap<SmolStr, Value>,
    ) -> Option<Value> {
        let cited = self.ask.context.get("record").and_then(Json::as_str);
        let cited = cited.and_then(|id| self.state.meetings.get(id));
        let stated = requested.contains_key("cents").then(|| self.ask.context.get("cents"));
        let cents = stated.flatten().and_then(Json::as_i64);
        let asked = crate::flows::Asked { step, cited, cents, today: self.now.day() };
        let build = || {
            let rule = crate::flows::step_rule(self.state, edition, &slot.row, &asked);
            rule.map(|rule| evaluator::of_model(&model::Value::Record(rule)))
        };
        if cents.is_some() || crate::flows::changes_by_itself(edition, &slot.row) {
            return build();
        }
        let body = cited.map(|meeting| meeting.body.clone()).unwrap_or_default();
        let name = (step.to_owned(), body);
        let built = slot.built(self.snapshot.serial, |_| Built::default());
        built.1.further.get(&name).cloned().unwrap_or_else(|| {
            let rule = build();
            slot.keep(self.snapshot.serial, name, rule.clone());
            rule
        })
    }
}
