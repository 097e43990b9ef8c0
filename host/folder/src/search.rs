//! Searches: who may, on what, and what; each result is one that a question would allow.
//!
//! What is not stored is not found: an unknown type, id or action gives an empty answer, also where a
//! broad permit would let anybody pass.

use std::collections::BTreeSet;
use std::sync::Arc;

use evaluator::{Residue, Session, Store, Thing};
use model::{Ask, Side};

use crate::answer::Fault;
use crate::folder::Folder;
use crate::prepare::slots;

/// Which part of the question is sought.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Sought {
    /// Subjects of the subject's type; its id is not looked at.
    Subject,
    /// Resources of the resource's type; its id is not looked at.
    Resource,
    /// Actions.
    Action,
}

/// One search.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// What is sought.
    pub sought: Sought,
    /// The rest of the question.
    pub ask: &'a Ask,
    /// Go on behind this id.
    pub behind: Option<&'a str>,
    /// At most so many results.
    pub limit: Option<usize>,
}

/// Results, by id.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Found {
    /// Ids, or names of actions.
    pub ids: Vec<String>,
    /// Where to go on, when there may be more: behind the last candidate that was looked at.
    pub next: Option<String>,
    /// Whether the time was up before the end was reached.
    pub cut: bool,
    /// How many candidates were looked at.
    pub looked: usize,
}

impl Folder {
    /// Searches; `on` is asked now and then whether there is time left.
    pub fn search(
        &self,
        store: &Store,
        search: &Search<'_>,
        on: &mut dyn FnMut() -> bool,
    ) -> Found {
        let found = match search.sought {
            Sought::Action => Ok(self.actions(store, search, on)),
            Sought::Subject => self.candidates(store, search, &search.ask.subject, on),
            Sought::Resource => self.candidates(store, search, &search.ask.resource, on),
        };
        found.unwrap_or_default()
    }

    fn known(store: &Store, side: &Side) -> bool {
        store.find(&side.kind, &side.id).is_some()
    }

    fn knows_action(&self, store: &Store, name: &str) -> bool {
        self.named.contains_key(name)
            || (self.schema.is_none()
                && (self.mentioned.contains(name) || store.find("Action", name).is_some()))
    }

    fn candidates(
        &self,
        store: &Store,
        search: &Search<'_>,
        sought: &Side,
        on: &mut dyn FnMut() -> bool,
    ) -> Result<Found, Fault> {
        let ask = search.ask;
        let subject = search.sought == Sought::Subject;
        let given = if subject { &ask.resource } else { &ask.subject };
        if !Self::known(store, given) || !self.knows_action(store, &ask.action) {
            return Ok(Found::default());
        }
        let kind = self.kind(store, &sought.kind)?;
        let mut dropped = Vec::new();
        let of = if subject { "resource" } else { "subject" };
        let known = self.side(store, of, given, &mut dropped)?;
        let action = self.action(store, &ask.action)?;
        let context = self.context(ask, &mut dropped)?;
        let probe = Thing::flat(&kind, "", std::collections::BTreeMap::new());
        let slice = if subject {
            self.slice(&probe, &action, &known)?
        } else {
            self.slice(&known, &action, &probe)?
        };
        let residue = self.schema.as_ref().and_then(|schema| {
            schema.check(&known).ok()?;
            let (p, r) = if subject { (Err(&kind), Ok(&known)) } else { (Ok(&known), Err(&kind)) };
            Residue::of(schema, slice.lines(), p, &action, r, &context)
        });
        if residue.as_ref().is_some_and(Residue::never) {
            return Ok(Found::default());
        }
        let mut each = |thing: &Thing| -> Result<bool, Fault> {
            // Where both sides are one thing, what is stated on either is said of it.
            if thing.uid() == known.uid() {
                let mut one = ask.clone();
                let side = if subject { &mut one.subject } else { &mut one.resource };
                thing.id().clone_into(&mut side.id);
                return Ok(self.ask(store, &one).allowed);
            }
            let candidate = if sought.properties.is_empty() {
                thing.clone()
            } else {
                let side = Side { id: thing.id().to_owned(), ..sought.clone() };
                self.side(store, "", &side, &mut dropped)?
            };
            let sides = if subject {
                (candidate, action.clone(), known.clone())
            } else {
                (known.clone(), action.clone(), candidate)
            };
            let slots = slots(store, &slice, sides, &context)?;
            let session = Session::new(&slots, Arc::clone(&context));
            if residue.as_ref().is_some_and(|residue| !residue.may_allow(&session)) {
                return Ok(false);
            }
            Ok(session.ask(slice.lines()).allowed())
        };
        let rows = store.of_kind(&sought.kind, search.behind);
        // A candidate that cannot be decided is a deny, like any question about it.
        Ok(collect(rows.map(|t| (t.id(), t)), search, on, |t| each(t).unwrap_or(false)))
    }

    fn actions(&self, store: &Store, search: &Search<'_>, on: &mut dyn FnMut() -> bool) -> Found {
        let ask = search.ask;
        if !Self::known(store, &ask.subject) || !Self::known(store, &ask.resource) {
            return Found::default();
        }
        let mut names: BTreeSet<&str> = self.named.keys().map(String::as_str).collect();
        if self.schema.is_none() {
            names.extend(self.mentioned.iter().map(String::as_str));
            names.extend(store.of_kind("Action", None).map(Thing::id));
        }
        let behind = |name: &&str| search.behind.is_none_or(|behind| *name > behind);
        let names = names.into_iter().filter(behind);
        collect(names.map(|name| (name, name)), search, on, |name| {
            let ask = Ask { action: (*name).to_owned(), ..ask.clone() };
            self.ask(store, &ask).allowed
        })
    }
}

/// Takes candidates in order until there are enough, none is left or the time is up.
fn collect<'a, T>(
    candidates: impl Iterator<Item = (&'a str, T)>,
    search: &Search<'_>,
    on: &mut dyn FnMut() -> bool,
    mut allowed: impl FnMut(&T) -> bool,
) -> Found {
    let mut found = Found::default();
    let mut last: Option<&str> = search.behind;
    let mut candidates = candidates.peekable();
    while let Some((id, candidate)) = candidates.next() {
        found.looked = found.looked.saturating_add(1);
        if found.looked.is_multiple_of(64) && !on() {
            found.cut = true;
            found.next = Some(last.unwrap_or_default().to_owned());
            return found;
        }
        last = Some(id);
        if !allowed(&candidate) {
            continue;
        }
        found.ids.push(id.to_owned());
        if search.limit.is_some_and(|limit| found.ids.len() >= limit) {
            found.next = candidates.peek().map(|_| id.to_owned());
            return found;
        }
    }
    found
}
