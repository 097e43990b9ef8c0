//! Which calling system may do what: the administrative policies of a package, or the built-in ones.

use std::collections::BTreeMap;

use cedar_policy::{PolicySet, ValidationMode, Validator};
use evaluator::{Index, Schema, Session, Slots, Thing};

const SCHEMA: &str = include_str!("../../../schemas/cedar/callers.cedarschema");
const BUILT_IN: &str = include_str!("../../../schemas/cedar/callers.cedar");

/// What a calling system wants to do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Act {
    /// Ask whether something may be done.
    Ask,
    /// Search.
    Search,
    /// Read stored entities.
    ReadEntities,
    /// Write stored entities.
    WriteEntities,
    /// See how the package stands.
    ReadPackage,
    /// Put another package in force.
    PublishPackage,
    /// Read a recorded decision.
    ReadDecision,
    /// Read the counters of the server.
    ReadMetrics,
    /// Copy the record and follow it.
    Follow,
}

impl Act {
    /// The action's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ask => "Ask",
            Self::Search => "Search",
            Self::ReadEntities => "ReadEntities",
            Self::WriteEntities => "WriteEntities",
            Self::ReadPackage => "ReadPackage",
            Self::PublishPackage => "PublishPackage",
            Self::ReadDecision => "ReadDecision",
            Self::ReadMetrics => "ReadMetrics",
            Self::Follow => "Follow",
        }
    }
}

/// A calling system, as it was recognised.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Who {
    /// Its id.
    pub id: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// Townships it is confined to; none is the whole package.
    pub townships: Vec<String>,
    /// By what it was recognised.
    pub via: String,
}

/// Administrative policies, ready to be asked.
#[derive(Clone, Debug)]
pub struct Admin {
    index: Index,
    schema: Schema,
}

impl Admin {
    /// The policies of a package's `callers/` folder, by path and text; the built-in ones when there
    /// are none.
    ///
    /// # Errors
    /// One line with the file.
    pub fn new(files: &[(String, String)]) -> Result<Self, String> {
        let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (public, _) = cedar_policy::Schema::from_cedarschema_str(SCHEMA)
            .map_err(|error| one_line(error.to_string()))?;
        let mut all = PolicySet::new();
        let built_in = [("callers.cedar".to_owned(), BUILT_IN.to_owned())];
        for (path, text) in if files.is_empty() { &built_in[..] } else { files } {
            let told = |error: String| format!("`{path}`: {}", one_line(error));
            let set = text.parse::<PolicySet>().map_err(|error| told(error.to_string()))?;
            for policy in set.policies() {
                let id = policy
                    .annotation("id")
                    .map_or_else(|| format!("{path}#{}", policy.id()), str::to_owned);
                let named = policy.new_id(cedar_policy::PolicyId::new(id));
                all.add(named).map_err(|error| told(error.to_string()))?;
            }
        }
        let valid = Validator::new(public.clone()).validate(&all, ValidationMode::Strict);
        if let Some(error) = valid.validation_errors().next() {
            return Err(format!("`callers/`: {}", one_line(error.to_string())));
        }
        let schema = Schema::new(&public).map_err(|error| error.to_string())?;
        let index = Index::new(&all, Some(&schema)).map_err(|error| error.to_string())?;
        Ok(Self { index, schema })
    }

    /// Whether a system may do something at an address; `township` is empty for the whole package.
    pub fn allows(&self, who: &Who, act: Act, township: &str) -> bool {
        self.ask(who, act.name(), township, None)
    }

    /// Whether a system may read reasons that carry a label.
    pub fn shows(&self, who: &Who, label: &str, township: &str) -> bool {
        self.ask(who, "ReadLabel", township, Some(label))
    }

    fn ask(&self, who: &Who, action: &str, township: &str, label: Option<&str>) -> bool {
        let kinds = (evaluator::kind("Caller"), evaluator::kind("Desk"));
        let uid = evaluator::action_uid(action);
        let (Some(caller), Some(desk), Some(uid)) = (kinds.0, kinds.1, uid) else { return false };
        let Some(shape) = self.schema.action(&uid) else { return false };
        let texts =
            |all: &[String]| evaluator::set_of(all.iter().map(|t| evaluator::text(t.as_str())));
        let name = |name: &str| evaluator::SmolStr::new(name);
        let attrs = BTreeMap::from([
            (name("roles"), texts(&who.roles)),
            (name("townships"), texts(&who.townships)),
            (name("via"), evaluator::text(who.via.as_str())),
        ]);
        let principal = Thing::flat(&caller, &who.id, attrs);
        let at = BTreeMap::from([(name("township"), evaluator::text(township))]);
        let resource = Thing::flat(&desk, township, at);
        let context = evaluator::record(label.map(|label| (name("label"), evaluator::text(label))));
        let Some(slice) = self.index.slice(&caller, &shape.thing, &desk) else { return false };
        let slots = Slots::new(principal, shape.thing.clone(), resource, []);
        Session::new(&slots, context).ask(slice.lines()).allowed()
    }
}
