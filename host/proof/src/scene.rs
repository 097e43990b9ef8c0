//! A request with its facts, as values that can be changed one at a time and asked again.

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, Policy, PolicySet, Request, Schema,
};
use cedar_policy_symcc::Env;
use decision::Decider;
use model::{DivisionCode, Effect, Entity, EntityRef, Facts, Record, Value};
use serde_json::{Value as Json, json};

/// Attributes that repeat an entity's id; the engine refuses a thing in which they differ, and in logic
/// they are two facts.
const IDENTITY: [&str; 3] = ["pid", "id", "code"];

/// A request and everything a decision may see of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Scene {
    pub(crate) action: String,
    pub(crate) principal: Entity,
    pub(crate) resource: Entity,
    pub(crate) context: Record,
}

/// A place of a value in a scene: `principal`, `resource` or `context`, then names.
pub(crate) type Path = Vec<String>;

impl Scene {
    /// What a solver found, with ids made those that the things carry.
    pub(crate) fn of(found: &Env) -> Option<Self> {
        let entity = |uid: &EntityUid| -> Option<Entity> {
            let json = found.entities.get(uid)?.to_json_value().ok()?;
            let attrs: Record = serde_json::from_value(json.get("attrs")?.clone()).ok()?;
            let kind = uid.type_name().to_string();
            Some(Entity { id: EntityRef::new(kind, uid.id().unescaped()), attrs })
        };
        let request = &found.request;
        let context = request.context()?.to_json_value().ok()?;
        let mut scene = Self {
            action: request.action()?.id().unescaped().to_owned(),
            principal: entity(request.principal()?)?,
            resource: entity(request.resource()?)?,
            context: serde_json::from_value(context).ok()?,
        };
        scene.name_things();
        Some(scene)
    }

    /// Gives each thing the id that it carries among its attributes.
    pub(crate) fn name_things(&mut self) {
        for thing in [&mut self.principal, &mut self.resource] {
            let carried = IDENTITY.iter().find_map(|name| match thing.attrs.get(*name) {
                Some(Value::Text(text)) => Some(text.clone()),
                _ => None,
            });
            if let Some(id) = carried {
                thing.id.id = id;
            }
        }
    }

    /// Every place that holds something, from the outside in.
    pub(crate) fn paths(&self) -> Vec<Path> {
        let mut all = Vec::new();
        for (root, record) in self.roots() {
            walk(&mut vec![root.to_owned()], record, &mut all);
        }
        all
    }

    fn roots(&self) -> [(&'static str, &Record); 3] {
        [
            ("principal", &self.principal.attrs),
            ("resource", &self.resource.attrs),
            ("context", &self.context),
        ]
    }

    /// The value at a place.
    pub(crate) fn get(&self, path: &[String]) -> Option<&Value> {
        let (root, names) = path.split_first()?;
        let (_, record) = self.roots().into_iter().find(|(name, _)| name == root)?;
        let (last, way) = names.split_last()?;
        let mut here = record;
        for name in way {
            match here.get(name)? {
                Value::Record(inner) => here = inner,
                _ => return None,
            }
        }
        here.get(last)
    }

    /// Puts a value at a place, or takes what is there away.
    pub(crate) fn set(&mut self, path: &[String], value: Option<Value>) {
        let Some((root, names)) = path.split_first() else { return };
        let mut here = match root.as_str() {
            "principal" => &mut self.principal.attrs,
            "resource" => &mut self.resource.attrs,
            _ => &mut self.context,
        };
        let Some((last, way)) = names.split_last() else { return };
        for name in way {
            match here.get_mut(name) {
                Some(Value::Record(inner)) => here = inner,
                _ => return,
            }
        }
        match value {
            Some(value) => here.insert(last.clone(), value),
            None => here.remove(last),
        };
        self.name_things();
    }

    /// Whether Cedar's own authorizer allows it under each of some sets, without any error.
    pub(crate) fn allowed(&self, sets: &[&PolicySet], schema: &Schema) -> bool {
        let Some((request, entities)) = self.cedar(schema) else { return false };
        let authorizer = Authorizer::new();
        sets.iter().all(|set| {
            let answer = authorizer.is_authorized(&request, set, &entities);
            answer.decision() == Decision::Allow && answer.diagnostics().errors().next().is_none()
        })
    }

    /// As Cedar's request and entities, held against the schema; `None` when they do not fit.
    fn cedar(&self, schema: &Schema) -> Option<(Request, Entities)> {
        let uid = |id: &EntityRef| -> Option<EntityUid> {
            EntityUid::from_json(json!({"type": id.kind, "id": id.id})).ok()
        };
        let action = uid(&EntityRef::new("Action", &self.action))?;
        let (principal, resource) = (uid(&self.principal.id)?, uid(&self.resource.id)?);
        let mut things = vec![as_json(&self.principal)];
        if self.resource.id != self.principal.id {
            things.push(as_json(&self.resource));
        }
        let entities = Entities::from_json_value(Json::Array(things), Some(schema)).ok()?;
        let context = serde_json::to_value(&self.context).ok()?;
        let context = Context::from_json_value(context, Some((schema, &action))).ok()?;
        let request = Request::new(principal, action, resource, context, Some(schema)).ok()?;
        Some((request, entities))
    }

    /// Asks the engine's decider, as it would be asked for a stored person and a stored thing. Returns
    /// whether it allows and which policies decided.
    pub(crate) fn decided(
        &self,
        decider: &Decider,
        township: Option<DivisionCode>,
    ) -> (bool, Vec<String>) {
        let request = self.request();
        let answer = decider.decide(township, &request, &self.facts());
        let policies = answer.reasons.iter().map(|reason| reason.policy.clone()).collect();
        (answer.effect == Effect::Allow, policies)
    }

    fn request(&self) -> model::Request {
        model::Request {
            principal: self.principal.id.clone(),
            action: self.action.clone(),
            resource: self.resource.id.clone(),
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            principal: self.principal.clone(),
            resource: self.resource.clone(),
            context: self.context.clone(),
        }
    }

    /// Request and facts in the form of the model, to be tried again.
    pub(crate) fn json(&self) -> Json {
        json!({"request": self.request(), "facts": self.facts()})
    }
}

fn walk(path: &mut Path, record: &Record, all: &mut Vec<Path>) {
    for (name, value) in record {
        path.push(name.clone());
        all.push(path.clone());
        if let Value::Record(inner) = value {
            walk(path, inner, all);
        }
        path.pop();
    }
}

fn as_json(entity: &Entity) -> Json {
    json!({"uid": {"type": entity.id.kind, "id": entity.id.id}, "attrs": entity.attrs, "parents": []})
}

/// Texts that stand in policies; a value that a policy names says something and stays.
pub(crate) fn named_texts(policies: &[&Policy]) -> std::collections::BTreeSet<String> {
    fn collect(json: &Json, into: &mut std::collections::BTreeSet<String>) {
        match json {
            Json::Object(map) => {
                if let Some(Json::String(text)) = map.get("Value") {
                    into.insert(text.clone());
                }
                map.values().for_each(|value| collect(value, into));
            }
            Json::Array(list) => list.iter().for_each(|value| collect(value, into)),
            _ => {}
        }
    }
    let mut texts = std::collections::BTreeSet::new();
    for policy in policies {
        if let Ok(json) = policy.to_json() {
            collect(json.get("conditions").unwrap_or(&Json::Null), &mut texts);
        }
    }
    texts
}

/// Places that policies read: `resource.step`, `context.post.role`.
pub(crate) fn read_places(policies: &[&Policy]) -> std::collections::BTreeSet<Path> {
    fn access(json: &Json) -> Option<Path> {
        if let Some(Json::String(var)) = json.get("Var") {
            return Some(vec![var.clone()]);
        }
        let step = json.get(".").or_else(|| json.get("has"))?;
        let mut path = access(step.get("left")?)?;
        path.push(step.get("attr")?.as_str()?.to_owned());
        Some(path)
    }
    fn collect(json: &Json, into: &mut std::collections::BTreeSet<Path>) {
        if let Some(path) = access(json).filter(|path| path.len() > 1) {
            into.insert(path);
        }
        match json {
            Json::Object(map) => map.values().for_each(|value| collect(value, into)),
            Json::Array(list) => list.iter().for_each(|value| collect(value, into)),
            _ => {}
        }
    }
    let mut places = std::collections::BTreeSet::new();
    for policy in policies {
        if let Ok(json) = policy.to_json() {
            collect(json.get("conditions").unwrap_or(&Json::Null), &mut places);
        }
    }
    places
}
