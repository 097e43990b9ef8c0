//! A chart as SVG: one row for each depth, boxes of one size, no script and nothing from elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Words, depths, edges, lines};
use crate::item::{Item, Step};

const WIDE: i64 = 300;
const GAP_X: i64 = 40;
const GAP_Y: i64 = 44;
const LINE: i64 = 20;
const PAD: i64 = 14;
const TOP: i64 = 64;
/// Units of width that fit a line; a Chinese character takes two.
const UNITS: usize = 36;

/// The box of a step.
#[derive(Clone, Debug)]
struct Node<'a> {
    step: &'a Step,
    /// The title first.
    text: Vec<String>,
    x: i64,
    y: i64,
    high: i64,
}

/// The chart as a complete SVG document; the `id` of each group is the id of its step.
pub fn svg(item: &Item, words: &Words<'_>) -> String {
    let nodes = placed(item, words);
    let right = nodes.iter().map(|n| n.x.saturating_add(WIDE)).max().unwrap_or(WIDE);
    let below = nodes.iter().map(|n| n.y.saturating_add(n.high)).max().unwrap_or(TOP);
    let (wide, high) = (right.saturating_add(GAP_X), below.saturating_add(GAP_X));
    let title = escaped(&format!("{} {}", item.id, words.title));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" \
         font-family=\"'Noto Sans SC','Microsoft YaHei','PingFang SC',sans-serif\" font-size=\"14\" role=\"img\">\n\
         <title>{title}</title>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#37474f\"/></marker></defs>\n\
         <rect width=\"{wide}\" height=\"{high}\" fill=\"#fff\"/>\n\
         <text x=\"{GAP_X}\" y=\"38\" font-size=\"20\" font-weight=\"bold\">{title}</text>\n"
    );
    let at: BTreeMap<&str, &Node<'_>> = nodes.iter().map(|n| (n.step.id.as_str(), n)).collect();
    for edge in edges(item) {
        if let (Some(from), Some(to)) = (at.get(edge.from), at.get(edge.to)) {
            line(&mut out, from, to, edge.stay);
        }
    }
    for node in &nodes {
        draw(&mut out, node);
    }
    out.push_str("</svg>\n");
    out
}

/// Gives every step its box.
fn placed<'a>(item: &'a Item, words: &Words<'_>) -> Vec<Node<'a>> {
    let depths = depths(item);
    let mut rows: BTreeMap<usize, Vec<&Step>> = BTreeMap::new();
    for step in &item.steps {
        rows.entry(depths.get(step.id.as_str()).copied().unwrap_or(0)).or_default().push(step);
    }
    let mut nodes = Vec::with_capacity(item.steps.len());
    let mut y = TOP;
    for steps in rows.values() {
        let mut x = GAP_X;
        let mut highest = 0;
        for step in steps {
            let mut text = wrapped(&step.title);
            text.extend(lines(step, words).iter().flat_map(|line| wrapped(line)));
            let count = i64::try_from(text.len()).unwrap_or(i64::MAX);
            let high = count.saturating_mul(LINE).saturating_add(PAD);
            highest = highest.max(high);
            nodes.push(Node { step, text, x, y, high });
            x = x.saturating_add(WIDE).saturating_add(GAP_X);
        }
        y = y.saturating_add(highest).saturating_add(GAP_Y);
    }
    nodes
}

fn draw(out: &mut String, node: &Node<'_>) {
    let Node { step, text, x, y, high } = node;
    let (fill, round) = match (step.stay_days > 0, step.signature, step.body.is_some()) {
        (true, _, _) => ("#e8f5e9", 18),
        (_, true, _) => ("#fff8e1", 4),
        (_, _, true) => ("#e3f2fd", 4),
        _ => ("#fafafa", 4),
    };
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<g id=\"{}\"><rect x=\"{x}\" y=\"{y}\" width=\"{WIDE}\" height=\"{high}\" rx=\"{round}\" fill=\"{fill}\" stroke=\"#37474f\"/>",
        escaped(&step.id)
    );
    let mut base = y.saturating_add(LINE);
    let middle = x.saturating_add(WIDE.saturating_div(2));
    let heads = wrapped(&step.title).len();
    for (n, line) in text.iter().enumerate() {
        let bold = if n < heads { " font-weight=\"bold\"" } else { " fill=\"#455a64\"" };
        let _ = write!(
            out,
            "<text x=\"{middle}\" y=\"{base}\" text-anchor=\"middle\"{bold}>{}</text>",
            escaped(line)
        );
        base = base.saturating_add(LINE);
    }
    out.push_str("</g>\n");
}

/// An arrow; one that passes a row goes along the right-hand side of what is between.
fn line(out: &mut String, from: &Node<'_>, to: &Node<'_>, stay: bool) {
    let half = WIDE.saturating_div(2);
    let (x1, y1) = (from.x.saturating_add(half), from.y.saturating_add(from.high));
    let (x2, y2) = (to.x.saturating_add(half), to.y);
    let straight = y2.saturating_sub(y1) <= GAP_Y.saturating_mul(2);
    let dash = if stay { " stroke-dasharray=\"5 4\"" } else { "" };
    let path = if straight {
        format!("M{x1} {y1} L{x2} {y2}")
    } else {
        let side = from.x.max(to.x).saturating_add(WIDE).saturating_add(GAP_X.saturating_div(2));
        let (out_y, in_y) = (y1.saturating_add(12), y2.saturating_sub(16));
        format!("M{x1} {y1} V{out_y} H{side} V{in_y} H{x2} V{y2}")
    };
    let _ = writeln!(
        out,
        "<path d=\"{path}\" fill=\"none\" stroke=\"#37474f\"{dash} marker-end=\"url(#arrow)\"/>"
    );
}

/// Breaks a line where it gets too wide; Chinese breaks anywhere, Latin words at spaces.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for c in text.chars() {
        let width = |text: &str| text.chars().map(units).fold(0_usize, usize::saturating_add);
        if width(&line).saturating_add(units(c)) > UNITS {
            let word = line.rsplit_once(' ').filter(|_| c.is_ascii());
            let rest = if let Some((head, rest)) = word {
                let rest = rest.to_owned();
                lines.push(head.to_owned());
                rest
            } else {
                lines.push(std::mem::take(&mut line));
                String::new()
            };
            line = rest;
        }
        line.push(c);
    }
    lines.push(line);
    lines
}

const fn units(c: char) -> usize {
    if c.is_ascii() { 1 } else { 2 }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
