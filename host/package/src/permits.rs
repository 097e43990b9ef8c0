//! From an item's steps to Cedar: one permit for each way in which a step may be taken, and a forbid
//! where the item is meant for certain amounts. The flow and the policies so have one source.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cedar_policy::{Policy, PolicyId};

use crate::diagnostic::{Findings, code};
use crate::document::Document;
use crate::gather::{Gathered, Read};
use crate::item::{Amounts, May, Unit};
use crate::policies::{Placed, internal};
use crate::read::duplicate;
use crate::variant::VariantFile;
use crate::{BodyRule, Item, Number, Step};

/// A policy's text and where in the item's file it comes from.
struct Written {
    id: String,
    text: String,
    pointer: String,
}

/// What the texts may name.
struct Vocabulary<'a> {
    bodies: BTreeMap<&'a str, &'a BodyRule>,
}

/// Adds the policies of some items to those that were written by hand; ids must not meet. Policy ids
/// start with the first text of the pair, and only items whose ids start with the second count.
pub(crate) fn add<'a>(
    items: &[Read<'a, Item>],
    all: &Gathered<'_>,
    (prefix, ids): (&str, &str),
    policies: &mut BTreeMap<String, Placed<'a>>,
    findings: &mut Findings,
) {
    let bodies = all.bodies.iter().flat_map(|read| read.value.bodies.iter());
    let known = Vocabulary { bodies: bodies.map(|body| (body.id.as_str(), body)).collect() };
    let items = items.iter().filter(|read| read.value.id.starts_with(ids));
    let mut seen = std::collections::BTreeSet::new();
    // what stands twice, or has a foreign id, is told where the items are checked
    for read in items.filter(|read| seen.insert(read.value.id.as_str())) {
        for written in of_item(&read.value, prefix, &known) {
            one(written, &read.doc, policies, findings);
        }
    }
}

fn one<'a>(
    written: Written,
    doc: &Document<'a>,
    policies: &mut BTreeMap<String, Placed<'a>>,
    findings: &mut Findings,
) {
    let place = doc.place(&written.pointer);
    if let Some(other) = policies.get(&written.id) {
        findings.error(code::DUPLICATE_ID, place, duplicate(&written.id, Some(other.file)));
        return;
    }
    match Policy::parse(Some(PolicyId::new(&written.id)), &written.text) {
        Ok(policy) => {
            let placed =
                Placed { policy, file: doc.file, text: "", offset: 0, generated: Some(place) };
            policies.insert(written.id, placed);
        }
        Err(error) => {
            let words = internal(&format!("`{}` cannot be read back: {error}", written.id));
            findings.error(code::INTERNAL, place, words);
        }
    }
}

/// Adds the permits for steps that a variant of an item adds, or takes on the record of another body;
/// each holds for matters of that variant only.
pub(crate) fn add_variants<'a>(
    variants: &[Read<'a, VariantFile>],
    items: &[Read<'a, Item>],
    all: &Gathered<'_>,
    prefix: &str,
    policies: &mut BTreeMap<String, Placed<'a>>,
    findings: &mut Findings,
) {
    let bodies = all.bodies.iter().flat_map(|read| read.value.bodies.iter());
    let known = Vocabulary { bodies: bodies.map(|body| (body.id.as_str(), body)).collect() };
    for read in variants {
        let Some(base) = items.iter().find(|item| item.value.id == read.value.extends) else {
            continue;
        };
        for written in of_variant(&read.value, &base.value, prefix, &known) {
            one(written, &read.doc, policies, findings);
        }
    }
}

fn of_variant(
    file: &VariantFile,
    base: &Item,
    prefix: &str,
    known: &Vocabulary<'_>,
) -> Vec<Written> {
    let variant = file.applied_to(base);
    let start = format!("{prefix}{}/{}-", short(&base.id), variant.id);
    let mut all = Vec::new();
    for step in &variant.item.steps {
        let same = |old: &Step| old.body == step.body && old.may == step.may;
        if base.step(&step.id).is_some_and(same) {
            continue;
        }
        let added = file.steps.iter().position(|s| s.step.id == step.id);
        let changed = file.changes.iter().position(|change| change.step == step.id);
        for (way, may) in step.may.iter().enumerate() {
            let own = if may.id.is_empty() { step.id.to_lowercase() } else { may.id.clone() };
            let id = format!("{start}{own}");
            let text = permit(&variant.item, step, may, &id, &variant.id, known);
            let pointer = match (added, changed) {
                (Some(at), _) => format!("/steps/{at}/may/{way}"),
                (None, Some(at)) => format!("/changes/{at}/step"),
                (None, None) => "/id".to_owned(),
            };
            all.push(Written { id, text, pointer });
        }
    }
    all
}

fn of_item(item: &Item, prefix: &str, known: &Vocabulary<'_>) -> Vec<Written> {
    let start = format!("{prefix}{}/", short(&item.id));
    let mut all = Vec::new();
    if let Some(amounts) = &item.amounts {
        let text = amounts_text(item, amounts, &format!("{start}amounts"));
        all.push(Written { id: format!("{start}amounts"), text, pointer: "/amounts".to_owned() });
    }
    for (at, step) in item.steps.iter().enumerate() {
        for (way, may) in step.may.iter().enumerate() {
            let own = if may.id.is_empty() { step.id.to_lowercase() } else { may.id.clone() };
            let id = format!("{start}{own}");
            let text = permit(item, step, may, &id, "", known);
            all.push(Written { id, text, pointer: format!("/steps/{at}/may/{way}") });
        }
    }
    all
}

/// A township's own item drops its nine digits: the prefix names the township already.
fn short(item: &str) -> &str {
    item.rsplit('-').next().unwrap_or(item)
}

fn permit(
    item: &Item,
    step: &Step,
    may: &May,
    id: &str,
    variant: &str,
    known: &Vocabulary<'_>,
) -> String {
    let bodies = bodies(step, may, known);
    let basis = [&may.basis, &step.basis, &item.basis].into_iter().find(|list| !list.is_empty());
    let titles = (titled(&may.title, &item.title, &step.title, "："), {
        let english = titled(&may.title_en, &item.title_en, &step.title_en, ": ");
        if item.title_en.is_empty() && may.title_en.is_empty() { String::new() } else { english }
    });
    let mut text = annotations(&[
        ("id", id),
        ("title", &titles.0),
        ("title_en", &titles.1),
        ("basis", &basis.map(|list| list.join("；")).unwrap_or_default()),
        ("who", &who(step, may, &bodies, known)),
        ("who_en", &who_en(step, may, &bodies, known)),
    ]);
    let mut when = vec![
        format!("resource.item == {}", quoted(&item.id)),
        format!("resource.step == {}", quoted(&step.id)),
        person(may),
    ];
    if !variant.is_empty() {
        when.push(format!("resource.variant == {}", quoted(variant)));
    }
    when.extend(band(may.from.as_ref(), may.below.as_ref()));
    when.extend(one_of("resource.sealClass", &may.classes));
    if let Some(record) = one_of("context.record.body", &bodies) {
        when.push(format!("context has record && {record}"));
    }
    let _ = write!(
        text,
        "permit (principal, action == Action::\"TakeStep\", resource)\nwhen {{\n  {}\n}};",
        when.join(" &&\n  ")
    );
    text
}

fn amounts_text(item: &Item, amounts: &Amounts, id: &str) -> String {
    let mut text = annotations(&[
        ("id", id),
        ("title", &format!("{}：金额要在范围内", item.title)),
        ("title_en", &format!("{}: the amount must be within its range", item.title_en)),
        ("basis", &item.basis.join("；")),
        ("deny", &amounts.otherwise),
        ("deny_en", &amounts.otherwise_en),
    ]);
    let within = band(amounts.from.as_ref(), amounts.below.as_ref()).unwrap_or_default();
    let within = if within.is_empty() { "true".to_owned() } else { within };
    let _ = write!(
        text,
        "forbid (principal, action == Action::\"TakeStep\", resource)\nwhen {{\n  resource.item == {} &&\n  !({within})\n}};",
        quoted(&item.id)
    );
    text
}

/// Who the principal must be: a holder of a post, an approved delegate, an inhabitant.
fn person(may: &May) -> String {
    let mut ways = Vec::new();
    if may.resident {
        ways.push("principal.unit == resource.village".to_owned());
    }
    if let Some(role) = one_of("context.post.role", &may.roles) {
        let unit = match may.unit {
            Unit::Village => "resource.village",
            Unit::Township => "resource.township",
            Unit::District => "context.district",
        };
        let department = if may.department.is_empty() {
            String::new()
        } else {
            format!(" && context.post.department == {}", quoted(&may.department))
        };
        ways.push(format!("context has post && {role} && context.post.unit == {unit}{department}"));
    }
    if !may.delegable.is_empty() {
        ways.push(format!(
            "context has grant && context.grant.role == {} && context.grant.village == resource.village &&\n    context.grant.delegate == principal.pid && context.grant.items.contains(resource.item)",
            quoted(&may.delegable)
        ));
    }
    match ways.as_slice() {
        // nobody: a way without a person opens nothing
        [] => "false".to_owned(),
        [only] => only.clone(),
        many => {
            let many: Vec<String> = many.iter().map(|way| format!("({way})")).collect();
            format!("({})", many.join(" ||\n   "))
        }
    }
}

/// `from <= amount && amount < below`, as far as given.
fn band(from: Option<&Number>, below: Option<&Number>) -> Option<String> {
    let cents = |number: &Number| match number {
        Number::Fixed(cents) => cents.to_string(),
        Number::Parameter(id) => format!("context.parameters.{id}"),
    };
    let low = from.map(|from| format!("{} <= resource.amountCents", cents(from)));
    let high = below.map(|below| format!("resource.amountCents < {}", cents(below)));
    // an amount is never negative where only an upper edge is given
    let low = low.or_else(|| high.as_ref().map(|_| "0 <= resource.amountCents".to_owned()));
    let both: Vec<String> = low.into_iter().chain(high).collect();
    (!both.is_empty()).then(|| both.join(" && "))
}

fn one_of(what: &str, values: &[String]) -> Option<String> {
    match values {
        [] => None,
        [only] => Some(format!("{what} == {}", quoted(only))),
        many => {
            let many: Vec<String> = many.iter().map(|value| quoted(value)).collect();
            Some(format!("[{}].contains({what})", many.join(", ")))
        }
    }
}

/// The bodies whose record opens the step.
fn bodies(step: &Step, may: &May, known: &Vocabulary<'_>) -> Vec<String> {
    if !may.bodies.is_empty() {
        return may.bodies.clone();
    }
    if step.body.is_empty() {
        return Vec::new();
    }
    let others = known.bodies.values().filter(|body| body.stands_for.contains(&step.body));
    std::iter::once(step.body.clone()).chain(others.map(|body| body.id.clone())).collect()
}

fn titled(own: &str, item: &str, step: &str, colon: &str) -> String {
    if own.is_empty() { format!("{item}{colon}{step}") } else { own.to_owned() }
}

fn who(step: &Step, may: &May, bodies: &[String], known: &Vocabulary<'_>) -> String {
    if !may.who.is_empty() {
        return may.who.clone();
    }
    let names = bodies.iter().filter_map(|id| known.bodies.get(id.as_str()));
    let names: Vec<&str> = names.map(|body| body.title.as_str()).collect();
    if names.is_empty() {
        return step.who.clone();
    }
    format!("{}凭{}记录", step.who, names.join("或者"))
}

/// English for [`who`]; empty where a name is missing, so that no half translation is told.
fn who_en(step: &Step, may: &May, bodies: &[String], known: &Vocabulary<'_>) -> String {
    if !may.who_en.is_empty() || !may.who.is_empty() || step.who_en.is_empty() {
        return may.who_en.clone();
    }
    let rules: Vec<_> = bodies.iter().filter_map(|id| known.bodies.get(id.as_str())).collect();
    if rules.is_empty() || rules.iter().any(|body| body.title_en.is_empty()) {
        return if rules.is_empty() { step.who_en.clone() } else { String::new() };
    }
    let names: Vec<&str> = rules.iter().map(|body| body.title_en.as_str()).collect();
    format!("{}, with a meeting record of {}", step.who_en, names.join(" or "))
}

/// Annotations with a value, one a line.
fn annotations(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "@{name}({})", quoted(value));
    }
    text
}

/// A Cedar string literal.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
