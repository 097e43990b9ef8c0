//! The charts of the shipped items: every node is a step of the flow, no step is missing or alone.

use std::collections::BTreeSet;

use engine::explanation::Language;
use engine::flows::{Chart, chart};
use model::DivisionCode;

use super::{edition, package};

const TOWNSHIP: &str = "370285102000";

/// Node ids of an SVG, from the drawing itself.
fn nodes(svg: &str) -> Vec<String> {
    svg.split("<g id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_item_has_a_chart_and_no_node_is_an_orphan() {
    let package = package();
    let edition = edition(&package);
    let code = DivisionCode::parse(TOWNSHIP).unwrap();
    let township = Some(code);
    let own = edition.township(code).unwrap();
    let ids: BTreeSet<&str> = edition
        .items()
        .keys()
        .map(String::as_str)
        .chain(own.items.keys().map(String::as_str))
        .collect();
    assert!(ids.len() > 36);
    for id in ids {
        let item = edition.item(township, id).unwrap();
        let steps: BTreeSet<String> = item.steps.iter().map(|step| step.id.clone()).collect();
        for language in [Language::Chinese, Language::English] {
            let draw =
                |form| chart(&edition, township, id, edition.from(), language, form).unwrap();
            let svg = draw(Chart::Svg);
            let drawn = nodes(&svg);
            assert_eq!(drawn.len(), item.steps.len(), "{id}");
            assert_eq!(drawn.into_iter().collect::<BTreeSet<_>>(), steps, "{id}");
            let text = draw(Chart::Mermaid);
            let mut joined = BTreeSet::new();
            for line in text.lines() {
                let parts: Vec<&str> = line.split_whitespace().collect();
                if let [from, "-->" | "-.->", to] = parts.as_slice() {
                    assert!(steps.contains(*from) && steps.contains(*to), "{id}: {line}");
                    joined.extend([(*from).to_owned(), (*to).to_owned()]);
                }
            }
            assert!(steps.len() == 1 || joined == steps, "{id}: a step without an arrow");
            assert_eq!(svg, draw(Chart::Svg), "{id}: the same chart twice is the same text");
        }
    }
}
