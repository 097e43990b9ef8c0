//! The search for facts that break an invariant, told so that a clerk can follow them.

use std::collections::BTreeMap;

use cedar_policy::{ActionConstraint, Effect, EntityUid, Policy, PolicyId, PolicySet};
use decision::{Decider, Sources};
use model::{CivilDay, DivisionCode};

use crate::error::ProofError;
use crate::names::Names;
use crate::obligations::{Kinds, Subject, alone, most_permissive};
use crate::refine::{Refined, refine};
use crate::report::{Example, Outcome, Statement};
use crate::scene::{Scene, named_texts, read_places};
use crate::shrink::{Everyday, shrink};
use crate::solver::SolverCommand;

/// What the permit for everything is called in an answer.
const ANY: &str = "any-permit";

/// What a search needs to know.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) names: &'a Names,
    pub(crate) today: CivilDay,
    pub(crate) village: DivisionCode,
    pub(crate) solver: &'a SolverCommand,
}

/// Rules under which a case may come about.
struct Rules {
    /// `district`, a township's code or [`ANY`].
    name: String,
    set: PolicySet,
    township: Option<DivisionCode>,
}

impl Search<'_> {
    /// Facts under which an invariant is broken, for one kind of request: under the rules as they are if
    /// possible, otherwise under the forbids with a permit for everything.
    pub(crate) async fn example(
        &self,
        kinds: &Kinds<'_>,
        kind: usize,
        invariant: &Policy,
    ) -> Result<Option<Example>, ProofError> {
        let Some(kind) = kinds.all.get(kind) else { return Ok(None) };
        for rules in self.rules() {
            let Refined::Refuted(found) =
                refine(self.solver, kinds, kind, &rules.set, invariant).await
            else {
                continue;
            };
            let Some(scene) = Scene::of(&found) else { continue };
            return self.told(scene, &rules, invariant).map(Some);
        }
        Ok(None)
    }

    fn rules(&self) -> Vec<Rules> {
        let base = &self.subject.base;
        let mut all =
            vec![Rules { name: "district".to_owned(), set: base.clone(), township: None }];
        for (code, township) in self.subject.edition.townships() {
            let mut set = base.clone();
            // ids of townships never meet the district's
            if set.merge(&township.overlay, false).is_ok() {
                all.push(Rules { name: code.to_string(), set, township: Some(*code) });
            }
        }
        all.push(Rules {
            name: ANY.to_owned(),
            set: most_permissive(base, &|_| true),
            township: None,
        });
        all
    }

    /// Shrinks a case, asks the engine and puts it into words.
    fn told(&self, scene: Scene, rules: &Rules, invariant: &Policy) -> Result<Example, ProofError> {
        let edition = self.subject.edition;
        let schema = edition.schema();
        let decider = self.decider(rules)?;
        let never = alone(invariant);
        let policies: Vec<&Policy> = rules.set.policies().chain([invariant]).collect();
        let village = rules.township.map_or(self.village, |code| self.village_of(code));
        let everyday = Everyday {
            edition,
            names: self.names,
            today: self.today,
            village,
            named: named_texts(&policies),
        };
        let asked = of_action(&rules.set, &scene.action);
        let keeps = |scene: &Scene| {
            let shows = scene.allowed(&[&never, &asked], schema);
            shows.then(|| u8::from(scene.decided(&decider, rules.township).0))
        };
        let scene = shrink(scene, &everyday, &keeps);
        let (allowed, decided) = scene.decided(&decider, rules.township);
        let permits: Vec<&Policy> = decided
            .iter()
            .filter_map(|id| rules.set.policy(&PolicyId::new(id)))
            .filter(|policy| policy.effect() == Effect::Permit)
            .collect();
        let relevant = read_places(&permits.into_iter().chain([invariant]).collect::<Vec<_>>());
        let facts = scene
            .paths()
            .into_iter()
            .filter(|path| relevant.contains(path))
            .filter_map(|path| {
                let value = scene.get(&path).filter(|v| !matches!(v, model::Value::Record(_)))?;
                Some(Statement {
                    path: path.join("."),
                    name: self.names.of(&path),
                    value: self.names.value(edition, &path, value),
                })
            })
            .collect();
        Ok(Example {
            action_title: action_title(edition.schema_text(), &scene.action),
            action: scene.action.clone(),
            facts,
            replay: Outcome { rules: rules.name.clone(), allowed, policies: decided },
            live: rules.name != ANY,
            request: scene.json(),
        })
    }

    fn village_of(&self, township: DivisionCode) -> DivisionCode {
        if self.village.township() == township {
            return self.village;
        }
        let first = self.subject.edition.divisions().villages_of(township).next();
        first.map_or(self.village, |village| village.code)
    }

    /// The engine's own decider over the rules.
    fn decider(&self, rules: &Rules) -> Result<Decider, ProofError> {
        let edition = self.subject.edition;
        let hypothetical = rules.name == ANY;
        let overlays: BTreeMap<_, _> = if hypothetical {
            BTreeMap::new()
        } else {
            edition.townships().iter().map(|(&code, t)| (code, t.overlay.clone())).collect()
        };
        Ok(Decider::from_sources(Sources {
            schema: edition.schema(),
            schema_text: edition.schema_text(),
            base: if hypothetical { &rules.set } else { &self.subject.base },
            overlays: &overlays,
            digest: edition.digest(),
        })?)
    }
}

/// The policies that do not name other actions only; the others never matter for this one.
fn of_action(set: &PolicySet, action: &str) -> PolicySet {
    let names = |uid: &EntityUid| uid.id().unescaped() == action;
    let mut some = PolicySet::new();
    for policy in set.policies() {
        let takes = match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(uid) => names(&uid),
            ActionConstraint::In(uids) => uids.iter().any(names),
        };
        if takes {
            // ids are those of a set that held them all, so none is refused
            let _ = some.add(policy.clone());
        }
    }
    some
}

/// What an action is called: the words before it in the schema's text.
fn action_title(schema: &str, action: &str) -> String {
    let start = format!("action {action} ");
    let lines: Vec<&str> = schema.lines().collect();
    lines
        .windows(2)
        .find_map(|pair| match pair {
            [words, line] if line.starts_with(&start) => {
                words.strip_prefix("@doc(\"").and_then(|rest| rest.strip_suffix("\")"))
            }
            _ => None,
        })
        .unwrap_or(action)
        .to_owned()
}
