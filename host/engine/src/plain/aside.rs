//! Values that a schema marks `@personal`, on their way past the journal: an attribute that carries the
//! mark or holds something that does goes whole to the side store, where it can be erased; the journal
//! keeps a reference to it. What the references lead to is put back by [`super::fold`].

use std::collections::BTreeMap;

use evaluator::{Thing, to_json};
use journal::{PersonalError, PersonalRef, PersonalStore};
use package::annotated::{Marked, marked_types};
use package::plain::Plain;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Name under which all tags of an entity are kept.
pub(super) const TAGS: &str = "tags";
/// What stands before the name of an attribute that is kept.
pub(super) const ATTRS: &str = "attrs.";
/// Stands for the removals, which come behind everything put.
pub(super) const REMOVED: usize = usize::MAX;

/// Where values of one entity are kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reference {
    /// What is kept there: `attrs.NAME` for an attribute, `tags` for all tags.
    pub fields: Vec<String>,
    /// Name and commitment of the side file.
    pub kept: PersonalRef,
}

impl Reference {
    fn names(&self, name: &str) -> bool {
        self.fields.iter().any(|own| own == name)
    }

    /// A thing without the values that are kept aside.
    pub(super) fn taken_from(&self, thing: &Thing) -> Thing {
        let gone = |name: &str| self.names(&format!("{ATTRS}{name}"));
        thing.without(&gone, self.names(TAGS))
    }
}

/// Values of a put entity that are not in the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Aside {
    /// Which of the entities of the record, from 0.
    pub entity: usize,
    /// Where they are kept.
    pub reference: Reference,
}

/// References of the entities that are stored now, by type and id.
#[derive(Clone, Default, Debug)]
pub(super) struct References(BTreeMap<String, BTreeMap<String, Reference>>);

impl References {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, kind: &str, id: &str) -> Option<&Reference> {
        self.0.get(kind)?.get(id)
    }

    pub(super) fn set(&mut self, kind: &str, id: &str, reference: Option<Reference>) {
        match reference {
            Some(reference) => {
                self.0.entry(kind.to_owned()).or_default().insert(id.to_owned(), reference);
            }
            None => {
                if let Some(own) = self.0.get_mut(kind) {
                    own.remove(id);
                    if own.is_empty() {
                        self.0.remove(kind);
                    }
                }
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, &Reference)> {
        self.0.iter().flat_map(|(kind, own)| {
            own.iter().map(|(id, reference)| (kind.as_str(), id.as_str(), reference))
        })
    }
}

/// Which values are kept aside, and where those of the stored entities are. Whoever writes holds it.
#[derive(Debug)]
pub(super) struct Writing {
    /// By entity type.
    pub(super) types: BTreeMap<String, Marked>,
    /// Of what is stored now.
    pub(super) references: References,
    /// Ids of side files that could not be wiped; it is tried again with the next write, and at the start.
    pub(super) unfinished: Vec<String>,
    /// Whether it is not known of some pending side files if a record refers to them; the next start knows.
    pub(super) unsure: bool,
}

/// The marks of a folder's schema, by entity type.
pub(super) fn types(plain: &Plain) -> BTreeMap<String, Marked> {
    let text = plain.schema_text.as_deref();
    text.map(|text| marked_types(text, "personal")).unwrap_or_default()
}

/// Values of a thing by the name under which they are kept.
fn fields(thing: &Thing, marked: &Marked) -> BTreeMap<String, String> {
    let attrs = marked.attrs.iter().filter_map(|name| {
        thing.attr(name).map(|value| (format!("{ATTRS}{name}"), to_json(value).to_string()))
    });
    let mut fields: BTreeMap<String, String> = attrs.collect();
    if marked.tags {
        let tags: Map<String, Value> =
            thing.tags().map(|(name, value)| (name.to_string(), to_json(value))).collect();
        if !tags.is_empty() {
            fields.insert(TAGS.to_owned(), Value::Object(tags).to_string());
        }
    }
    fields
}

/// Whether a thing holds a marked value that is in no side file: one of the folder's own file, or one that
/// was written before the schema carried the mark.
pub(super) fn in_the_open(thing: &Thing, marked: &Marked, reference: Option<&Reference>) -> bool {
    let kept = |name: &str| reference.is_some_and(|it| it.names(name));
    let attr = |name: &String| thing.attr(name).is_some() && !kept(&format!("{ATTRS}{name}"));
    marked.attrs.iter().any(attr) || (marked.tags && thing.tags().next().is_some() && !kept(TAGS))
}

/// Takes the fields out of an entity in Cedar's JSON form.
fn strip(value: &mut Value, fields: &BTreeMap<String, String>) {
    for name in fields.keys() {
        match name.strip_prefix(ATTRS) {
            Some(name) => {
                value.get_mut("attrs").and_then(Value::as_object_mut).map(|it| it.remove(name))
            }
            None => value.as_object_mut().map(|it| it.remove(name)),
        };
    }
}

impl Writing {
    /// What one write takes out and does away with.
    pub(super) fn parting(&self) -> Parting<'_> {
        Parting {
            writing: self,
            taken: Vec::new(),
            now: BTreeMap::new(),
            old: Vec::new(),
            at_once: Vec::new(),
        }
    }

    /// The write is safe: references change, and what it does away with is wiped. A write
    /// without personal values leaves nothing to do.
    pub(super) fn settle(&mut self, parted: Parted, personal: &PersonalStore) {
        let fresh = !parted.asides.is_empty();
        for ((kind, id), reference) in parted.changes {
            self.references.set(&kind, &id, reference);
        }
        if fresh || !parted.erased.is_empty() || !self.unfinished.is_empty() {
            self.wipe(personal, parted.erased.into_iter().map(|(_, id)| id));
        }
    }

    /// Wipes side files that no entity refers to any more, and those that could not be wiped before.
    pub(super) fn wipe(&mut self, personal: &PersonalStore, ids: impl IntoIterator<Item = String>) {
        self.unfinished.extend(ids);
        let wiped = personal.wipe(&self.unfinished);
        match wiped.and_then(|()| if self.unsure { Ok(()) } else { personal.recorded() }) {
            Ok(()) => self.unfinished.clear(),
            Err(error) => {
                tracing::error!(%error, "personal values could not be erased; it is tried again with the next write and at the next start");
            }
        }
    }
}

/// Fields of one put entity.
struct Taken {
    entity: usize,
    kind: String,
    id: String,
    fields: BTreeMap<String, String>,
}

/// What a write takes out of the entities it puts, and which older values it does away with.
pub(super) struct Parting<'a> {
    writing: &'a Writing,
    taken: Vec<Taken>,
    /// Which of the taken is in force in the end, if any.
    now: BTreeMap<(String, String), Option<usize>>,
    /// Side files done away with, and by which entity of the write.
    old: Vec<(usize, String)>,
    /// The same for what this write took itself: an entity that it puts twice.
    at_once: Vec<(usize, usize)>,
}

impl Parting<'_> {
    /// Looks at an entity that is put.
    pub(super) fn put(&mut self, entity: usize, thing: &Thing) {
        let Writing { types, references, .. } = self.writing;
        if types.is_empty() && references.is_empty() {
            return;
        }
        let kind = thing.uid().entity_type().to_string();
        let marked = types.get(&kind);
        if marked.is_none() && !references.0.contains_key(&kind) {
            return;
        }
        let fields = marked.map(|marked| fields(thing, marked)).unwrap_or_default();
        let now = (!fields.is_empty()).then_some(self.taken.len());
        self.turn(entity, &kind, thing.id(), now);
        if now.is_some() {
            self.taken.push(Taken { entity, kind, id: thing.id().to_owned(), fields });
        }
    }

    /// Looks at an entity that is removed.
    pub(super) fn removed(&mut self, kind: &str, id: &str) {
        self.turn(REMOVED, kind, id, None);
    }

    fn turn(&mut self, entity: usize, kind: &str, id: &str, now: Option<usize>) {
        match self.now.insert((kind.to_owned(), id.to_owned()), now) {
            Some(Some(before)) => self.at_once.push((entity, before)),
            Some(None) => {}
            None => {
                let old = self.writing.references.get(kind, id);
                self.old.extend(old.map(|old| (entity, old.kept.id.clone())));
            }
        }
    }

    /// Takes the values out of what is put and keeps them in the side store.
    pub(super) fn keep(
        self,
        put: &mut [Value],
        personal: &PersonalStore,
    ) -> Result<Parted, PersonalError> {
        let mut parted = Parted { erased: self.old, ..Parted::default() };
        let mut all = Vec::with_capacity(self.taken.len());
        let mut named = Vec::with_capacity(self.taken.len());
        for taken in self.taken {
            if let Some(value) = put.get_mut(taken.entity) {
                strip(value, &taken.fields);
            }
            named.push((taken.entity, taken.fields.keys().cloned().collect::<Vec<_>>()));
            all.push((format!("entity/{}/{}", taken.kind, taken.id), taken.fields));
        }
        let kept = if all.is_empty() { Vec::new() } else { personal.put_many(all)? };
        for ((entity, fields), kept) in named.into_iter().zip(kept) {
            parted.asides.push(Aside { entity, reference: Reference { fields, kept } });
        }
        for (entity, taken) in self.at_once {
            let twice = parted.asides.get(taken).map(|aside| aside.reference.kept.id.clone());
            parted.erased.extend(twice.map(|id| (entity, id)));
        }
        for (uid, now) in self.now {
            let reference = now.and_then(|now| parted.asides.get(now));
            parted.changes.push((uid, reference.map(|aside| aside.reference.clone())));
        }
        Ok(parted)
    }
}

/// What became of a write's personal values.
#[derive(Default)]
pub(super) struct Parted {
    /// What the record says of the entities it puts, in their order.
    pub(super) asides: Vec<Aside>,
    /// Side files done away with, and by which entity of the write.
    pub(super) erased: Vec<(usize, String)>,
    /// References as they are behind the write.
    pub(super) changes: Vec<((String, String), Option<Reference>)>,
}

impl Parted {
    /// What a part of the write says: the entities from `from` on, before `to`.
    pub(super) fn of(&self, from: usize, to: usize) -> (Vec<Aside>, Vec<String>) {
        let within = |entity: usize| entity >= from && entity < to;
        let asides = self.asides.iter().filter(|aside| within(aside.entity)).map(|aside| Aside {
            entity: aside.entity.saturating_sub(from),
            reference: aside.reference.clone(),
        });
        (asides.collect(), self.erased_by(within))
    }

    /// Side files done away with by these entities of the write.
    pub(super) fn erased_by(&self, by: impl Fn(usize) -> bool) -> Vec<String> {
        self.erased.iter().filter(|(entity, _)| by(*entity)).map(|(_, id)| id.clone()).collect()
    }

    /// Side files that this write made.
    pub(super) fn fresh(&self) -> Vec<String> {
        self.asides.iter().map(|aside| aside.reference.kept.id.clone()).collect()
    }
}
