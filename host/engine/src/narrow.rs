//! A search for persons looks at most of them only in passing.

use std::sync::Arc;

use decision::Asked;
use evaluator::{Context, Residue, Thing};
use model::{Ask, DivisionCode, Minute};

use crate::about::About;
use crate::judge::{Gathered, View};
use crate::snapshot::{Compiled, Snapshot};
use crate::state::State;

/// A search for persons, narrowed: somebody without a post at the place can only be allowed by what is
/// left of the policies when the person alone is unknown.
pub(crate) struct Persons {
    place: DivisionCode,
    township: Option<DivisionCode>,
    resource: Thing,
    context: Context,
    residue: Option<Residue>,
}

impl Persons {
    /// Narrows a question whose subject is sought; none when nobody can be allowed at all.
    pub(crate) fn of(
        state: &State,
        snapshot: &Snapshot,
        now: Minute,
        ask: &Ask,
        township: Option<DivisionCode>,
    ) -> Option<Self> {
        let compiled = deciding(state, snapshot, now, ask)?;
        // Anybody will do to gather what does not depend on the person.
        let anybody = state.persons.iter().next()?;
        let mut probe = ask.clone();
        probe.subject.id.clone_from(&anybody.id);
        let view = View { state, snapshot, compiled, now, ask: &probe };
        let gathered = view.gather(township, &mut Vec::new()).ok()?;
        let context: Context = Arc::new(gathered.context);
        let asked = Asked {
            township: gathered.township,
            action: &ask.action,
            principal: &gathered.principal,
            resource: &gathered.resource,
            context: &context,
        };
        let residue = compiled.decider.over_principals(&asked);
        let Gathered { resource, place, township, .. } = gathered;
        Some(Self { place, township, resource, context, residue })
    }

    /// Whether a person may be allowed; `false` is certain.
    pub(crate) fn may_allow(
        &self,
        state: &State,
        snapshot: &Snapshot,
        now: Minute,
        ask: &Ask,
        person: &str,
    ) -> bool {
        let Some(residue) = &self.residue else { return true };
        let cited = ask.context.contains_key("post");
        if cited || state.post_slots(person).any(|slot| slot.row.unit.contains(self.place)) {
            return true;
        }
        let compiled = deciding(state, snapshot, now, ask).filter(|_| !residue.never());
        let Some(compiled) = compiled else { return false };
        let view = View { state, snapshot, compiled, now, ask };
        let Ok(principal) = view.person(person) else { return false };
        let asked = Asked {
            township: self.township,
            action: &ask.action,
            principal: &principal,
            resource: &self.resource,
            context: &self.context,
        };
        compiled.decider.may_allow(residue, &asked)
    }
}

fn deciding<'a>(
    state: &State,
    snapshot: &'a Snapshot,
    now: Minute,
    ask: &Ask,
) -> Option<&'a Compiled> {
    let about = About::thing(state, &ask.resource.kind, &ask.resource.id);
    snapshot.deciding(now.day(), about)
}
