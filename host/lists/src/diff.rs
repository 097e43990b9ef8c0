//! What changed between two versions of the lists. An item that moved to another list is neither
//! removed nor added.

use std::collections::{BTreeMap, BTreeSet};

use package::{ListEntry, ListKind, Wording, WorkList};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::reduction::{Reduction, reduction};

/// An entry on a list.
type Place<'a> = (ListKind, &'a ListEntry);

/// One change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Change {
    /// The list before; absent for an added entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_list: Option<ListKind>,
    /// The list after; absent for a removed entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_list: Option<ListKind>,
    /// Id after, or before for a removed entry.
    pub id: String,
    /// Title after, or before for a removed entry.
    pub title: String,
    /// Title before, where it was another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was_title: Option<String>,
    /// Fields that differ, title and list apart.
    pub fields: Vec<Changed>,
}

/// One field that differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Changed {
    /// Name of the field in the files.
    pub field: String,
    /// Before; null where it was absent.
    pub before: Value,
    /// After; null where it is absent.
    pub after: Value,
}

/// Everything that changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Diff {
    /// Entries only the second version has.
    pub added: Vec<Change>,
    /// Entries only the first version has.
    pub removed: Vec<Change>,
    /// Entries that went to another list.
    pub moved: Vec<Change>,
    /// Entries that are called otherwise on the same list.
    pub renamed: Vec<Change>,
    /// Entries with the same name on the same list that say something else.
    pub changed: Vec<Change>,
    /// Entries that are as they were.
    pub unchanged: usize,
    /// Counts and percent by list.
    pub reduction: Reduction,
}

/// Compares two versions. What is the same entry is decided in this order: a `was` that names it,
/// the same words on the same list, the same words on another list, the same id on the same list.
pub fn diff(before: &[WorkList], after: &[WorkList], wording: &Wording) -> Diff {
    let (old, new) = (places(before), places(after));
    let pairs = pair(&old, &new, wording);
    let mut found = Diff {
        added: Vec::new(),
        removed: Vec::new(),
        moved: Vec::new(),
        renamed: Vec::new(),
        changed: Vec::new(),
        unchanged: 0,
        reduction: reduction(&counts(&old), &counts(&new)),
    };
    let matched: BTreeSet<usize> = pairs.values().copied().collect();
    for (at, place) in new.iter().enumerate() {
        match pairs.iter().find(|(_, to)| **to == at).and_then(|(from, _)| old.get(*from)) {
            Some(was) => found.put(*was, *place),
            None => found.added.push(alone(None, Some(place.0), place.1)),
        }
    }
    for (at, place) in old.iter().enumerate() {
        if !pairs.contains_key(&at) {
            found.removed.push(alone(Some(place.0), None, place.1));
        }
    }
    debug_assert!(matched.len() == pairs.len(), "an entry has one past");
    found
}

impl Diff {
    fn put(&mut self, old: Place<'_>, new: Place<'_>) {
        let fields = fields(old.1, new.1);
        let renamed = old.1.title != new.1.title;
        if old == new {
            self.unchanged = self.unchanged.saturating_add(1);
            return;
        }
        let change = Change {
            was_title: renamed.then(|| old.1.title.clone()),
            fields,
            ..alone(Some(old.0), Some(new.0), new.1)
        };
        let to = if old.0 != new.0 {
            &mut self.moved
        } else if renamed {
            &mut self.renamed
        } else {
            &mut self.changed
        };
        to.push(change);
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        [&self.added, &self.removed, &self.moved, &self.renamed, &self.changed]
            .iter()
            .all(|changes| changes.is_empty())
    }
}

fn places(lists: &[WorkList]) -> Vec<Place<'_>> {
    let mut places: Vec<Place<'_>> =
        lists.iter().flat_map(|l| l.entries.values().map(|entry| (l.id, entry))).collect();
    places.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
    places
}

fn counts(places: &[Place<'_>]) -> BTreeMap<ListKind, usize> {
    let mut counts = BTreeMap::new();
    for (kind, _) in places {
        let count: &mut usize = counts.entry(*kind).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

/// Index in the old version to index in the new one.
fn pair(old: &[Place<'_>], new: &[Place<'_>], wording: &Wording) -> BTreeMap<usize, usize> {
    let keyed = |places: &[Place<'_>]| -> Vec<String> {
        places.iter().map(|(_, entry)| wording.key(&entry.title)).collect()
    };
    let (old_keys, new_keys) = (keyed(old), keyed(new));
    let key = |keys: &[String], at: usize| keys.get(at).cloned().unwrap_or_default();
    let mut pairs = Pairs::default();
    pairs.join(
        old,
        new,
        |_, (_, entry)| Some(entry.id.clone()),
        |_, (_, entry)| Some(entry.was.clone()).filter(|was| !was.is_empty()),
    );
    let own = |keys: &[String], at: usize, kind: ListKind| Some((kind, key(keys, at)));
    pairs.join(
        old,
        new,
        |at, (kind, _)| own(&old_keys, at, kind),
        |at, (kind, _)| own(&new_keys, at, kind),
    );
    pairs.join(old, new, |at, _| Some(key(&old_keys, at)), |at, _| Some(key(&new_keys, at)));
    let id = |(kind, entry): Place<'_>| Some((kind, entry.id.clone()));
    pairs.join(old, new, |_, place| id(place), |_, place| id(place));
    pairs.to_new
}

#[derive(Default)]
struct Pairs {
    to_new: BTreeMap<usize, usize>,
    taken: BTreeSet<usize>,
}

impl Pairs {
    /// Pairs what is still alone on both sides and has the same mark, first with first.
    fn join<'a, M: Ord>(
        &mut self,
        old: &[Place<'a>],
        new: &[Place<'a>],
        old_mark: impl Fn(usize, Place<'a>) -> Option<M>,
        new_mark: impl Fn(usize, Place<'a>) -> Option<M>,
    ) {
        let mut waiting: BTreeMap<M, Vec<usize>> = BTreeMap::new();
        for (at, place) in old.iter().enumerate().rev() {
            if !self.to_new.contains_key(&at)
                && let Some(mark) = old_mark(at, *place)
            {
                waiting.entry(mark).or_default().push(at);
            }
        }
        for (at, place) in new.iter().enumerate() {
            if self.taken.contains(&at) {
                continue;
            }
            let from = new_mark(at, *place).and_then(|mark| waiting.get_mut(&mark)?.pop());
            if let Some(from) = from {
                self.to_new.insert(from, at);
                self.taken.insert(at);
            }
        }
    }
}

fn alone(from_list: Option<ListKind>, to_list: Option<ListKind>, entry: &ListEntry) -> Change {
    Change {
        from_list,
        to_list,
        id: entry.id.clone(),
        title: entry.title.clone(),
        was_title: None,
        fields: Vec::new(),
    }
}

/// Fields that differ, by name; the title is told apart.
fn fields(old: &ListEntry, new: &ListEntry) -> Vec<Changed> {
    let object = |entry: &ListEntry| -> Map<String, Value> {
        match serde_json::to_value(entry) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    };
    let (old, new) = (object(old), object(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter(|name| name.as_str() != "title" && old.get(*name) != new.get(*name))
        .map(|name| Changed {
            field: name.clone(),
            before: old.get(name).cloned().unwrap_or_default(),
            after: new.get(name).cloned().unwrap_or_default(),
        })
        .collect()
}
