use std::collections::BTreeSet;

use proptest::prelude::*;

use super::generate::items;
use crate::chart::{Words, edges, mermaid, svg};
use crate::{Item, Step};

fn body(id: &str) -> String {
    format!("会议{id}")
}

fn words(title: &str) -> Words<'_> {
    Words::chinese(title, &body)
}

/// Ids of the nodes an SVG draws.
fn drawn(svg: &str) -> Vec<&str> {
    svg.split("<g id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Each step is one node, each node is a step, and each wait is one arrow; nothing else is drawn.
    #[test]
    fn charts_have_the_steps_as_nodes_and_the_waits_as_arrows(item in items(9)) {
        let steps: BTreeSet<&str> = item.steps.iter().map(|step| step.id.as_str()).collect();
        let svg = svg(&item, &words("题目"));
        let nodes = drawn(&svg);
        prop_assert_eq!(nodes.len(), steps.len());
        prop_assert_eq!(nodes.into_iter().collect::<BTreeSet<_>>(), steps.clone());
        prop_assert_eq!(svg.matches("marker-end").count(), edges(&item).len());
        let text = mermaid(&item, &words("题目"));
        for step in &item.steps {
            let starts = text.lines().filter(|line| line.starts_with(&format!("  {}", step.id)));
            prop_assert!(starts.count() >= 1);
            for from in step.before() {
                let arrows = [format!("  {from} --> {}", step.id), format!("  {from} -.-> {}", step.id)];
                prop_assert_eq!(text.lines().filter(|line| arrows.contains(&(*line).to_owned())).count(), 1);
            }
        }
    }
}

/// What a package writes into a title cannot leave its place in a chart.
#[test]
fn texts_are_escaped() {
    let step = Step { id: "A".to_owned(), title: "x\"]<script>&".to_owned(), ..Step::default() };
    let item = Item { id: "P00".to_owned(), steps: vec![step], ..Item::default() };
    let svg = svg(&item, &words("</title><script>"));
    assert!(!svg.contains("<script>"), "{svg}");
    let text = mermaid(&item, &words("t\" --> \"u"));
    assert!(text.contains("x#quot;]#lt;script#gt;&") && !text.contains("\"t\" -->"), "{text}");
}
