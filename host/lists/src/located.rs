//! Findings of the package check, told by the cell they come from.

use package::{Diagnostic, ListKind, Severity};

use crate::columns::Field;
use crate::finding::CellFinding;
use crate::import::Import;
use crate::write::Written;

/// A finding about the written list, as a finding about the sheet it was read from. One about
/// another file has line 0 and is told by the entry that it names, if it names one.
pub fn located(
    import: &Import,
    written: &Written,
    kind: ListKind,
    found: &Diagnostic,
) -> CellFinding {
    let place = written.at(found.line).or_else(|| named(import, found));
    let spot = place.and_then(|(entry, field)| import.spot(entry, field));
    let item = place.and_then(|(entry, _)| import.entries.get(entry));
    CellFinding {
        code: found.code.clone(),
        warning: found.severity == Severity::Warning,
        message: found.message.clone(),
        text: found.text.clone(),
        help: found.help.clone(),
        list: kind.id().to_owned(),
        item: item.map(|entry| entry.title.clone()).unwrap_or_default(),
        field: place.map(|(_, field)| field.title().to_owned()).unwrap_or_default(),
        cell: spot.map(crate::Spot::name).unwrap_or_default(),
        line: spot.map_or(1, |spot| spot.line),
    }
}

/// The entry whose id a finding about another file names in backticks.
fn named(import: &Import, found: &Diagnostic) -> Option<(usize, Field)> {
    let named = |id: &str| found.message.contains(&format!("`{id}`"));
    import.entries.iter().position(|entry| named(&entry.id)).map(|index| (index, Field::Title))
}
