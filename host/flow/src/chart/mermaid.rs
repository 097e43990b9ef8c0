//! A chart as Mermaid text.

use std::fmt::Write as _;

use super::{Words, edges, lines};
use crate::item::Item;

/// The chart as Mermaid `flowchart` text; ids of nodes are ids of steps, publications have round ends,
/// signatures double sides.
pub fn mermaid(item: &Item, words: &Words<'_>) -> String {
    let mut text =
        format!("---\ntitle: \"{} {}\"\n---\nflowchart TD\n", item.id, quoted(words.title));
    for step in &item.steps {
        let said: Vec<String> = std::iter::once(step.title.clone())
            .chain(lines(step, words))
            .map(|line| quoted(&line))
            .collect();
        let (open, close) = match (step.stay_days > 0, step.signature) {
            (true, _) => ("([", "])"),
            (false, true) => ("[[", "]]"),
            (false, false) => ("[", "]"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {}{open}\"{}\"{close}", step.id, said.join("<br/>"));
    }
    for edge in edges(item) {
        let arrow = if edge.stay { "-.->" } else { "-->" };
        let _ = writeln!(text, "  {} {arrow} {}", edge.from, edge.to);
    }
    text
}

/// Text within double quotes: Mermaid knows character entities there and nothing else.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '#' => out.push_str("#35;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
