//! Findings of the package check, told by the cell they come from.

use package::{Diagnostic, ListKind, Severity};

use crate::finding::CellFinding;
use crate::import::Import;
use crate::write::Written;

/// A finding about the written list, as a finding about the sheet it was read from.
pub fn located(
    import: &Import,
    written: &Written,
    kind: ListKind,
    found: &Diagnostic,
) -> CellFinding {
    let place = written.at(found.line);
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
