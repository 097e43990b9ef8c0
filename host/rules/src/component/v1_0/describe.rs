//! What a component says about itself, read once when it is loaded.

use super::names::Names;
use super::types;
use super::words::Sentences;
use crate::checks::{self, ITEM_MAX};
use crate::{Declared, Description, FigureKind, Named, Sentence, Unit};

/// The most entries one list of a description may have.
const LIST_MAX: usize = 1_024;
/// The longest text in a description, bytes.
const TEXT_MAX: usize = 600;

/// A description with its sentences taken apart.
pub(in super::super) struct Catalog {
    pub(in super::super) description: Description,
    pub(super) names: Names,
    pub(super) reasons: Sentences,
    pub(super) refusals: Sentences,
    pub(super) notes: Sentences,
}

/// Reads a description.
///
/// # Errors
/// One English line: a list or text that is too long or empty, a code twice, a place in a sentence that names no
/// figure and no setting.
pub(in super::super) fn catalog(given: types::Description) -> Result<Catalog, String> {
    let description = Description {
        id: given.id,
        title: given.title,
        version: given.version,
        settings: declared(given.settings),
        kinds: named(given.kinds),
        quantities: declared(given.quantities),
        facts: declared(given.facts),
        items: named(given.items),
        figures: given.figures.into_iter().map(figure).collect(),
        reasons: sentences(given.reasons),
        clauses: named(given.clauses),
        refusals: sentences(given.refusals),
        notes: sentences(given.notes),
        grades: named(given.grades),
    };
    lists(&description)?;
    sayable(&description)?;
    Ok(Catalog {
        names: Names::new(&description),
        reasons: Sentences::new("reasons", &description.reasons, &description)?,
        refusals: Sentences::new("refusals", &description.refusals, &description)?,
        notes: Sentences::new("notes", &description.notes, &description)?,
        description,
    })
}

fn declared(given: Vec<types::Declared>) -> Vec<Declared> {
    let one = |d: types::Declared| Declared {
        name: d.name,
        title: d.title,
        unit: unit(d.unit),
        min: d.min,
        max: d.max,
    };
    given.into_iter().map(one).collect()
}

fn named(given: Vec<types::Named>) -> Vec<Named> {
    let one = |n: types::Named| Named { code: n.code, title: n.title, title_en: n.title_en };
    given.into_iter().map(one).collect()
}

fn sentences(given: Vec<types::Sentence>) -> Vec<Sentence> {
    let one = |s: types::Sentence| Sentence { code: s.code, text: s.text, text_en: s.text_en };
    given.into_iter().map(one).collect()
}

fn figure(given: types::FigureKind) -> FigureKind {
    FigureKind {
        name: given.name,
        title: given.title,
        unit: unit(given.unit),
        labels: given.labels,
    }
}

const fn unit(given: types::Unit) -> Unit {
    match given {
        types::Unit::Count => Unit::Count,
        types::Unit::Points => Unit::Points,
        types::Unit::Cents => Unit::Cents,
        types::Unit::Minutes => Unit::Minutes,
        types::Unit::Permille => Unit::Permille,
        types::Unit::Date => Unit::Date,
        types::Unit::Label => Unit::Label,
    }
}

/// What could never be answered is found when the rule is loaded, not when it first says it.
fn sayable(given: &Description) -> Result<(), String> {
    for refusal in &given.refusals {
        checks::refusal_code(&refusal.code).map_err(|error| error.to_string())?;
    }
    let posted = given.items.iter().chain(&given.grades);
    if let Some(long) = posted.map(|named| &named.code).find(|code| code.len() > ITEM_MAX) {
        return Err(format!("the code `{}` is longer than {ITEM_MAX} bytes", checks::clip(long)));
    }
    let read = || given.settings.iter().chain(&given.quantities).chain(&given.facts);
    if let Some(wrong) = read().find(|declared| declared.min > declared.max) {
        return Err(format!("`{}` has no value between its bounds", wrong.name));
    }
    if let Some(wrong) = read().find(|declared| declared.unit == Unit::Label) {
        return Err(format!("`{}` is written by labels, which only figures have", wrong.name));
    }
    let unlabelled = |kind: &&FigureKind| kind.unit == Unit::Label && kind.labels.is_empty();
    match given.figures.iter().find(unlabelled) {
        Some(kind) => Err(format!("the figure `{}` has no labels", kind.name)),
        None => Ok(()),
    }
}

/// Every list is short, every code is there once, every text is there.
fn lists(given: &Description) -> Result<(), String> {
    for (what, text) in [("id", &given.id), ("title", &given.title), ("version", &given.version)] {
        check(what, text)?;
    }
    let declared = |list: &[Declared]| {
        list.iter().map(|d| (d.name.clone(), vec![d.title.clone()])).collect::<Vec<_>>()
    };
    let named = |list: &[Named]| {
        let texts = |n: &Named| said_in(&n.title, &n.title_en);
        list.iter().map(|n| (n.code.clone(), texts(n))).collect::<Vec<_>>()
    };
    let said = |list: &[Sentence]| {
        let texts = |s: &Sentence| said_in(&s.text, &s.text_en);
        list.iter().map(|s| (s.code.clone(), texts(s))).collect::<Vec<_>>()
    };
    let figures = given.figures.iter().map(|figure| {
        let texts = std::iter::once(&figure.title).chain(&figure.labels);
        (figure.name.clone(), texts.cloned().collect())
    });
    for (what, list) in [
        ("settings", declared(&given.settings)),
        ("kinds", named(&given.kinds)),
        ("quantities", declared(&given.quantities)),
        ("facts", declared(&given.facts)),
        ("items", named(&given.items)),
        ("figures", figures.collect()),
        ("reasons", said(&given.reasons)),
        ("clauses", named(&given.clauses)),
        ("refusals", said(&given.refusals)),
        ("notes", said(&given.notes)),
        ("grades", named(&given.grades)),
    ] {
        list_of(what, &list)?;
    }
    Ok(())
}

/// Both texts; the English one may be left out.
fn said_in(chinese: &str, english: &str) -> Vec<String> {
    let english = Some(english).filter(|text| !text.is_empty());
    std::iter::once(chinese).chain(english).map(str::to_owned).collect()
}

fn list_of(what: &str, list: &[(String, Vec<String>)]) -> Result<(), String> {
    if list.len() > LIST_MAX {
        return Err(format!("`{what}` has {} entries, at most {LIST_MAX} are allowed", list.len()));
    }
    let mut seen = std::collections::BTreeSet::new();
    for (code, texts) in list {
        check(what, code)?;
        if !seen.insert(code) {
            return Err(format!("`{code}` is in `{what}` twice"));
        }
        texts.iter().try_for_each(|text| check(&format!("{what} {code}"), text))?;
    }
    Ok(())
}

fn check(what: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() || text.len() > TEXT_MAX {
        return Err(format!("`{what}` has a text that is empty or longer than {TEXT_MAX} bytes"));
    }
    Ok(())
}
