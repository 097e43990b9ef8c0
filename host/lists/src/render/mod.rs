//! The table of duties (职责事项一览表) as CSV, HTML and XLSX: same rows, same bytes.

pub(crate) mod csv;
mod html;
mod xlsx;

pub use csv::csv;
pub use html::html;
pub use xlsx::xlsx;

use package::Row;

use crate::cells::joined;
use crate::columns::Field;

/// The printed columns, each with its width in characters.
pub(crate) const COLUMNS: [(Field, u8); 20] = [
    (Field::Kind, 10),
    (Field::Id, 16),
    (Field::Title, 30),
    (Field::Department, 18),
    (Field::Support, 14),
    (Field::BasisLaw, 36),
    (Field::BasisArticle, 12),
    (Field::VillagePart, 40),
    (Field::SupervisedBy, 14),
    (Field::Services, 10),
    (Field::Audience, 18),
    (Field::Documents, 20),
    (Field::Every, 9),
    (Field::Quota, 9),
    (Field::QuotaPer, 12),
    (Field::Fields, 20),
    (Field::From, 12),
    (Field::To, 12),
    (Field::Was, 9),
    (Field::Note, 24),
];

/// A row's text in a column.
pub(crate) fn cell(row: &Row, field: Field) -> String {
    let day = |day: Option<model::CivilDay>| day.map(|day| day.to_string()).unwrap_or_default();
    match (field, &row.entry) {
        (Field::Kind, _) => row.kind_title.to_owned(),
        (Field::Id, _) => row.id.clone(),
        (Field::Title, _) => row.title.clone(),
        (Field::Department, _) => row.owner.clone(),
        (Field::VillagePart, _) => row.village_part.clone(),
        (Field::BasisLaw, Some(entry)) => entry.basis_law.clone(),
        // an item may rest on several articles; they stand in one cell
        (Field::BasisLaw, None) => row.basis.join("；"),
        (Field::BasisArticle, Some(entry)) => entry.basis_article.clone(),
        (Field::Support, Some(entry)) => joined(&entry.support),
        (Field::SupervisedBy, Some(entry)) => joined(&entry.supervised_by),
        (Field::SupervisedBy, None) => joined(&row.supervises),
        (Field::Services, Some(entry)) => joined(&entry.services),
        (Field::Audience, Some(entry)) => entry.audience.clone(),
        (Field::Documents, Some(entry)) => joined(&entry.documents),
        (Field::Every, Some(entry)) => {
            entry.every.map_or_else(String::new, |every| every.title().to_owned())
        }
        (Field::Quota, Some(entry)) => entry.quota.map(|n| n.to_string()).unwrap_or_default(),
        (Field::QuotaPer, Some(entry)) => {
            entry.quota_per.map_or_else(String::new, |per| per.title().to_owned())
        }
        (Field::Fields, Some(entry)) => joined(&entry.fields),
        (Field::From, Some(entry)) => day(entry.from),
        (Field::To, Some(entry)) => day(entry.to),
        (Field::Was, Some(entry)) => entry.was.clone(),
        (Field::Note, Some(entry)) => entry.note.clone(),
        _ => String::new(),
    }
}

/// The columns of which some row says something; the ones every row has stand first and always.
pub(crate) fn used(rows: &[Row]) -> Vec<(Field, u8)> {
    let always = [
        Field::Kind,
        Field::Id,
        Field::Title,
        Field::Department,
        Field::BasisLaw,
        Field::BasisArticle,
        Field::VillagePart,
    ];
    let says = |field: Field| rows.iter().any(|row| !cell(row, field).is_empty());
    COLUMNS.into_iter().filter(|(field, _)| always.contains(field) || says(*field)).collect()
}
