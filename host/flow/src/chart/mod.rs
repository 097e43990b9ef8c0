//! Flow charts (流程图) drawn from the same steps that are executed: each node carries the id of its
//! step, each edge is a step another one waits for.

mod mermaid;
mod svg;

pub use mermaid::mermaid;
pub use svg::svg;

use std::collections::BTreeMap;

use crate::item::{Item, Step};

/// An arrow of a chart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Edge<'a> {
    /// The step that comes first.
    pub from: &'a str,
    /// The step that waits for it.
    pub to: &'a str,
    /// Whether the first is a publication whose full stay is waited for.
    pub stay: bool,
}

/// The arrows of an item, in the order of its steps. A step that is named in `after` and in
/// `after_stay` has one arrow, that of the longer wait.
pub fn edges(item: &Item) -> Vec<Edge<'_>> {
    let mut all = Vec::new();
    for step in &item.steps {
        for from in step.before() {
            let stay = step.after_stay.iter().any(|id| id == from);
            all.push(Edge { from, to: &step.id, stay });
        }
    }
    all
}

/// How far down a step stands: one more than the lowest step it waits for. Steps of a ring, which a
/// checked item has none of, stay at the top.
fn depths(item: &Item) -> BTreeMap<&str, usize> {
    let mut depths: BTreeMap<&str, usize> =
        item.steps.iter().map(|step| (step.id.as_str(), 0)).collect();
    // the longest way has no more arrows than there are steps
    for _ in &item.steps {
        for edge in edges(item) {
            let below = depths.get(edge.from).map_or(0, |depth| depth.saturating_add(1));
            if let Some(depth) = depths.get_mut(edge.to)
                && *depth < below
                && below < item.steps.len()
            {
                *depth = below;
            }
        }
    }
    depths
}

/// What a node says below its title: who, by which record, which days.
fn lines(step: &Step, words: &Words<'_>) -> Vec<String> {
    let mut lines = vec![step.who.clone()];
    if let Some(body) = &step.body {
        let body = (words.body)(body);
        lines.push((words.record)(&body));
    }
    let days = [
        ((words.gap)(step.min_gap_days), step.min_gap_days > 0),
        ((words.within)(step.within_days.unwrap_or(0)), step.within_days.is_some()),
        ((words.stay)(step.stay_days), step.stay_days > 0),
    ];
    lines.extend(days.into_iter().filter(|(_, said)| *said).map(|(text, _)| text));
    lines
}

/// The words of a chart in one language.
pub struct Words<'a> {
    /// The item's title.
    pub title: &'a str,
    /// Title of a body by its id.
    pub body: &'a dyn Fn(&str) -> String,
    /// A record of this body is needed.
    pub record: fn(&str) -> String,
    /// So many days must lie before the step.
    pub gap: fn(i64) -> String,
    /// Due within so many days.
    pub within: fn(i64) -> String,
    /// The publication stays so many days.
    pub stay: fn(i64) -> String,
}

impl std::fmt::Debug for Words<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Words").field("title", &self.title).finish_non_exhaustive()
    }
}

impl<'a> Words<'a> {
    /// 中文.
    pub fn chinese(title: &'a str, body: &'a dyn Fn(&str) -> String) -> Self {
        Self {
            title,
            body,
            record: |body| format!("凭{body}记录"),
            gap: |days| format!("至少隔{days}天"),
            within: |days| format!("{days}天内办"),
            stay: |days| format!("至少公示{days}天"),
        }
    }

    /// English.
    pub fn english(title: &'a str, body: &'a dyn Fn(&str) -> String) -> Self {
        Self {
            title,
            body,
            record: |body| format!("with a record of {body}"),
            gap: |days| format!("at least {days} days after"),
            within: |days| format!("within {days} days"),
            stay: |days| format!("stays up at least {days} days"),
        }
    }
}
