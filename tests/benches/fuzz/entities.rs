//! Stored entities: one in Cedar's JSON form, many in the quick form, and writes in any order.

use std::collections::BTreeMap;

use evaluator::{EntityUID, Store, StoreError, Thing, read_entities, write_entities};
use serde_json::{Value, json};

use super::dice::Dice;
use super::folders::{EXAMPLES, One};
use super::questions::{WIRE, World};
use super::{Ran, Target, kind, plain_words};

/// Entities of the example folders, with and without a schema.
pub(super) struct Entities(Vec<One>);

impl Entities {
    pub(super) fn open() -> Self {
        Self(EXAMPLES.map(One::open).into())
    }
}

fn entity(world: &World, dice: &mut Dice) -> Value {
    let reference = |(kind, id): (String, String)| json!({"type": kind, "id": id});
    let many = dice.below(3);
    let parents: Vec<Value> = (0..many).map(|_| reference(world.thing(dice))).collect();
    let mut value = json!({
        "uid": reference(world.thing(dice)), "attrs": world.members(dice, 3), "parents": parents,
    });
    if dice.one_in(4) {
        value["tags"] = Value::Object(world.members(dice, 1));
    }
    value
}

impl Target for Entities {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let stores = self.0.iter().map(|one| &one.store);
        let things = stores.flat_map(|store| {
            store.kinds().flat_map(|kind| store.of_kind(kind, None)).map(Thing::to_cedar_json)
        });
        things.map(|value| value.to_string().into_bytes()).collect()
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        entity(&dice.of(&self.0).world, dice).to_string().into_bytes()
    }

    fn words(&self) -> &[&'static str] {
        &WIRE
    }

    fn careful(&self) -> bool {
        true
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        let Ok(value) = serde_json::from_slice::<Value>(input) else { return Ok(0) };
        let mut kinds = String::new();
        for schema in [None, self.0[0].folder.schema(), self.0[3].folder.schema()] {
            match Thing::of_cedar_json(value.clone(), schema) {
                Ok(thing) => {
                    let written = thing.to_cedar_json();
                    let again = Thing::of_cedar_json(written.clone(), schema)
                        .map_err(|error| format!("written {written}: {error}"))?;
                    if !thing.agrees_with(&again) || again.to_cedar_json() != written {
                        return Err(format!("{written} is read as {}", again.to_cedar_json()));
                    }
                    kinds.push_str("ok ");
                }
                Err(error) => kinds.push_str(&plain_words(&error.to_string())),
            }
        }
        Ok(kind(&[&kinds]))
    }
}

/// Whole stores in the quick form.
pub(super) struct Quick(Vec<One>);

impl Quick {
    pub(super) fn open() -> Self {
        Self(EXAMPLES.map(One::open).into())
    }
}

impl Target for Quick {
    fn seeds(&self) -> Vec<Vec<u8>> {
        self.0.iter().map(|one| write_entities(&one.store)).collect()
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        let world = dice.of(&self.0).world.clone();
        let mut out = Vec::new();
        for _ in 0..dice.below(6) {
            let (kind, id) = world.thing(dice);
            let line = json!([
                kind,
                id,
                world.members(dice, 2),
                [world.thing(dice)],
                [world.thing(dice)],
                world.members(dice, 1)
            ]);
            out.extend_from_slice(line.to_string().as_bytes());
            out.push(b'\n');
        }
        out
    }

    fn words(&self) -> &[&'static str] {
        &WIRE
    }

    fn careful(&self) -> bool {
        true
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        match read_entities(input) {
            Ok(store) => {
                let written = write_entities(&store);
                let again = read_entities(&written)
                    .map_err(|error| format!("written and read again: {error}"))?;
                if again.len() != store.len() || write_entities(&again) != written {
                    return Err("written and read again it is another store".to_owned());
                }
                Ok(kind(&["ok", &store.len().min(20).to_string()]))
            }
            Err(error) => Ok(kind(&[&plain_words(&error.to_string())])),
        }
    }
}

/// Puts and removes over a few entities. A byte says what is done to which, two more which parents.
pub(super) struct Writes;

const KINDS: [&str; 3] = ["user", "group", "a::b"];
const COUNT: usize = 10;

fn name(number: usize) -> (&'static str, String) {
    (KINDS[number % KINDS.len()], format!("e{number}"))
}

fn thing(number: usize, parents: u16, mark: u8) -> Thing {
    let reference = |(kind, id): (&str, String)| json!({"type": kind, "id": id});
    let parents: Vec<Value> = (0..COUNT)
        .filter(|parent| parents & (1 << parent) != 0)
        .map(|parent| reference(name(parent)))
        .collect();
    let value =
        json!({"uid": reference(name(number)), "attrs": {"mark": mark}, "parents": parents});
    Thing::of_cedar_json(value, None).unwrap()
}

/// Whether what an entity lies in leads back to it.
fn leads_back(rows: &BTreeMap<usize, (u16, u8)>, number: usize) -> bool {
    let mut seen = 0_u16;
    let mut open = rows.get(&number).map_or(0, |row| row.0);
    while open != 0 {
        seen |= open;
        let next = (0..COUNT).filter(|it| open & (1 << it) != 0);
        open = next.filter_map(|it| rows.get(&it)).fold(0, |all, row| all | row.0) & !seen;
    }
    seen & (1 << number) != 0
}

impl Writes {
    fn step(
        store: &mut Store,
        rows: &mut BTreeMap<usize, (u16, u8)>,
        step: [u8; 3],
    ) -> Result<String, String> {
        let number = usize::from(step[0]) % COUNT;
        let before = write_entities(store);
        if step[0] >= 200 {
            let children = rows.values().filter(|row| row.0 & (1 << number) != 0).count();
            let uid: EntityUID = thing(number, 0, 0).uid().clone();
            let told = store.remove(&uid);
            let was = rows.contains_key(&number);
            let right = match &told {
                Err(StoreError::HasChildren { count, .. }) => children > 0 && *count == children,
                Ok(done) => children == 0 && *done == was,
                Err(_) => false,
            };
            if !right {
                return Err(format!(
                    "remove e{number}: {told:?}, {children} children, there {was}"
                ));
            }
            if told.is_ok() {
                rows.remove(&number);
            } else if write_entities(store) != before {
                return Err("a refused removal changed the store".to_owned());
            }
            return Ok(format!("remove {}", told.is_ok()));
        }
        // few parents at a time, or everything is a circle
        let parents = u16::from(step[1]) & u16::from(step[2]) | (u16::from(step[2]) & 0x80) << 2;
        let mut after = rows.clone();
        after.insert(number, (parents, step[1]));
        let circle = leads_back(&after, number);
        let told = store.put(&thing(number, parents, step[1]));
        match (&told, circle) {
            (Ok(()), false) => *rows = after,
            (Err(StoreError::Cycle(_)), true) if write_entities(store) == before => {}
            _ => return Err(format!("put e{number}: {told:?}, leads back to itself: {circle}")),
        }
        Ok(format!("put {}", told.is_ok()))
    }
}

impl Target for Writes {
    fn seeds(&self) -> Vec<Vec<u8>> {
        vec![vec![0, 2, 2, 1, 4, 4, 2, 1, 1, 2, 8, 8, 201, 0, 0, 1, 0, 0, 200, 0, 0]]
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        let many = 3 * dice.below(40);
        (0..many).map(|_| dice.byte()).collect()
    }

    fn words(&self) -> &[&'static str] {
        &[]
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        let mut store = Store::default();
        let mut rows: BTreeMap<usize, (u16, u8)> = BTreeMap::new();
        let mut kinds = String::new();
        for (at, step) in input.chunks_exact(3).take(300).enumerate() {
            let step = [step[0], step[1], step[2]];
            let said = Self::step(&mut store, &mut rows, step)
                .map_err(|message| format!("step {at} {step:?}: {message}"))?;
            if at < 4 {
                kinds.push_str(&said);
            }
            let all = rows.iter().map(|(number, row)| thing(*number, row.0, row.1));
            let at_once = Store::of(all).map_err(|error| format!("step {at}: {error}"))?;
            if write_entities(&store) != write_entities(&at_once) || store.len() != rows.len() {
                let (ours, want) = (write_entities(&store), write_entities(&at_once));
                return Err(format!(
                    "step {at} {step:?}: {} instead of {}",
                    String::from_utf8_lossy(&ours),
                    String::from_utf8_lossy(&want)
                ));
            }
        }
        Ok(kind(&[&kinds, &rows.len().to_string()]))
    }
}
