//! One policy as reasons and slices see it: its words, its item and its steps.

use std::collections::BTreeSet;

use cedar_policy::{Effect as CedarEffect, Policy};
use serde_json::Value as Json;

use crate::guard::Guard;

/// What is read from a policy once, when an edition is compiled.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// `@id`.
    pub(crate) id: String,
    /// Whether it allows.
    pub(crate) permit: bool,
    /// `@title`.
    pub(crate) title: String,
    /// `@basis`, split at `；`.
    pub(crate) basis: Vec<String>,
    /// `@who`: who can do what the permit allows.
    pub(crate) who: String,
    /// `@deny`: what is missing, who could do it, what to do next.
    pub(crate) deny: String,
    /// `@code`: what programs know a refusal by.
    pub(crate) code: String,
    /// `@title_en`.
    pub(crate) title_en: String,
    /// `@who_en`.
    pub(crate) who_en: String,
    /// `@deny_en`.
    pub(crate) deny_en: String,
    /// `@obligation`: what a caller must do when it enforces an allow.
    pub(crate) obligation: String,
    /// Labels of the attributes it reads.
    pub(crate) labels: BTreeSet<String>,
    /// Opening conditions that can be told from the facts, up to the first that cannot.
    pub(crate) guards: Vec<Guard>,
    /// The item, when the first conjunct of the first `when` is `resource.item == "X"`.
    pub(crate) item: Option<String>,
    /// The item, when that conjunct is `context.item == "X"` (opening a matter).
    pub(crate) opens: Option<String>,
    /// Steps compared with `resource.step` in a conjunct of any `when`; empty when none is.
    pub(crate) steps: Vec<String>,
}

impl Rule {
    /// Reads a policy. `conditions` is its JSON form's `conditions` list.
    pub(crate) fn read(policy: &Policy, json: &Json) -> Self {
        let note = |key: &str| policy.annotation(key).unwrap_or_default().to_owned();
        let conditions: Vec<&Json> =
            json.get("conditions").and_then(Json::as_array).into_iter().flatten().collect();
        let whens: Vec<Vec<&Json>> = conditions
            .iter()
            .filter(|condition| is_when(condition))
            .filter_map(|condition| condition.get("body"))
            .map(conjuncts)
            .collect();
        // Only the very first condition is evaluated before all others; a guard behind an `unless`
        // could hide an evaluation error.
        let leads = conditions.first().is_some_and(|condition| is_when(condition));
        let opening = whens.first().filter(|_| leads).into_iter().flatten();
        let guards: Vec<Guard> = opening.map_while(|conjunct| Guard::read(conjunct)).collect();
        let single = |texts: Option<&[String]>| match texts {
            Some([text]) => Some(text.clone()),
            _ => None,
        };
        Self {
            id: policy.id().to_string(),
            permit: policy.effect() == CedarEffect::Permit,
            title: note("title"),
            basis: note("basis")
                .split('；')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect(),
            who: note("who"),
            deny: note("deny"),
            code: note("code"),
            title_en: note("title_en"),
            who_en: note("who_en"),
            deny_en: note("deny_en"),
            obligation: note("obligation"),
            labels: BTreeSet::new(),
            item: single(guards.first().and_then(|guard| guard.on_resource("item"))),
            opens: single(guards.first().and_then(|guard| guard.on_context("item"))),
            steps: whens
                .iter()
                .flatten()
                .filter_map(|conjunct| Guard::read(conjunct))
                .flat_map(|guard| steps_of(&guard))
                .collect(),
            guards,
        }
    }
}

/// The opening by which the slices leave a policy out where it is known to be false, as Cedar text;
/// `None` when the policy is never left out for its opening. Told so that a proof can show that nothing is
/// lost by it.
pub fn opening(policy: &Policy) -> Option<String> {
    let rule = Rule::read(policy, &policy.to_json().ok()?);
    let conjuncts: Vec<String> = rule.guards.iter().map(Guard::cedar).collect();
    (!conjuncts.is_empty()).then(|| conjuncts.join(" && "))
}

impl Rule {
    /// The title in English, or the Chinese one where nobody wrote any.
    pub(crate) fn title_english(&self) -> &str {
        if self.title_en.is_empty() { &self.title } else { &self.title_en }
    }

    /// Who can do it, in English, or in Chinese where nobody wrote it.
    pub(crate) fn who_english(&self) -> &str {
        if self.who_en.is_empty() { &self.who } else { &self.who_en }
    }
}

fn steps_of(guard: &Guard) -> Vec<String> {
    guard.on_resource("step").map(<[String]>::to_vec).unwrap_or_default()
}

fn is_when(condition: &Json) -> bool {
    condition.get("kind").and_then(Json::as_str) == Some("when")
}

/// The operands of a chain of `&&`, in the order they are evaluated.
fn conjuncts(body: &Json) -> Vec<&Json> {
    match body.get("&&") {
        Some(and) => {
            ["left", "right"].iter().filter_map(|side| and.get(side)).flat_map(conjuncts).collect()
        }
        None => vec![body],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Rule {
        let policy = Policy::parse(None, text).unwrap();
        let json = policy.to_json().unwrap();
        Rule::read(&policy, &json)
    }

    #[test]
    fn only_a_leading_item_makes_a_policy_item_specific() {
        let leading = r#"permit(principal, action, resource) when { resource.item == "P15" && resource.step == "PAY" };"#;
        let rule = read(leading);
        assert_eq!((rule.item.as_deref(), rule.steps), (Some("P15"), vec!["PAY".to_owned()]));
        for text in [
            r#"permit(principal, action, resource) when { resource.step == "PAY" && resource.item == "P15" };"#,
            r#"permit(principal, action, resource) when { resource.item == "P15" || true };"#,
            r#"permit(principal, action, resource) when { context.item == "P15" };"#,
            r#"permit(principal, action, resource) when { principal.item == "P15" };"#,
            r#"permit(principal, action, resource) unless { context.x } when { resource.item == "P15" };"#,
            r#"permit(principal, action, resource) unless { resource.item == "P15" };"#,
            r#"permit(principal, action, resource) when { !(resource.item == "P15") };"#,
            r"permit(principal, action, resource);",
        ] {
            assert_eq!(read(text).item, None, "{text}");
        }
    }

    #[test]
    fn words_are_read_from_annotations() {
        let rule = read(
            r#"@title("印章") @basis("《甲》第1条；《乙》第2条") @who("保管员")
               permit(principal, action, resource) when { ["A", "B"].contains(resource.step) };"#,
        );
        assert_eq!(rule.basis, ["《甲》第1条", "《乙》第2条"]);
        assert_eq!((rule.title.as_str(), rule.who.as_str(), rule.permit), ("印章", "保管员", true));
        assert_eq!(rule.steps, ["A", "B"]);
    }
}
