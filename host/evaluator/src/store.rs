//! Stored entities in a persistent map: a writer makes a new store that shares almost everything with
//! the old one, so readers keep theirs and never wait.
//!
//! INVARIANT (closed ancestors): every stored entity carries all its ancestors, as far as they are
//! stored; evaluating never looks for them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use cedar_policy_core::ast::{
    Entity, EntityType, EntityUID, Literal, PartialValue, Value, ValueKind,
};
use imbl::shared_ptr::DefaultSharedPtr;
use imbl::{GenericHashMap, OrdMap, OrdSet};
use smol_str::SmolStr;
use thiserror::Error;

use crate::reach::Reach;
use crate::thing::{Context, Thing};

/// Why an entity cannot be stored or removed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum StoreError {
    /// Its ancestors lead back to it.
    #[error("`{0}` would be its own ancestor; take one of its parents away")]
    Cycle(String),
    /// Two entities with one id.
    #[error("`{0}` is there twice; give each entity an id of its own")]
    Twice(String),
    /// Others name it as a parent.
    #[error("`{uid}` is a parent of {count} other entities; move them first")]
    HasChildren {
        /// The entity.
        uid: String,
        /// How many.
        count: usize,
    },
}

/// So many types are looked through one by one; with more, their names are written out and sorted.
const KINDS_MAX: usize = 24;

/// The same things twice: a tree is listed in order, but looking one up there compares some seventeen
/// ids that lie far apart in memory, while a hash leads to it in a few steps. Nothing walks the hashes.
#[derive(Clone, Debug)]
struct Rows {
    kind: EntityType,
    by_id: OrdMap<SmolStr, Thing>,
    by_hash: GenericHashMap<SmolStr, Thing, BuildHasherDefault<DefaultHasher>, DefaultSharedPtr>,
}

impl Rows {
    fn new(kind: EntityType) -> Self {
        Self { kind, by_id: OrdMap::new(), by_hash: GenericHashMap::default() }
    }

    fn get(&self, id: &str) -> Option<&Thing> {
        self.by_hash.get(id)
    }

    /// Puts a thing; whether there was none.
    fn insert(&mut self, thing: Thing) -> bool {
        let id = SmolStr::new(thing.id());
        self.by_hash.insert(id.clone(), thing.clone());
        self.by_id.insert(id, thing).is_none()
    }

    fn remove(&mut self, id: &str) -> Option<Thing> {
        self.by_hash.remove(id);
        self.by_id.remove(id)
    }
}

/// The stored entities of one moment. Cloning is cheap.
#[derive(Clone, Default, Debug)]
pub struct Store {
    kinds: BTreeMap<SmolStr, Rows>,
    children: OrdMap<EntityUID, OrdSet<Arc<EntityUID>>>,
    count: usize,
}

impl Store {
    /// A store of these entities; their ancestors are worked out from their parents.
    ///
    /// # Errors
    /// [`StoreError::Twice`], [`StoreError::Cycle`].
    pub fn of(things: impl IntoIterator<Item = Thing>) -> Result<Self, StoreError> {
        let mut left: BTreeMap<Arc<EntityUID>, Thing> = BTreeMap::new();
        for thing in things {
            if let Some(other) = left.insert(Arc::clone(thing.uid_arc()), thing) {
                return Err(StoreError::Twice(other.uid().to_string()));
            }
        }
        let mut store = Self::default();
        store.insert_closed(left)?;
        Ok(store)
    }

    /// Puts things with all their ancestors: parents go in first, so that what lies in them finds their
    /// ancestors there.
    fn insert_closed(
        &mut self,
        mut left: BTreeMap<Arc<EntityUID>, Thing>,
    ) -> Result<(), StoreError> {
        while let Some((first, _)) = left.first_key_value() {
            let mut path = vec![Arc::clone(first)];
            while let Some(uid) = path.last() {
                let Some(thing) = left.get(uid) else { break };
                let next = thing.entity().parents().find_map(|it| left.get_key_value(it));
                if let Some((parent, _)) = next {
                    if path.contains(parent) {
                        return Err(StoreError::Cycle(parent.to_string()));
                    }
                    path.push(Arc::clone(parent));
                    continue;
                }
                let closed = with_ancestors(thing, &self.above(thing));
                left.remove(uid);
                self.insert(closed);
                path.pop();
            }
        }
        Ok(())
    }

    /// All ancestors of a thing, by its parents and by what is stored of them.
    fn above(&self, thing: &Thing) -> BTreeSet<EntityUID> {
        let mut ancestors = BTreeSet::new();
        for parent in thing.entity().parents() {
            ancestors.insert(parent.clone());
            if let Some(stored) = self.get(parent) {
                ancestors.extend(stored.entity().ancestors().cloned());
            }
        }
        ancestors
    }

    /// A store of entities that already carry all their ancestors.
    pub(crate) fn of_closed(things: impl IntoIterator<Item = Thing>) -> Self {
        let mut store = Self::default();
        for thing in things {
            store.insert(thing);
        }
        store
    }

    fn insert(&mut self, thing: Thing) {
        for parent in thing.entity().parents() {
            let children = self.children.entry(parent.clone()).or_default();
            children.insert(Arc::clone(thing.uid_arc()));
        }
        self.replace(thing);
    }

    fn replace(&mut self, thing: Thing) {
        let kind = thing.uid().entity_type();
        let name = SmolStr::new(kind.to_string());
        let rows = self.kinds.entry(name).or_insert_with(|| Rows::new(kind.clone()));
        if rows.insert(thing) {
            self.count = self.count.saturating_add(1);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// A stored entity by the name of its type and its id.
    pub fn find(&self, kind: &str, id: &str) -> Option<&Thing> {
        self.kinds.get(kind)?.get(id)
    }

    /// A stored entity.
    pub fn get(&self, uid: &EntityUID) -> Option<&Thing> {
        let (kind, id): (_, &str) = (uid.entity_type(), uid.eid().as_ref());
        if self.kinds.len() > KINDS_MAX {
            return self.find(&kind.to_string(), id);
        }
        self.kinds.values().find(|rows| rows.kind == *kind)?.get(id)
    }

    /// A type of which something is stored.
    pub fn kind(&self, name: &str) -> Option<&EntityType> {
        self.kinds.get(name).map(|rows| &rows.kind)
    }

    /// Names of the types of which something is stored or was.
    pub fn kinds(&self) -> impl Iterator<Item = &SmolStr> {
        self.kinds.keys()
    }

    /// Entities of a type in the order of their ids, behind an id.
    pub fn of_kind<'a>(
        &'a self,
        kind: &str,
        behind: Option<&str>,
    ) -> Box<dyn Iterator<Item = &'a Thing> + 'a> {
        use std::ops::Bound;
        let Some(rows) = self.kinds.get(kind) else { return Box::new(std::iter::empty()) };
        let from = behind.map_or(Bound::Unbounded, |id| Bound::Excluded(SmolStr::new(id)));
        Box::new(rows.by_id.range((from, Bound::Unbounded)).map(|(_, thing)| thing))
    }

    /// How many of a type.
    pub fn count_of(&self, kind: &str) -> usize {
        self.kinds.get(kind).map_or(0, |rows| rows.by_id.len())
    }

    /// Puts an entity, new or changed, and brings the ancestors of what lies in it up to date.
    ///
    /// # Errors
    /// [`StoreError::Cycle`]; the store is then unchanged.
    pub fn put(&mut self, thing: &Thing) -> Result<(), StoreError> {
        let uid = thing.uid().clone();
        let ancestors = self.above(thing);
        if ancestors.contains(&uid) {
            return Err(StoreError::Cycle(uid.to_string()));
        }
        let old = self.get(&uid).cloned();
        let was: BTreeSet<EntityUID> =
            old.as_ref().map(|old| old.entity().ancestors().cloned().collect()).unwrap_or_default();
        for gone in old.iter().flat_map(|old| old.entity().parents()) {
            if !thing.entity().is_child_of(gone)
                && let Some(children) = self.children.get_mut(gone)
            {
                children.remove(&uid);
            }
        }
        self.insert(with_ancestors(thing, &ancestors));
        if was != ancestors || old.is_none() {
            self.reclose(&uid)?;
        }
        Ok(())
    }

    /// Removes an entity that no other names as its parent; `false` when it is not there.
    ///
    /// # Errors
    /// [`StoreError::HasChildren`].
    pub fn remove(&mut self, uid: &EntityUID) -> Result<bool, StoreError> {
        let count = self.children.get(uid).map_or(0, OrdSet::len);
        if count > 0 {
            return Err(StoreError::HasChildren { uid: uid.to_string(), count });
        }
        Ok(self.let_go(uid))
    }

    /// Leaves an entity out although others may name it as their parent: they stay, and no longer lie in
    /// what it lay in.
    ///
    /// # Errors
    /// As [`Store::put`]; with fewer parents there is no way to one.
    pub fn leave_out(&mut self, uid: &EntityUID) -> Result<bool, StoreError> {
        let was = self.let_go(uid);
        if was {
            self.reclose(uid)?;
        }
        Ok(was)
    }

    fn let_go(&mut self, uid: &EntityUID) -> bool {
        let name = uid.entity_type().to_string();
        let Some(rows) = self.kinds.get_mut(name.as_str()) else { return false };
        let id: &str = uid.eid().as_ref();
        let Some(old) = rows.remove(id) else { return false };
        self.count = self.count.saturating_sub(1);
        for parent in old.entity().parents() {
            if let Some(children) = self.children.get_mut(parent) {
                children.remove(uid);
            }
        }
        true
    }

    /// Works out anew the ancestors of everything that lies in an entity.
    fn reclose(&mut self, uid: &EntityUID) -> Result<(), StoreError> {
        let mut below: BTreeMap<Arc<EntityUID>, Thing> = BTreeMap::new();
        let mut next: Vec<Arc<EntityUID>> =
            self.children.get(uid).into_iter().flatten().cloned().collect();
        while let Some(child) = next.pop() {
            let Some(thing) = self.get(&child).filter(|_| !below.contains_key(&child)) else {
                continue;
            };
            next.extend(self.children.get(&*child).into_iter().flatten().cloned());
            below.insert(child, thing.clone());
        }
        self.insert_closed(below)
    }

    /// References to entities that are not stored, from stored ones: owner, attribute or parent, target.
    pub fn dangling(&self, most: usize) -> Vec<(String, String, String)> {
        let mut found = Vec::new();
        for rows in self.kinds.values() {
            for thing in rows.by_id.values() {
                let mut seen = |name: &str, uid: &EntityUID| {
                    if !uid.entity_type().is_action() && self.get(uid).is_none() {
                        found.push((thing.uid().to_string(), name.to_owned(), uid.to_string()));
                    }
                };
                for parent in thing.entity().parents() {
                    seen("parents", parent);
                }
                for (name, value) in thing.attrs() {
                    let mut direct = Vec::new();
                    references(value, &mut direct);
                    for uid in &direct {
                        seen(name, uid);
                    }
                }
                if found.len() >= most {
                    found.truncate(most);
                    return found;
                }
            }
        }
        found
    }

    /// Stored entities within reach of these roots; `None` when there are more than `most`.
    pub(crate) fn reachable(
        &self,
        reach: &Reach,
        roots: [&Thing; 3],
        context: &Context,
        most: usize,
    ) -> Option<Vec<Thing>> {
        let mut found: Vec<Thing> =
            reach.named.iter().filter_map(|uid| self.get(uid)).cloned().collect();
        if reach.hops == 0 {
            return Some(found);
        }
        let mut seen: BTreeSet<EntityUID> = roots.iter().map(|root| root.uid().clone()).collect();
        seen.extend(found.iter().map(|thing| thing.uid().clone()));
        let mut edge: Vec<EntityUID> = Vec::new();
        context.values().for_each(|value| references(value, &mut edge));
        for thing in roots.into_iter().chain(&found) {
            outgoing(thing, &mut edge);
        }
        for _ in 0..reach.hops {
            let mut next = Vec::new();
            for uid in std::mem::take(&mut edge) {
                if !seen.insert(uid.clone()) {
                    continue;
                }
                let Some(thing) = self.get(&uid) else { continue };
                outgoing(thing, &mut next);
                found.push(thing.clone());
                if found.len() > most {
                    return None;
                }
            }
            edge = next;
        }
        Some(found)
    }
}

fn outgoing(thing: &Thing, edge: &mut Vec<EntityUID>) {
    let entity = thing.entity();
    for (_, value) in entity.attrs().chain(entity.tags()) {
        if let PartialValue::Value(value) = value {
            references(value, edge);
        }
    }
}

/// References that a value is or holds in its records; not those in sets, which nothing can follow.
fn references(value: &Value, into: &mut Vec<EntityUID>) {
    match &value.value {
        ValueKind::Lit(Literal::EntityUID(uid)) => into.push(uid.as_ref().clone()),
        ValueKind::Record(record) => record.values().for_each(|inner| references(inner, into)),
        _ => {}
    }
}

fn with_ancestors(thing: &Thing, all: &BTreeSet<EntityUID>) -> Thing {
    let entity = thing.entity();
    let indirect: HashSet<EntityUID> =
        all.iter().filter(|uid| !entity.is_child_of(uid)).cloned().collect();
    if entity.indirect_ancestors().count() == indirect.len()
        && entity.indirect_ancestors().all(|uid| indirect.contains(uid))
    {
        return thing.clone();
    }
    let (uid, attrs, _, parents, tags) = Entity::clone(entity).into_inner();
    let entity = Entity::new_with_attr_partial_value(uid, attrs, indirect, parents, tags);
    Thing::of(Arc::new(entity))
}
