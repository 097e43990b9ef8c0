//! Makes questions, single and many, in the words of a package.

use model::{Ask, Side};
use serde_json::{Map, Value, json};

use super::dice::Dice;

/// What exists, so that questions are about it more often than not.
#[derive(Clone, Default)]
pub(super) struct World {
    pub(super) things: Vec<(String, String)>,
    pub(super) actions: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) values: Vec<Value>,
    /// Subject, action and resource by their places above, of questions that are allowed.
    pub(super) allowed: Vec<[usize; 3]>,
}

/// Texts that exist nowhere, and some that trouble.
const STRANGE: [&str; 12] = [
    "",
    "x",
    "Action",
    "user",
    "__cedar",
    "a::b",
    "乡约",
    "\u{0}",
    "\"",
    "\\",
    "if",
    "\u{202e}abc",
];

/// Words of the wire, for the mutator.
pub(super) const WIRE: [&str; 30] = [
    "\"subject\":",
    "\"action\":",
    "\"resource\":",
    "\"context\":",
    "\"properties\":",
    "\"type\":",
    "\"id\":",
    "\"name\":",
    "\"evaluations\":[",
    "\"options\":{\"evaluations_semantic\":\"deny_on_first_deny\"},",
    "\"execute_all\"",
    "\"permit_on_first_permit\"",
    "{\"__entity\":{\"type\":\"user\",\"id\":\"ada\"}}",
    "{\"__extn\":{\"fn\":\"ip\",\"arg\":\"10.0.0.1\"}}",
    "{\"__extn\":{\"fn\":\"decimal\",\"arg\":\"1.5\"}}",
    "{\"__extn\":{\"fn\":\"unknown\",\"arg\":\"x\"}}",
    "{\"__extn\":{\"fn\":\"datetime\",\"arg\":\"2026-01-01\"}}",
    "{\"__expr\":\"1\"}",
    "\"__entity\":",
    "\"__extn\":",
    "null",
    "true",
    "{}",
    "[]",
    "\"page\":{\"limit\":1}",
    "\"explain\":true",
    "\"post\":",
    "\"record\":",
    "\"step\":\"MEM\"",
    "1.5",
];

impl World {
    pub(super) fn text(&self, dice: &mut Dice) -> String {
        match dice.below(12) {
            0 => (*dice.of(&STRANGE)).to_owned(),
            1 => {
                let many = dice.below(6);
                (0..many).filter_map(|_| char::from_u32(u32::from(dice.byte()) * 91)).collect()
            }
            2 if !self.names.is_empty() => dice.of(&self.names).clone(),
            3 if !self.actions.is_empty() => dice.of(&self.actions).clone(),
            _ if self.things.is_empty() => "x".to_owned(),
            _ => dice.of(&self.things).1.clone(),
        }
    }

    /// A value: often one that is used, else any.
    pub(super) fn value(&self, dice: &mut Dice, deep: usize) -> Value {
        if !self.values.is_empty() && dice.one_in(3) {
            return dice.of(&self.values).clone();
        }
        let kinds = if deep == 0 { 6 } else { 10 };
        match dice.below(kinds) {
            0 => Value::Null,
            1 => json!(dice.one_in(2)),
            2 => json!(i64::from_le_bytes(dice.next().to_le_bytes())),
            3 => json!(dice.below(12)),
            4 => json!(f64::from(dice.byte()) / 16.0),
            5 => json!(self.text(dice)),
            6 => (0..dice.below(4)).map(|_| self.value(dice, deep - 1)).collect(),
            7 => Value::Object(self.members(dice, deep - 1)),
            8 => {
                let (kind, id) = self.thing(dice);
                json!({"__entity": {"type": kind, "id": id}})
            }
            _ => {
                let (function, argument) = *dice.of(&[
                    ("ip", "10.0.0.1"),
                    ("ip", "10.0.0.0/8"),
                    ("ip", "x"),
                    ("decimal", "0.25"),
                    ("decimal", "12345678901234567890.1"),
                    ("datetime", "2026-07-01T00:00:00Z"),
                    ("duration", "1d2h"),
                    ("unknown", "x"),
                ]);
                json!({"__extn": {"fn": function, "arg": argument}})
            }
        }
    }

    pub(super) fn members(&self, dice: &mut Dice, deep: usize) -> Map<String, Value> {
        let many = dice.below(4);
        let mut members = Map::new();
        for _ in 0..many {
            let name = match self.names.len() {
                0 => self.text(dice),
                _ if dice.one_in(8) => self.text(dice),
                _ => dice.of(&self.names).clone(),
            };
            members.insert(name, self.value(dice, deep));
        }
        members
    }

    pub(super) fn thing(&self, dice: &mut Dice) -> (String, String) {
        if self.things.is_empty() || dice.one_in(12) {
            return (self.text(dice), self.text(dice));
        }
        let (kind, id) = dice.of(&self.things).clone();
        if dice.one_in(10) { (kind, self.text(dice)) } else { (kind, id) }
    }

    /// Looks for questions that are allowed: all of them, or as many as given by chance.
    pub(super) fn learn(&mut self, tries: usize, allows: impl Fn(&Ask) -> bool) {
        let (things, actions) = (self.things.len(), self.actions.len());
        let mut dice = Dice::new(3);
        for at in 0..tries.min(things * things * actions) {
            let three = if tries >= things * things * actions {
                [at % things, at / things % actions, at / things / actions]
            } else {
                [dice.below(things), dice.below(actions), dice.below(things)]
            };
            let side = |at: usize| {
                let (kind, id) = self.things[at].clone();
                Side { kind, id, ..Side::default() }
            };
            let action = self.actions[three[1]].clone();
            let (subject, resource) = (side(three[0]), side(three[2]));
            if allows(&Ask { subject, action, resource, ..Ask::default() }) {
                self.allowed.push(three);
            }
        }
    }

    fn side(&self, dice: &mut Dice) -> Value {
        let (kind, id) = self.thing(dice);
        let mut side = json!({"type": kind, "id": id});
        if dice.one_in(3) {
            side["properties"] = Value::Object(self.members(dice, 3));
        }
        side
    }

    fn action(&self, dice: &mut Dice) -> Value {
        let name = if self.actions.is_empty() || dice.one_in(10) {
            self.text(dice)
        } else {
            dice.of(&self.actions).clone()
        };
        let mut action = json!({"name": name});
        if dice.one_in(5) {
            action["properties"] = Value::Object(self.members(dice, 2));
        }
        action
    }

    /// A question; now and then something of it is missing or of another type.
    pub(super) fn question(&self, dice: &mut Dice) -> Value {
        let mut asked = json!({
            "subject": self.side(dice), "action": self.action(dice), "resource": self.side(dice),
        });
        if !self.allowed.is_empty() && dice.one_in(2) {
            let [subject, action, resource] = *dice.of(&self.allowed);
            let things = [("subject", subject), ("resource", resource)];
            for (name, (kind, id)) in things.map(|(name, at)| (name, &self.things[at])) {
                asked[name]["type"] = json!(kind);
                asked[name]["id"] = json!(id);
            }
            asked["action"] = json!({"name": self.actions[action]});
        }
        if dice.one_in(2) {
            asked["context"] = Value::Object(self.members(dice, 3));
        }
        if dice.one_in(10) {
            let paths = ["/subject", "/subject/id", "/action/name", "/resource/type", "/context"];
            if let Some(place) = asked.pointer_mut(dice.pick(&paths)) {
                *place = self.value(dice, 1);
            }
        }
        if dice.one_in(12) {
            let name = *dice.of(&["subject", "action", "resource"]);
            asked.as_object_mut().unwrap().remove(name);
        }
        asked
    }

    /// A request for several.
    pub(super) fn batch(&self, dice: &mut Dice) -> Value {
        let mut all = self.question(dice);
        let many = dice.below(5);
        let items = (0..many).map(|_| {
            let mut item = self.question(dice);
            for name in ["subject", "action", "resource", "context"] {
                if dice.one_in(2) {
                    item.as_object_mut().unwrap().remove(name);
                } else if let Some(part) = item[name].as_object_mut()
                    && dice.one_in(3)
                {
                    part.remove(*dice.of(&["id", "type", "name", "properties"]));
                }
            }
            if dice.one_in(15) { self.value(dice, 1) } else { item }
        });
        all["evaluations"] = items.collect();
        if dice.one_in(3) {
            let semantics =
                ["execute_all", "deny_on_first_deny", "permit_on_first_permit", "other"];
            all["options"] = json!({"evaluations_semantic": dice.of(&semantics)});
        }
        all
    }
}
