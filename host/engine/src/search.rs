//! Searches over the record of a district: who may, on what, and what.

use folder::{Found, Search, Sought};
use model::{Ask, DivisionCode, Effect, Minute, Refusal};

use crate::Engine;
use crate::about::About;
use crate::answers;
use crate::judge::judge;
use crate::narrow::Persons;
use crate::plain::searched;
use crate::snapshot::Snapshot;
use crate::state::State;

impl Engine {
    /// Searches; the search itself is logged with the number of its results.
    ///
    /// # Errors
    /// Only when it cannot be logged; then nothing is answered.
    pub fn search(
        &self,
        caller: &str,
        search: &Search<'_>,
        township: Option<DivisionCode>,
        on: &mut dyn FnMut() -> bool,
    ) -> Result<Found, Refusal> {
        self.running()?;
        let sight = self.sight();
        let now = self.now();
        let snapshot = self.snapshot();
        let state = self.read_state();
        let version = state.version;
        let found = find(&state, &snapshot, now, search, township, on);
        drop(state);
        // part of a search may not be left out silently, so it is not answered at all
        self.must_see(sight)?;
        let effect = if found.ids.is_empty() { Effect::Deny } else { Effect::Allow };
        let stated = self.answers().stated(search.ask, township);
        let id = self.answers().fresh_id();
        let mut line = answers::line(id, now, caller, search.ask, stated, effect);
        let compiled = snapshot.compiled(now.day(), township);
        line.edition = compiled.map(|c| c.edition.digest()).unwrap_or_default();
        line.entities = version;
        line.purpose = searched(search.sought, found.ids.len());
        self.answers().write(&line)?;
        Ok(found)
    }
}

/// Searches over a state.
pub fn find(
    state: &State,
    snapshot: &Snapshot,
    now: Minute,
    search: &Search<'_>,
    township: Option<DivisionCode>,
    on: &mut dyn FnMut() -> bool,
) -> Found {
    let about = About::thing(state, &search.ask.resource.kind, &search.ask.resource.id);
    let Some(compiled) = snapshot.deciding(now.day(), about) else { return Found::default() };
    let allows = |ask: &Ask| judge(state, snapshot, now, ask, township).allowed();
    let behind = |id: &str| search.behind.is_none_or(|behind| id > behind);
    let ask = search.ask;
    let mut take = Taking {
        found: Found::default(),
        last: search.behind.map(str::to_owned),
        limit: search.limit,
    };
    match search.sought {
        Sought::Action => {
            for name in compiled.decider.actions().filter(|name| behind(name)) {
                let ask = Ask { action: name.to_owned(), ..ask.clone() };
                if !take.next(name, on, || allows(&ask)) {
                    break;
                }
            }
        }
        Sought::Subject => {
            if ask.subject.kind != "Person" {
                return Found::default();
            }
            let Some(persons) = Persons::of(state, snapshot, now, ask, township) else {
                return Found::default();
            };
            let mut one = ask.clone();
            for person in state.persons.behind(search.behind) {
                one.subject.id.clone_from(&person.id);
                let allowed =
                    || persons.may_allow(state, snapshot, now, ask, &person.id) && allows(&one);
                if !take.next(&person.id, on, allowed) {
                    break;
                }
            }
        }
        Sought::Resource => {
            let mut one = ask.clone();
            for id in resources(state, snapshot, &ask.resource.kind) {
                if !behind(&id) {
                    continue;
                }
                one.resource.id.clone_from(&id);
                if !take.next(&id, on, || allows(&one)) {
                    break;
                }
            }
        }
    }
    take.found
}

/// Ids of the stored things of a type, in order.
fn resources<'a>(
    state: &'a State,
    snapshot: &'a Snapshot,
    kind: &str,
) -> Box<dyn Iterator<Item = String> + 'a> {
    let level = match kind {
        "Village" => Some(model::DivisionLevel::Village),
        "Township" => Some(model::DivisionLevel::Township),
        "District" => Some(model::DivisionLevel::County),
        _ => None,
    };
    if let Some(level) = level {
        let all = snapshot.package.divisions().all().filter(move |d| d.code.level() == level);
        let mut ids: Vec<String> = all.map(|d| d.code.to_string()).collect();
        ids.sort();
        return Box::new(ids.into_iter());
    }
    match kind {
        "Matter" => Box::new(state.matters.iter().map(|row| row.id.clone())),
        "Task" => Box::new(state.tasks.iter().map(|row| row.id.clone())),
        "Delegation" => Box::new(state.delegations.iter().map(|row| row.id.clone())),
        "Round" => Box::new(state.rounds.iter().map(|row| row.id.clone())),
        "Redemption" => Box::new(state.redemptions.iter().map(|row| row.order.id.clone())),
        "Person" => Box::new(state.persons.iter().map(|row| row.id.clone())),
        "Account" => {
            let mut ids: Vec<String> = state.households.iter().map(|row| row.id.clone()).collect();
            ids.extend(state.persons.iter().map(|row| row.id.clone()));
            ids.sort();
            Box::new(ids.into_iter())
        }
        _ => Box::new(std::iter::empty()),
    }
}

struct Taking {
    found: Found,
    last: Option<String>,
    limit: Option<usize>,
}

impl Taking {
    /// Looks at one candidate; `false` when the search is over.
    fn next(
        &mut self,
        id: &str,
        on: &mut dyn FnMut() -> bool,
        allows: impl FnOnce() -> bool,
    ) -> bool {
        let found = &mut self.found;
        if self.limit.is_some_and(|limit| found.ids.len() >= limit) {
            // There is one more candidate, so there may be more results.
            found.next.clone_from(&self.last);
            return false;
        }
        found.looked = found.looked.saturating_add(1);
        if found.looked.is_multiple_of(64) && !on() {
            found.cut = true;
            found.next = Some(self.last.clone().unwrap_or_default());
            return false;
        }
        if allows() {
            found.ids.push(id.to_owned());
        }
        self.last = Some(id.to_owned());
        true
    }
}
