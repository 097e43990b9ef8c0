//! The papers of a matter: which certificate or service of the lists it is for, and which documents the
//! villager is asked for. Everything is held against the lists in force on the day.

use std::collections::BTreeSet;

use model::{CivilDay, Record, Refusal, RefusalKind, Value};
use package::{Edition, ListEntry, ListKind};

use crate::acts::{invalid, title};
use crate::gather;

/// The word that stands where no document is needed.
const NONE_NEEDED: &str = "无";

/// Documents one matter may ask for.
const DOCUMENTS_MAX: usize = 20;

/// What a matter is opened for; empty texts where nothing is stated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Papers<'a> {
    /// Id or title of a certificate, or the words of whoever asked for one.
    pub(crate) certificate: &'a str,
    /// Id of a service.
    pub(crate) service: &'a str,
    /// Documents the villager is asked for.
    pub(crate) documents: &'a [String],
}

impl Papers<'_> {
    /// Whether the papers can be used at all.
    ///
    /// # Errors
    /// `INVALID_INPUT` for overlong texts, `SERVICE_NOT_LISTED` for a service that is not on the list that day.
    pub(crate) fn fit(&self, edition: &Edition, day: CivilDay) -> Result<(), Refusal> {
        if self.documents.len() > DOCUMENTS_MAX {
            return Err(invalid("documents", "at most 20 documents", "材料最多20样。"));
        }
        if !self.certificate.is_empty() {
            title("certificate", self.certificate)?;
        }
        for document in self.documents {
            title("documents", document)?;
        }
        if !self.service.is_empty()
            && entry(edition, day, ListKind::Service, self.service).is_none()
        {
            let shown: String =
                self.service.chars().filter(|c| !c.is_control() && *c != '`').take(40).collect();
            return Err(Refusal::new(
                RefusalKind::Unprocessable,
                "SERVICE_NOT_LISTED",
                format!(
                    "service `{shown}` is not on the list today; see `/public/lists?type=service`"
                ),
                format!("服务清单上今天没有“{shown}”。"),
                "全部服务见 /public/lists?type=service。",
            ));
        }
        Ok(())
    }
}

/// The entry of a list that is in force, by id or by its whole title.
pub(crate) fn entry<'e>(
    edition: &'e Edition,
    day: CivilDay,
    kind: ListKind,
    stated: &str,
) -> Option<&'e ListEntry> {
    let list = edition.lists().get(&kind)?;
    let mut here = list.entries.values().filter(|entry| entry.in_force(day));
    here.find(|entry| entry.id == stated || entry.title == stated)
}

/// The id of a kept certificate, or the words as they were stated.
pub(crate) fn certificate<'e>(edition: &'e Edition, day: CivilDay, stated: &'e str) -> &'e str {
    entry(edition, day, ListKind::Certificate, stated).map_or(stated, |entry| &entry.id)
}

fn kept(edition: &Edition, day: CivilDay) -> impl Iterator<Item = &ListEntry> {
    let list = edition.lists().get(&ListKind::Certificate).into_iter();
    list.flat_map(|list| list.entries.values()).filter(move |entry| entry.in_force(day))
}

/// The documents that the stated entries allow to ask for.
fn allowed<'e>(
    edition: &'e Edition,
    day: CivilDay,
    papers: &Papers<'_>,
) -> impl Iterator<Item = &'e str> {
    let certificate = entry(edition, day, ListKind::Certificate, papers.certificate);
    // what one service needs is no leave to ask for it with a certificate
    let service = entry(edition, day, ListKind::Service, papers.service)
        .filter(|_| papers.certificate.is_empty());
    let all = certificate.into_iter().chain(service).flat_map(|entry| &entry.documents);
    all.map(String::as_str).filter(|document| *document != NONE_NEEDED)
}

/// The facts of opening a matter.
pub(crate) fn facts(edition: &Edition, day: CivilDay, papers: &Papers<'_>) -> Record {
    let mut facts = gather::record([
        ("kept", kept(edition, day).map(|entry| entry.id.as_str()).collect::<Value>()),
        ("documents", allowed(edition, day, papers).collect()),
        ("asked", papers.documents.iter().map(String::as_str).collect()),
    ]);
    if !papers.certificate.is_empty() {
        let id = certificate(edition, day, papers.certificate);
        facts.insert("certificate".to_owned(), id.into());
    }
    facts
}

/// Where to look up what a certificate that is not kept would say, and what is kept; in English and Chinese.
pub(crate) fn not_kept(edition: &Edition, day: CivilDay, stated: &str) -> (String, String) {
    let bare = stated.trim_start_matches("开具").trim_end_matches("证明");
    let found = edition.fields().find(stated).or_else(|| edition.fields().find(bare));
    let held = found.filter(|field| field.is_held());
    let ids: Vec<&str> = kept(edition, day).map(|entry| entry.id.as_str()).collect();
    let names: Vec<String> =
        kept(edition, day).map(|entry| format!("{}（{}）", entry.title, entry.id)).collect();
    let english = held.map_or_else(String::new, |field| {
        format!("`{}` is held by `{}`; ask there. ", field.name, field.holder)
    });
    let chinese = held.map_or_else(String::new, |field| {
        format!(
            "“{}”由{}掌握（{}），请向{}查。",
            field.name, field.holder, field.system, field.holder
        )
    });
    (
        format!("{english}Kept today: `{}`.", ids.join("`, `")),
        format!("{chinese}村里只办：{}。", names.join("、")),
    )
}

/// Which documents go beyond the list, and what the list asks for; in English and Chinese.
pub(crate) fn beyond(edition: &Edition, day: CivilDay, papers: &Papers<'_>) -> (String, String) {
    let list: BTreeSet<&str> = allowed(edition, day, papers).collect();
    let beyond: Vec<&str> =
        papers.documents.iter().map(String::as_str).filter(|d| !list.contains(d)).collect();
    let certificate = entry(edition, day, ListKind::Certificate, papers.certificate);
    let service = entry(edition, day, ListKind::Service, papers.service);
    let entries: Vec<&ListEntry> = certificate.into_iter().chain(service).collect();
    if entries.is_empty() {
        return (
            format!("`{}` rests on no entry of the lists.", beyond.join("`, `")),
            format!("没有写明是哪一条服务或者证明，不能要“{}”。", beyond.join("”“")),
        );
    }
    let english: Vec<String> = entries.iter().map(|entry| format!("`{}`", entry.id)).collect();
    let chinese: Vec<String> =
        entries.iter().map(|entry| format!("“{}”（{}）", entry.title, entry.id)).collect();
    let needed: Vec<&str> = list.into_iter().collect();
    let needed = if needed.is_empty() { NONE_NEEDED.to_owned() } else { needed.join("、") };
    (
        format!("`{}` is not among the documents of {}.", beyond.join("`, `"), english.join(", ")),
        format!("“{}”不在{}的材料里，只要：{needed}。", beyond.join("”“"), chinese.join("、")),
    )
}
