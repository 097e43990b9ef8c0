//! Components from text, and small inputs.

use std::collections::BTreeMap;
use std::path::Path;

use rules::{RuleEvent, RuleInput, RuleRow};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

/// A component of the world `scoring` from a core module in text form.
pub(crate) fn scoring(text: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/wit/rules/v0_1");
    let (package, _) = resolve.push_dir(folder).unwrap();
    let world = resolve.select_world(&[package], Some("scoring")).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .unwrap();
    ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
}

pub(crate) fn named(values: &[(&str, i64)]) -> BTreeMap<String, i64> {
    values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

pub(crate) fn event(
    id: &str,
    kind: &str,
    actor: Option<&str>,
    quantities: &[(&str, i64)],
) -> RuleEvent {
    RuleEvent {
        id: id.into(),
        kind: kind.into(),
        day: 20_500,
        actor: actor.map(Into::into),
        quantities: quantities.iter().map(|(name, value)| ((*name).into(), *value)).collect(),
        ..RuleEvent::default()
    }
}

/// One row with one event.
pub(crate) fn one_row(day: i64) -> RuleInput {
    let row = RuleRow {
        subject: "h1".to_owned(),
        excluded_actors: Vec::new(),
        events: vec![event("e1", "visit", Some("p1"), &[("times", 1)])],
        ..RuleRow::default()
    };
    RuleInput { day, rows: vec![row], ..RuleInput::default() }
}
