//! One question of another system, answered over what is stored: gather, choose the post, decide.
//!
//! Things and records are built once and kept beside their rows; a question borrows them and adds
//! what it cites. Of what the caller states only what the schema marks `@request` is used.

use std::collections::BTreeMap;
use std::sync::Arc;

use decision::{Asked, Why};
use evaluator::{Context, SmolStr, Thing, Value};
use model::{Ask, Decision, Digest, DivisionCode, Effect, Entity, Minute};
use serde_json::{Map, Value as Json};

use crate::about::About;
use crate::acts::admissions;
use crate::decide::refused;
use crate::gather;
use crate::row::Post;
use crate::snapshot::{Compiled, Snapshot};
use crate::state::{Built, Slot, State};

/// Context keys by which a caller may cite what is recorded.
const CITES: [&str; 3] = ["post", "record", "grant"];
/// Context keys that steer the answer and never reach a policy.
const STEERING: [&str; 2] = ["explain", "purpose"];

/// An answer with what it was reached over.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Yes or no.
    pub effect: Effect,
    /// Deciding policies, or a code where none was asked.
    pub policies: Vec<String>,
    /// Digest of the rules.
    pub edition: Digest,
    /// Stated values that were dropped.
    pub dropped: Vec<String>,
    seen: Option<Seen>,
    refusal: Option<Decision>,
}

/// What the policies saw.
#[derive(Clone, Debug)]
struct Seen {
    principal: Thing,
    resource: Thing,
    /// For a deny one for each post, for an allow the one it rests on.
    contexts: Vec<Context>,
    township: Option<DivisionCode>,
}

impl Judged {
    /// Whether it may be done.
    pub fn allowed(&self) -> bool {
        self.effect == Effect::Allow
    }

    /// Why, for a reader; `shows` tells whether the reader may see a label. Of several posts the first is
    /// told for which the reader sees a reason: which one that is must not hang on a hidden reason.
    pub fn why(&self, snapshot: &Snapshot, action: &str, shows: &dyn Fn(&str) -> bool) -> Why {
        let compiled = snapshot.held(self.edition);
        if let (Some(seen), Some(compiled)) = (&self.seen, compiled) {
            let mut all = seen.contexts.iter().map(|context| {
                let asked = Asked {
                    township: seen.township,
                    action,
                    principal: &seen.principal,
                    resource: &seen.resource,
                    context,
                };
                compiled.decider.why(&asked, shows)
            });
            if let Some(first) = all.next() {
                let named = |why: &Why| why.names_a_reason();
                return if named(&first) { first } else { all.find(named).unwrap_or(first) };
            }
        }
        let decision = self
            .refusal
            .clone()
            .unwrap_or_else(|| refused("nobody", "没有办事人，不能办。", self.edition).decision);
        Why { decision, missing: Vec::new(), who: Vec::new(), obligations: Vec::new() }
    }

    /// The same question on a host that cannot tell how fresh its record is.
    pub(crate) fn not_fresh(self) -> Self {
        let text = "本机的记录不能确认是最新的，一律不能办。请稍后再试，或者到主机上办理。";
        Self::refused("not-fresh", text, self.edition, self.dropped)
    }

    fn refused(code: &str, text: &str, edition: Digest, dropped: Vec<String>) -> Self {
        let decision = refused(code, text, edition).decision;
        Self {
            effect: Effect::Deny,
            policies: decision.reasons.iter().map(|reason| reason.policy.clone()).collect(),
            edition,
            dropped,
            seen: None,
            refusal: Some(decision),
        }
    }
}

/// Answers a question over a state.
pub fn judge(
    state: &State,
    snapshot: &Snapshot,
    now: Minute,
    ask: &Ask,
    township: Option<DivisionCode>,
) -> Judged {
    let about = About::thing(state, &ask.resource.kind, &ask.resource.id);
    let Some(compiled) = snapshot.deciding(now.day(), about) else {
        let text = "当日没有生效的规矩，一律不能办。请市里发布现行版本。";
        return Judged::refused("no-edition", text, Digest::default(), Vec::new());
    };
    judge_under(state, snapshot, compiled, now, ask, township)
}

/// Answers a question over a state under an edition, whether or not it is the one that answers there: to
/// ask again what was decided, or what would be.
pub fn judge_under(
    state: &State,
    snapshot: &Snapshot,
    compiled: &Compiled,
    now: Minute,
    ask: &Ask,
    township: Option<DivisionCode>,
) -> Judged {
    let mut dropped = Vec::new();
    let view = View { state, snapshot, compiled, now, ask };
    match view.gather(township, &mut dropped) {
        Ok(gathered) => view.choose(gathered, dropped),
        Err((code, text)) => Judged::refused(code, text, compiled.edition.digest(), dropped),
    }
}

/// What is gathered once for all posts.
pub(crate) struct Gathered {
    pub(crate) principal: Thing,
    pub(crate) resource: Thing,
    pub(crate) place: DivisionCode,
    pub(crate) township: Option<DivisionCode>,
    pub(crate) context: BTreeMap<SmolStr, Value>,
}

pub(crate) type Refused = (&'static str, &'static str);

pub(crate) const UNKNOWN: Refused =
    ("resource-unknown", "事项未登记，不能办。请先登记，或核对编号。");
const UNLISTED: Refused =
    ("item-unknown", "清单上没有适用于本村（社区）的这个事项，不能办。清单之外的权力不能行使。");
const UNFIT: Refused =
    ("facts-invalid", "登记的资料不完整或者不合格式，不能办。请联系数据管理员补齐后再办。");

pub(crate) struct View<'a> {
    pub(crate) state: &'a State,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) compiled: &'a Compiled,
    pub(crate) now: Minute,
    pub(crate) ask: &'a Ask,
}

impl View<'_> {
    pub(crate) fn gather(
        &self,
        township: Option<DivisionCode>,
        dropped: &mut Vec<String>,
    ) -> Result<Gathered, Refused> {
        let ask = self.ask;
        if ask.subject.kind != "Person" {
            return Err((
                "subject-not-a-person",
                "办事人必须是登记在册的自然人；机构通过会议记录行使职权，由具体的人引用。",
            ));
        }
        note(dropped, "subject.properties", &ask.subject.properties);
        if let Some(properties) = &ask.action_properties {
            note(dropped, "action.properties", properties);
        }
        let requested = self.requested(dropped);
        let principal = self.person(&ask.subject.id)?;
        let (resource, place, mut own) = self.resource(&requested)?;
        if township.is_some_and(|township| place.township() != township) {
            let text = "该事项不属于本镇街，不能在这里办。请向事项所在镇街的地址提出。";
            return Err(("another-township", text));
        }
        let below = place.level() != model::DivisionLevel::County;
        let of = below.then(|| place.township());
        let base = self.snapshot.base(self.compiled, of, self.now);
        let mut context = base.as_ref().clone();
        context.append(&mut own);
        self.cite(&mut context, dropped)?;
        Ok(Gathered { principal, resource, place, township: of, context })
    }

    pub(crate) fn person(&self, id: &str) -> Result<Thing, Refused> {
        let unknown = ("subject-unknown", "办事人未登记，不能办。请先由市级数据管理员登记。");
        self.thing(self.state.persons.slot(id).ok_or(unknown)?, gather::person)
    }

    /// The caller's values that the schema allows, from resource properties and context.
    fn requested(&self, dropped: &mut Vec<String>) -> BTreeMap<SmolStr, Value> {
        let decider = &self.compiled.decider;
        let mut values = BTreeMap::new();
        let of_resource = decider.request_attributes(&self.ask.resource.kind);
        for (name, value) in self.ask.resource.properties.iter().filter(|(_, v)| !v.is_null()) {
            match plain(value).filter(|_| of_resource.contains(name)) {
                Some(value) => drop(values.insert(SmolStr::new(name), value)),
                None => dropped.push(format!("resource.properties.{name}")),
            }
        }
        let of_action = decider.request_attributes(&self.ask.action);
        for (name, value) in self.ask.context.iter().filter(|(_, v)| !v.is_null()) {
            let steers = STEERING.contains(&name.as_str());
            match plain(value).filter(|_| of_action.contains(name)) {
                Some(value) => drop(values.insert(SmolStr::new(name), value)),
                None if steers || CITES.contains(&name.as_str()) => {}
                None => dropped.push(format!("context.{name}")),
            }
        }
        values
    }

    /// A row's thing, built when it is first asked for.
    pub(crate) fn thing<T>(
        &self,
        slot: &Slot<T>,
        of: impl Fn(&T) -> Entity,
    ) -> Result<Thing, Refused> {
        let built = slot.built(self.snapshot.serial, |row| Built {
            thing: self.compiled.decider.thing(&of(row)).ok(),
            ..Built::default()
        });
        built.1.thing.clone().ok_or(UNFIT)
    }

    /// A row's value for a context, built when it is first asked for.
    fn value<T>(&self, slot: &Slot<T>, of: impl Fn(&T) -> model::Value) -> Option<Value> {
        let name = || ("value".to_owned(), String::new());
        // The thing of the same row may have been built before, without the value.
        let built = slot.built(self.snapshot.serial, |_| Built::default());
        if let Some(value) = built.1.further.get(&name()) {
            return value.clone();
        }
        let value = Some(evaluator::of_model(&of(&slot.row)));
        slot.keep(self.snapshot.serial, name(), value.clone());
        value
    }

    /// The stored thing, where it lies, and what the record adds to the context.
    fn resource(
        &self,
        requested: &BTreeMap<SmolStr, Value>,
    ) -> Result<(Thing, DivisionCode, BTreeMap<SmolStr, Value>), Refused> {
        let (state, id) = (self.state, self.ask.resource.id.as_str());
        let none = BTreeMap::new;
        let fresh = |entity: &Entity| self.compiled.decider.thing(entity).map_err(|_| UNFIT);
        Ok(match self.ask.resource.kind.as_str() {
            "Matter" => {
                let slot = state.matters.slot(id).ok_or(UNKNOWN)?;
                let (thing, context) = self.matter(slot, requested)?;
                (thing, slot.row.village, context)
            }
            "Task" => {
                let slot = state.tasks.slot(id).ok_or(UNKNOWN)?;
                let (edition, day) = (&self.compiled.edition, self.now.day());
                let action = &self.ask.action;
                let context = admissions::admission_context(state, edition, day, action, &slot.row);
                let declared = evaluator::record_of_model(&context);
                (self.thing(slot, gather::task)?, slot.row.village, declared)
            }
            "Delegation" => {
                let slot = state.delegations.slot(id).ok_or(UNKNOWN)?;
                // A delegation is cited as a value and acted upon as a thing; both are kept.
                (fresh(&gather::delegation(&slot.row))?, slot.row.village, none())
            }
            "Account" => {
                let (entity, place) = gather::account(state, id).ok_or(UNKNOWN)?;
                (fresh(&entity)?, place, self.purpose())
            }
            "Round" => {
                let row = state.rounds.get(id).ok_or(UNKNOWN)?;
                (fresh(&gather::round(state, row))?, row.village, self.purpose())
            }
            "Redemption" => {
                let slot = state.redemptions.slot(id).ok_or(UNKNOWN)?;
                (self.thing(slot, gather::redemption)?, slot.row.order.village, none())
            }
            "Person" => {
                let slot = state.persons.slot(id).ok_or(UNKNOWN)?;
                (self.thing(slot, gather::person)?, slot.row.unit, none())
            }
            kind @ ("Village" | "Township" | "District") => {
                let code = DivisionCode::parse(id).map_err(|_| UNKNOWN)?;
                let entity = gather::unit(&self.compiled.edition, code)
                    .filter(|entity| entity.id.kind == kind)
                    .ok_or(UNKNOWN)?;
                (fresh(&entity)?, code, self.of_unit(code, requested)?)
            }
            _ => return Err(UNKNOWN),
        })
    }

    /// The purpose that was stated, where the action asks for one.
    fn purpose(&self) -> BTreeMap<SmolStr, Value> {
        let mut context = BTreeMap::new();
        if self.compiled.decider.declares(&self.ask.action, "purpose") {
            let purpose = self.ask.context.get("purpose").and_then(Json::as_str);
            let purpose = evaluator::text(purpose.unwrap_or_default());
            context.insert(SmolStr::new_static("purpose"), purpose);
        }
        context
    }

    /// What an action on a place is told: what was stated, and whether a stated item is a local one.
    fn of_unit(
        &self,
        code: DivisionCode,
        requested: &BTreeMap<SmolStr, Value>,
    ) -> Result<BTreeMap<SmolStr, Value>, Refused> {
        let mut context = requested.clone();
        if self.compiled.decider.declares(&self.ask.action, "local") {
            let item = requested.get("item").and_then(evaluator::text_of).unwrap_or_default();
            let item = self.compiled.edition.item(Some(code.township()), item);
            let law = gather::law(&self.compiled.edition, code);
            let listed = item.filter(|item| law.is_some_and(|law| item.applies_to(law)));
            let local = listed.ok_or(UNLISTED)?.local;
            let local = evaluator::of_model(&model::Value::Bool(local));
            context.insert(SmolStr::new_static("local"), local);
            let item = requested.get("item").and_then(evaluator::text_of).unwrap_or_default();
            let variant = requested.get("variant").and_then(evaluator::text_of).unwrap_or_default();
            let edition = &self.compiled.edition;
            let needs = match edition.variant(Some(code.township()), item, variant) {
                None if !variant.is_empty() => "unknown",
                found => crate::acts::matters::variant_needs(found),
            };
            context.insert(SmolStr::new_static("variantNeeds"), evaluator::text(needs));
            let certificate =
                requested.get("certificate").and_then(evaluator::text_of).unwrap_or_default();
            // a question names no documents: what the villager is asked for is stated where it is opened
            let papers = crate::papers::Papers { certificate, service: "", documents: &[] };
            let papers = crate::papers::facts(edition, self.now.day(), &papers);
            context.append(&mut evaluator::record_of_model(&papers));
            let one = crate::terms::one_shoulder(self.state, code, self.now.day()).is_some();
            let one = evaluator::of_model(&model::Value::Bool(one));
            context.insert(SmolStr::new_static("oneShoulder"), one);
        }
        Ok(context)
    }

    /// Puts cited records into the context. One that is cited but not stored is an error of the
    /// caller's making: a deny by name.
    fn cite(
        &self,
        context: &mut BTreeMap<SmolStr, Value>,
        dropped: &mut Vec<String>,
    ) -> Result<(), Refused> {
        let cited = |name: &str| self.ask.context.get(name).and_then(Json::as_str);
        for name in ["record", "grant"] {
            let Some(id) = cited(name) else { continue };
            let value = if name == "record" {
                let slot = self.state.meetings.slot(id).ok_or((
                    "record-unknown",
                    "引用的会议记录未登记，不能办。请先登记会议记录。",
                ))?;
                self.value(slot, gather::meeting)
            } else {
                let unknown = ("grant-unknown", "引用的委托未登记，不能办。");
                let slot = self.state.delegations.slot(id).ok_or(unknown)?;
                self.value(slot, gather::grant)
            };
            if self.compiled.decider.declares(&self.ask.action, name) {
                context.extend(value.map(|value| (SmolStr::new(name), value)));
            } else {
                dropped.push(format!("context.{name}"));
            }
        }
        Ok(())
    }

    /// Asks once per post of the person that covers the place, or for the cited one. The first that is
    /// allowed answers, else the deny that names a prohibition.
    fn choose(&self, gathered: Gathered, dropped: Vec<String>) -> Judged {
        let Gathered { principal, resource, place, township, context } = gathered;
        let cited = self.ask.context.get("post").and_then(Json::as_str);
        let slots: Vec<&Arc<Slot<Post>>> = match cited.and_then(|id| self.state.posts.slot(id)) {
            Some(slot) => vec![slot],
            None => self
                .state
                .post_slots(&self.ask.subject.id)
                .filter(|slot| slot.row.unit.contains(place))
                .collect(),
        };
        let mut posts: Vec<Option<Value>> =
            slots.into_iter().map(|slot| self.value(slot, gather::post)).collect();
        if posts.is_empty() {
            posts.push(None);
        }
        let mut kept: Option<(Effect, Vec<String>)> = None;
        let mut contexts = Vec::new();
        let last = posts.len();
        let mut context = context;
        for (number, post) in (1..).zip(posts) {
            let mut own =
                if number == last { std::mem::take(&mut context) } else { context.clone() };
            own.extend(post.map(|post| (SmolStr::new_static("post"), post)));
            let own: Context = Arc::new(own);
            let asked = Asked {
                township,
                action: &self.ask.action,
                principal: &principal,
                resource: &resource,
                context: &own,
            };
            let (effect, policies) = self.compiled.decider.verdict(&asked);
            let named = |policies: &[String]| policies != ["no-permit"];
            if effect == Effect::Allow {
                (kept, contexts) = (Some((effect, policies)), vec![own]);
                break;
            }
            contexts.push(own);
            if kept.as_ref().is_none_or(|(_, old)| !named(old) && named(&policies)) {
                kept = Some((effect, policies));
            }
        }
        let edition = self.compiled.edition.digest();
        let Some((effect, policies)) = kept else {
            return Judged::refused("nobody", "没有办事人，不能办。", edition, dropped);
        };
        let seen = Some(Seen { principal, resource, contexts, township });
        Judged { effect, policies, edition, dropped, seen, refusal: None }
    }
}

fn note(dropped: &mut Vec<String>, of: &str, map: &Map<String, Json>) {
    let stated = map.iter().filter(|(_, value)| !value.is_null());
    dropped.extend(stated.map(|(name, _)| format!("{of}.{name}")));
}

/// JSON as a Cedar value; null, fractions, lists and objects have none here.
fn plain(value: &Json) -> Option<Value> {
    match value {
        Json::Bool(b) => Some(evaluator::of_model(&model::Value::Bool(*b))),
        Json::Number(n) => n.as_i64().map(evaluator::long),
        Json::String(s) => Some(evaluator::text(s.as_str())),
        _ => None,
    }
}
