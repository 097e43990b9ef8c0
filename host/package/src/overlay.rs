//! What a township's policies may say: forbid anything, permit only its own items.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{ActionConstraint, Effect, Policy};
use serde_json::Value;

use crate::diagnostic::{Findings, code, words};
use crate::policies::Placed;

/// Acts a local permit may speak of, and where the item's id stands there.
pub const LOCAL_ACTIONS: [(&str, &str); 3] =
    [("OpenMatter", "context"), ("TakeStep", "resource"), ("ReadMatter", "resource")];

/// Reports permits outside the district's envelope and ids that meet the district's; returns the
/// ids at fault, which need no further checks.
pub(crate) fn check(
    policies: &BTreeMap<String, Placed<'_>>,
    own_items: &BTreeSet<&str>,
    base: &BTreeSet<String>,
    findings: &mut Findings,
) -> Vec<String> {
    let mut refused = Vec::new();
    for placed in policies.values() {
        if base.contains(&placed.id()) {
            let words = crate::read::duplicate(&placed.id(), Some("市级规矩"));
            findings.error(code::DUPLICATE_ID, placed.place(), words);
        }
        if placed.policy.effect() == Effect::Forbid {
            continue;
        }
        if let Err(why) = envelope(&placed.policy, own_items) {
            refused.push(placed.id());
            findings.error(
                code::WIDENS_POWER,
                placed.place(),
                words(
                    format!("permit `{}` widens power: {}", placed.id(), why.english()),
                    format!("这条规矩会扩大权力：{}", why.chinese()),
                    "镇里的规矩只能加禁止；要准许，只能准许本镇特色清单里的事项，when 的第一句写 resource.item == \"本镇事项编号\"。",
                ),
            );
        }
    }
    refused
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Why {
    /// No action named, or one that is not local.
    Action,
    /// The first condition does not tie the permit to one item.
    NoItem,
    /// The item is not the township's own.
    ForeignItem,
}

impl Why {
    const fn english(self) -> &'static str {
        match self {
            Self::Action => "it must name OpenMatter, TakeStep or ReadMatter",
            Self::NoItem => {
                "its first condition must be a `when` that begins with `resource.item == \"<own item>\"` (for OpenMatter `context.item`)"
            }
            Self::ForeignItem => "the item is not on this township's own list",
        }
    }

    const fn chinese(self) -> &'static str {
        match self {
            Self::Action => "没有写明动作，或者动作不是开事项、办步骤、看事项。",
            Self::NoItem => "没有在 when 的第一句写明只管本镇的哪个事项。",
            Self::ForeignItem => "事项不在本镇特色清单里。",
        }
    }
}

fn envelope(policy: &Policy, own_items: &BTreeSet<&str>) -> Result<(), Why> {
    let actions = match policy.action_constraint() {
        ActionConstraint::Eq(uid) => vec![uid],
        ActionConstraint::In(uids) => uids,
        ActionConstraint::Any => Vec::new(),
    };
    let mut holder = None;
    for uid in &actions {
        let name: &str = uid.id().unescaped();
        let (_, at) =
            LOCAL_ACTIONS.iter().find(|(action, _)| *action == name).ok_or(Why::Action)?;
        if holder.replace(*at).is_some_and(|before| before != *at) {
            return Err(Why::Action);
        }
    }
    let holder = holder.ok_or(Why::Action)?;
    let json = policy.to_json().map_err(|_| Why::NoItem)?;
    let item =
        first_condition(&json).and_then(|body| named_item(body, holder)).ok_or(Why::NoItem)?;
    if own_items.contains(item) { Ok(()) } else { Err(Why::ForeignItem) }
}

/// The leftmost conjunct of the first condition, when that is a `when`.
fn first_condition(json: &Value) -> Option<&Value> {
    let first = json.get("conditions")?.as_array()?.first()?;
    if first.get("kind")?.as_str()? != "when" {
        return None;
    }
    let mut body = first.get("body")?;
    while let Some(left) = body.get("&&").and_then(|and| and.get("left")) {
        body = left;
    }
    Some(body)
}

/// The text in `<holder>.item == "…"`.
fn named_item<'a>(body: &'a Value, holder: &str) -> Option<&'a str> {
    let equal = body.get("==")?;
    let get = equal.get("left")?.get(".")?;
    if get.get("attr")?.as_str()? != "item" || get.get("left")?.get("Var")?.as_str()? != holder {
        return None;
    }
    equal.get("right")?.get("Value")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> Result<(), Why> {
        let policy: Policy = text.parse().unwrap();
        envelope(&policy, &BTreeSet::from(["370285102-T01"]))
    }

    #[test]
    fn only_permits_tied_to_an_own_item_pass() {
        let step = r#"permit(principal, action == Action::"TakeStep", resource)"#;
        let own = r#"resource.item == "370285102-T01""#;
        for (text, want) in [
            (format!("{step} when {{ {own} }};"), Ok(())),
            (format!("{step} when {{ {own} && resource.step == \"APPLY\" && (1 == 1 || 2 == 2) }};"), Ok(())),
            (format!("{step} when {{ {own} }} unless {{ true }};"), Ok(())),
            (format!("{step};"), Err(Why::NoItem)),
            (format!("{step} unless {{ {own} }};"), Err(Why::NoItem)),
            (format!("{step} when {{ {own} || true }};"), Err(Why::NoItem)),
            (format!("{step} when {{ !({own}) }};"), Err(Why::NoItem)),
            (format!("{step} when {{ context.item == \"370285102-T01\" }};"), Err(Why::NoItem)),
            (format!("{step} when {{ resource.step == \"APPLY\" && {own} }};"), Err(Why::NoItem)),
            (format!("{step} when {{ if {own} then true else true }};"), Err(Why::NoItem)),
            (format!("{step} when {{ resource.item == \"S10\" }};"), Err(Why::ForeignItem)),
            (format!("permit(principal, action, resource) when {{ {own} }};"), Err(Why::Action)),
            (format!("permit(principal, action == Action::\"Delegate\", resource) when {{ {own} }};"), Err(Why::Action)),
            (format!("permit(principal, action in [Action::\"TakeStep\", Action::\"ReleaseFunds\"], resource) when {{ {own} }};"), Err(Why::Action)),
            (format!("permit(principal, action in [], resource) when {{ {own} }};"), Err(Why::Action)),
            (r#"permit(principal, action == Action::"OpenMatter", resource) when { context.item == "370285102-T01" };"#.to_owned(), Ok(())),
            (r#"permit(principal, action in [Action::"OpenMatter", Action::"TakeStep"], resource) when { context.item == "370285102-T01" };"#.to_owned(), Err(Why::Action)),
        ] {
            assert_eq!(verdict(&text), want, "{text}");
        }
    }
}
