//! The opening conditions of a policy that can be told from the facts without evaluating anything.
//!
//! Cedar evaluates conjuncts from left to right and stops at the first that is false. So a policy
//! whose opening conjunct is known to be false can be neither satisfied nor in error and need not
//! be evaluated. Anything not understood here ends the opening; leaving a guard out is always safe.

use evaluator::{Context, Thing, Value, field, text_of};
use serde_json::Value as Json;

use crate::facts::FILLED;

/// One conjunct about plain facts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Guard {
    of: Holder,
    /// Attribute names, from the outside in.
    path: Vec<String>,
    test: Test,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Holder {
    Resource,
    Context,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Test {
    /// `context has name`.
    Has,
    /// `… == "text"` or `["text", …].contains(…)`.
    OneOf(Vec<String>),
}

impl Guard {
    /// Reads a conjunct in Cedar's JSON form; `None` when it says more than a guard can.
    pub(crate) fn read(conjunct: &Json) -> Option<Self> {
        if let Some(has) = conjunct.get("has") {
            let name = has.get("attr")?.as_str()?.to_owned();
            // what `facts` fills in later is not missing just because the store does not hold it
            let known =
                access(has.get("left")?)? == (Holder::Context, Vec::new()) && name != FILLED;
            return known.then(|| Self { of: Holder::Context, path: vec![name], test: Test::Has });
        }
        let (place, texts) = match (conjunct.get("=="), conjunct.get("contains")) {
            (Some(eq), _) => (eq.get("left")?, vec![text(eq.get("right")?)?]),
            (None, Some(contains)) => {
                let set = contains.get("left")?.get("Set")?.as_array()?;
                (contains.get("right")?, set.iter().map(text).collect::<Option<Vec<_>>>()?)
            }
            (None, None) => return None,
        };
        let (of, path) = access(place)?;
        if path.is_empty() { None } else { Some(Self { of, path, test: Test::OneOf(texts) }) }
    }

    /// The conjunct as Cedar text.
    pub(crate) fn cedar(&self) -> String {
        let holder = match self.of {
            Holder::Resource => "resource",
            Holder::Context => "context",
        };
        let place = |path: &[String]| {
            path.iter().fold(holder.to_owned(), |text, name| format!("{text}[{name:?}]"))
        };
        match (&self.test, self.path.split_last()) {
            (Test::Has, Some((name, path))) => format!("{} has {name:?}", place(path)),
            (Test::OneOf(texts), _) => format!("{texts:?}.contains({})", place(&self.path)),
            (Test::Has, None) => "true".to_owned(),
        }
    }

    /// The texts, when the guard compares `resource.<name>`.
    pub(crate) fn on_resource(&self, name: &str) -> Option<&[String]> {
        self.compares(Holder::Resource, name)
    }

    /// The texts, when the guard compares `context.<name>`.
    pub(crate) fn on_context(&self, name: &str) -> Option<&[String]> {
        self.compares(Holder::Context, name)
    }

    fn compares(&self, of: Holder, name: &str) -> Option<&[String]> {
        match &self.test {
            Test::OneOf(texts) if self.of == of && self.path == [name] => Some(texts),
            _ => None,
        }
    }

    /// Whether the conjunct is known to be true or false on these facts; `None` when it is not known.
    fn holds(&self, resource: &Thing, context: &Context) -> Option<bool> {
        let (first, rest) = self.path.split_first()?;
        let mut value: Option<&Value> = match self.of {
            Holder::Resource => resource.attr(first),
            Holder::Context => context.get(first.as_str()),
        };
        for name in rest {
            value = field(value?, name)?;
        }
        match (&self.test, value) {
            (Test::Has, found) => Some(found.is_some()),
            (Test::OneOf(texts), Some(value)) => {
                let found = text_of(value)?;
                Some(texts.iter().any(|text| text == found))
            }
            (Test::OneOf(_), None) => None,
        }
    }
}

/// Whether a policy opening with these guards could be satisfied or err; `false` only when known.
pub(crate) fn may_apply(guards: &[Guard], resource: &Thing, context: &Context) -> bool {
    for guard in guards {
        match guard.holds(resource, context) {
            Some(true) => {}
            Some(false) => return false,
            None => return true,
        }
    }
    true
}

fn text(json: &Json) -> Option<String> {
    json.get("Value")?.as_str().map(str::to_owned)
}

/// `resource.a` or `context.a.b` as holder and names.
fn access(expression: &Json) -> Option<(Holder, Vec<String>)> {
    if let Some(var) = expression.get("Var") {
        return match var.as_str()? {
            "resource" => Some((Holder::Resource, Vec::new())),
            "context" => Some((Holder::Context, Vec::new())),
            _ => None,
        };
    }
    let inner = expression.get(".")?;
    let (of, mut path) = access(inner.get("left")?)?;
    path.push(inner.get("attr")?.as_str()?.to_owned());
    Some((of, path))
}

#[cfg(test)]
mod tests {
    use cedar_policy::Policy;
    use model::Record;
    use proptest::prelude::*;

    use super::*;
    use crate::rule::Rule;

    fn guards(condition: &str) -> Vec<Guard> {
        let policy =
            Policy::parse(None, format!("forbid(principal, action, resource) {condition};"))
                .unwrap();
        Rule::read(&policy, &policy.to_json().unwrap()).guards
    }

    #[test]
    fn only_an_unbroken_opening_is_read() {
        for (condition, count) in [
            (r#"when { resource.item == "A" && resource.step == "B" && context has record }"#, 3),
            (
                r#"when { context has record && context.record.body == "REP" && context.record.day > 3 }"#,
                2,
            ),
            (
                r#"when { ["A", "B"].contains(resource.step) && resource.n == 1 && context has record }"#,
                1,
            ),
            (r"when { resource.n == 1 && context has record }", 0),
            (r#"when { resource.item == "A" || context has record }"#, 0),
            (r"when { !(context has record) }", 0),
            (r"when { principal has record }", 0),
            (r"when { resource has id && context has record }", 0),
            (r"when { context has district && context has record }", 0),
            (r"when { resource.item == context.item }", 0),
            (r#"when { ["A", context.item].contains(resource.step) }"#, 0),
            (r#"when { resource.items.contains("A") }"#, 0),
            (r"unless { context has record }", 0),
            (r"unless { context.n + 1 > 2 } when { context has record }", 0),
            ("", 0),
        ] {
            assert_eq!(guards(condition).len(), count, "{condition}");
        }
    }

    fn things(resource: Record, context: &Record) -> (Thing, Context) {
        let entity = model::Entity { id: model::EntityRef::new("T", "t"), attrs: resource };
        let thing = Thing::of_model(&evaluator::kind("T").unwrap(), &entity);
        (thing, std::sync::Arc::new(evaluator::record_of_model(context)))
    }

    proptest! {
        /// What is not known is never left out.
        #[test]
        fn a_policy_is_left_out_only_when_a_conjunct_is_known_to_be_false(
            item in prop::option::of("[AB]"), body in prop::option::of("[RS]"), odd in any::<bool>(),
        ) {
            let guards = guards(r#"when { resource.item == "A" && context has record && context.record.body == "R" }"#);
            let mut resource = Record::new();
            if let Some(item) = &item {
                resource.insert("item".to_owned(), if odd { 1.into() } else { item.as_str().into() });
            }
            let mut context = Record::new();
            if let Some(body) = &body {
                context.insert("record".to_owned(), Record::from([("body".to_owned(), body.as_str().into())]).into());
            }
            let known_item = item.as_deref().filter(|_| !odd);
            let out = known_item == Some("B") || (known_item == Some("A") && body.as_deref() != Some("R"));
            let (resource, context) = things(resource, &context);
            prop_assert_eq!(may_apply(&guards, &resource, &context), !out);
        }
    }
}
