//! A list as the TOML a package holds, with the way back from a line to the entry and its field.

use package::{ListEntry, ListKind};

use crate::columns::Field;

/// The text of `lists/<kind>.toml`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// The text.
    pub text: String,
    /// Line, index of the entry, field; in the order of the text.
    places: Vec<(u32, usize, Field)>,
}

impl Written {
    /// The entry and the field that stand on a line; `None` for the head of the file.
    pub fn at(&self, line: u32) -> Option<(usize, Field)> {
        let place = self.places.iter().rev().find(|(own, ..)| *own <= line);
        place.map(|(_, entry, field)| (*entry, *field))
    }
}

struct Writer {
    text: String,
    line: u32,
    places: Vec<(u32, usize, Field)>,
}

impl Writer {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.line = self.line.saturating_add(1);
    }

    fn value(&mut self, entry: usize, field: Field, key: &str, value: &str) {
        self.places.push((self.line, entry, field));
        self.line(&format!("{key} = {value}"));
    }

    fn text(&mut self, entry: usize, field: Field, key: &str, value: &str) {
        if !value.is_empty() {
            self.value(entry, field, key, &quoted(value));
        }
    }

    fn texts(&mut self, entry: usize, field: Field, key: &str, values: &[String]) {
        if !values.is_empty() {
            self.value(entry, field, key, &array(values));
        }
    }
}

/// Writes a list. `comment` is kept at the top, each line as it was.
pub fn toml(
    kind: ListKind,
    title: &str,
    basis: &[String],
    comment: &str,
    entries: &[ListEntry],
) -> Written {
    let mut out = Writer { text: String::new(), line: 1, places: Vec::new() };
    for line in comment.lines() {
        out.line(line);
    }
    out.line(&format!("id = {}", quoted(kind.id())));
    out.line(&format!("title = {}", quoted(title)));
    out.line(&format!("basis = {}", array(basis)));
    for (index, entry) in entries.iter().enumerate() {
        out.line("");
        out.places.push((out.line, index, Field::Title));
        out.line("[[entries]]");
        one(&mut out, index, entry);
    }
    Written { text: out.text, places: out.places }
}

fn one(out: &mut Writer, index: usize, entry: &ListEntry) {
    out.value(index, Field::Id, "id", &quoted(&entry.id));
    out.value(index, Field::Title, "title", &quoted(&entry.title));
    out.value(index, Field::Department, "department", &quoted(&entry.department));
    out.texts(index, Field::Support, "support", &entry.support);
    out.value(index, Field::BasisLaw, "basis_law", &quoted(&entry.basis_law));
    out.text(index, Field::BasisArticle, "basis_article", &entry.basis_article);
    out.text(index, Field::VillagePart, "village_part", &entry.village_part);
    out.texts(index, Field::SupervisedBy, "supervised_by", &entry.supervised_by);
    out.texts(index, Field::Services, "services", &entry.services);
    out.text(index, Field::Audience, "audience", &entry.audience);
    out.texts(index, Field::Documents, "documents", &entry.documents);
    if let Some(every) = entry.every {
        out.value(index, Field::Every, "every", &quoted(every.id()));
    }
    if let Some(quota) = entry.quota {
        out.value(index, Field::Quota, "quota", &quota.to_string());
    }
    if let Some(per) = entry.quota_per {
        out.value(index, Field::QuotaPer, "quota_per", &quoted(per.id()));
    }
    out.texts(index, Field::Fields, "fields", &entry.fields);
    if let Some(from) = entry.from {
        out.value(index, Field::From, "from", &quoted(&from.to_string()));
    }
    if let Some(to) = entry.to {
        out.value(index, Field::To, "to", &quoted(&to.to_string()));
    }
    out.text(index, Field::Was, "was", &entry.was);
    out.text(index, Field::Note, "note", &entry.note);
}

fn array(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    format!("[{}]", values.join(", "))
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.extend(format!("\\u{:04X}", u32::from(c)).chars()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
