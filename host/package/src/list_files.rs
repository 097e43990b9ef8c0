//! Lists, synonyms and schemes outside a package: two folders to compare, or one file before it is imported.

use crate::diagnostic::Findings;
use crate::document::Document;
use crate::layout::Kind;
use crate::load::Files;
use crate::read::{ListFile, by_id, typed};
use crate::{Diagnostic, Scheme, Wording, WorkList};

impl From<&ListFile> for WorkList {
    fn from(file: &ListFile) -> Self {
        Self {
            id: file.id,
            title: file.title.clone(),
            basis: file.basis.clone(),
            entries: file.entries.iter().map(|e| (e.id.clone(), e.clone())).collect(),
        }
    }
}

/// Reads list files, each on its own; what stands between lists is left to [`load()`](crate::load()).
pub fn read_lists(files: &Files) -> (Vec<WorkList>, Vec<Diagnostic>) {
    let mut findings = Findings::default();
    let mut lists = Vec::new();
    for (path, bytes) in files {
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let Some(doc) = Document::parse(path, text, &mut findings) else { continue };
        let Some(file) = typed::<ListFile>(Kind::List, &doc, &mut findings) else { continue };
        by_id(file.entries.clone(), |e| &e.id, "entries", &doc, &mut findings);
        lists.push(WorkList::from(&file));
    }
    (lists, findings.into_sorted())
}

/// Reads `wording.toml`; the empty one when it cannot be read, with the reasons.
pub fn read_wording(bytes: &[u8]) -> (Wording, Vec<Diagnostic>) {
    let mut findings = Findings::default();
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let doc = Document::parse("wording.toml", text, &mut findings);
    let wording = doc.and_then(|doc| typed(Kind::Wording, &doc, &mut findings));
    (wording.unwrap_or_default(), findings.into_sorted())
}

/// Reads one scheme by itself, e.g. before the table it names is there.
pub fn read_scheme(path: &str, bytes: &[u8]) -> (Option<Scheme>, Vec<Diagnostic>) {
    let mut findings = Findings::default();
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let doc = Document::parse(path, text, &mut findings);
    let scheme = doc.and_then(|doc| typed(Kind::Scheme, &doc, &mut findings));
    (scheme, findings.into_sorted())
}
