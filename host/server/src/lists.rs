//! The lists, open to all: what a village does, may be asked and may not, and on what basis.

use engine::Engine;
use model::{DivisionCode, Refusal, RefusalKind};
use package::citation::citations;
use package::{Edition, Row};
use serde_json::{Value, json};

/// Everything listed today, of one kind and with the own items of one township where asked.
pub(crate) fn all(
    engine: &Engine,
    kind: &str,
    township: Option<DivisionCode>,
) -> Result<Value, Refusal> {
    let known: Vec<&str> = Row::kinds().map(|(id, _)| id).collect();
    if !kind.is_empty() && !known.contains(&kind) {
        return Err(Refusal::new(
            RefusalKind::Invalid,
            "UNKNOWN_LIST",
            format!("no list `{}`", crate::problem::quoted(kind)),
            "没有这张清单。",
            format!("type 可以写：{}。", known.join("、")),
        ));
    }
    let snapshot = engine.snapshot();
    let edition = snapshot.edition(engine.today(), township)?;
    let mut rows = edition.registry(Some(engine.today()), township);
    rows.retain(|row| kind.is_empty() || row.kind == kind);
    Ok(json!({
        "edition": edition.from(), "digest": edition.digest(), "day": engine.today(),
        "count": rows.len(), "rows": rows,
    }))
}

/// One listed item of today, with the version of each law it rests on.
pub(crate) fn one(engine: &Engine, id: &str) -> Result<Value, Refusal> {
    let snapshot = engine.snapshot();
    let edition = snapshot.edition(engine.today(), None)?;
    let rows = edition.registry(Some(engine.today()), None);
    let Some(row) = rows.into_iter().find(|row| row.id == id) else {
        return Err(Refusal::new(
            RefusalKind::NotFound,
            "NOT_LISTED",
            format!("`{}` is on no list today", crate::problem::quoted(id)),
            "今天的清单里没有这件事。",
            "全部事项见 /public/lists。",
        ));
    };
    let laws: Vec<Value> =
        row.basis.iter().flat_map(|text| versions(edition, engine, text)).collect();
    let mut value = json!(row);
    if let Some(map) = value.as_object_mut() {
        map.insert("edition".to_owned(), json!(edition.from()));
        map.insert("laws".to_owned(), json!(laws));
    }
    Ok(value)
}

/// The version in force of each law a text cites, and what the articles are about where known.
fn versions(edition: &Edition, engine: &Engine, text: &str) -> Vec<Value> {
    citations(text)
        .into_iter()
        .filter_map(|citation| {
            let law = edition.statutes().get(&citation.law)?;
            let version = law.at(engine.today())?;
            let topics: Vec<Value> = version
                .topics
                .iter()
                .filter(|topic| citation.articles.contains(&topic.article))
                .map(|topic| json!({"article": topic.article, "about": topic.about}))
                .collect();
            Some(json!({
                "title": law.title, "articles": citation.articles, "version": version.year,
                "document": version.document, "from": version.from, "topics": topics,
            }))
        })
        .collect()
}
