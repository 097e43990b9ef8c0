//! Sorts a package's files by what they are and reads each one on its own.

use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, Entity};

use crate::case::CedarEntity;
use crate::diagnostic::{Findings, code, words};
use crate::document::Document;
use crate::guards::GuardsFile;
use crate::item::AddedSteps;
use crate::layout::{Kind, Placed, place, stem};
use crate::load::Files;
use crate::marks::too_deep;
use crate::pack::PacksFile;
use crate::read::{
    BodiesFile, DemoSettings, DistrictFile, FieldsFile, KindsFile, LawsFile, ListFile, PostsFile,
    RolesFile, TownshipFile, typed,
};
use crate::sign_off::SignOffFile;
use crate::source::Place;
use crate::variant::VariantFile;
use crate::{
    CalendarYear, Case, CaseBody, Certificate, DueTable, Item, Offer, Parameter, Publication,
    Rollout, Scheme, SpotChecks, Wording,
};

/// A value and the file it came from.
#[derive(Debug)]
pub(crate) struct Read<'a, T> {
    pub(crate) doc: Document<'a>,
    pub(crate) value: T,
}

/// One edition folder.
#[derive(Debug, Default)]
pub(crate) struct Folder<'a> {
    pub(crate) policies: Vec<(&'a str, &'a str)>,
    pub(crate) invariants: Vec<(&'a str, &'a str)>,
    pub(crate) items: Vec<Read<'a, Item>>,
    pub(crate) added: Vec<Read<'a, AddedSteps>>,
    pub(crate) variants: Vec<Read<'a, VariantFile>>,
    pub(crate) lists: Vec<Read<'a, ListFile>>,
    pub(crate) publication: Vec<Read<'a, Publication>>,
    pub(crate) packs: Vec<Read<'a, PacksFile>>,
    pub(crate) sign_offs: Vec<Read<'a, SignOffFile>>,
    pub(crate) dues: Vec<Read<'a, DueTable>>,
    pub(crate) spot_checks: Vec<Read<'a, SpotChecks>>,
    pub(crate) schemes: Vec<Read<'a, Scheme>>,
    pub(crate) offers: Vec<Read<'a, Offer>>,
    pub(crate) tables: Vec<Read<'a, table::Table>>,
    pub(crate) paths: Vec<&'a str>,
    /// Kinds of which a file could not be read; what it would have held is not called missing.
    pub(crate) broken: BTreeSet<Kind>,
}

/// The district's root, or one township's folder.
#[derive(Debug, Default)]
pub(crate) struct Level<'a> {
    pub(crate) parameters: BTreeMap<String, Read<'a, Parameter>>,
    pub(crate) editions: BTreeMap<CivilDay, Folder<'a>>,
    /// Parameters whose file could not be read; their ids are known all the same.
    pub(crate) broken: BTreeSet<String>,
    /// Files outside editions that rules depend on.
    pub(crate) paths: Vec<&'a str>,
    pub(crate) township: Option<Read<'a, TownshipFile>>,
    /// Laws and documents that may be cited.
    pub(crate) laws: Vec<Read<'a, LawsFile>>,
}

/// Every file, read.
#[derive(Debug, Default)]
pub(crate) struct Gathered<'a> {
    pub(crate) district: Option<Read<'a, DistrictFile>>,
    pub(crate) divisions: Option<(&'a str, &'a str)>,
    pub(crate) kinds: Option<Read<'a, KindsFile>>,
    pub(crate) bodies: Option<Read<'a, BodiesFile>>,
    pub(crate) roles: Option<Read<'a, RolesFile>>,
    pub(crate) demo: Option<DemoSettings>,
    pub(crate) calendar: Vec<Read<'a, CalendarYear>>,
    pub(crate) wording: Wording,
    pub(crate) fields: Option<Read<'a, FieldsFile>>,
    pub(crate) guards: Option<Read<'a, GuardsFile>>,
    pub(crate) base: Level<'a>,
    pub(crate) townships: BTreeMap<&'a str, Level<'a>>,
    pub(crate) cases: Vec<Case>,
    pub(crate) entities: Vec<Entity>,
    pub(crate) posts: Vec<Read<'a, PostsFile>>,
    /// What was proved, by the day of the edition.
    pub(crate) proofs: BTreeMap<CivilDay, Certificate>,
    /// How far editions have come, by their day; no part of what they say.
    pub(crate) rollouts: BTreeMap<CivilDay, Read<'a, Rollout>>,
    /// Paths of the files that must be there and are, readable or not.
    present: Vec<Kind>,
}

impl<'a> Gathered<'a> {
    pub(crate) fn new(
        files: &'a Files,
        texts: &BTreeMap<&'a str, &'a str>,
        findings: &mut Findings,
    ) -> Self {
        let mut all = Self::default();
        for path in files.keys() {
            let placed = place(path);
            match (placed.kind, texts.get(path.as_str())) {
                (Kind::Unknown, _) => unknown(path, findings),
                // what callers may is compiled elsewhere; here only that it can be read at all
                (Kind::Callers, Some(text)) => drop(too_deep(path, text, findings)),
                (Kind::Readme | Kind::RuleCase | Kind::Callers, _) => {}
                (Kind::Rule, _) => all.take_rule(path, &placed, findings),
                (kind, text) => {
                    all.present.push(kind);
                    if let Some(slug) = placed.township {
                        all.townships.entry(slug).or_default();
                    }
                    if let Some(text) = text {
                        all.take(path, text, &placed, findings);
                    }
                }
            }
        }
        all.missing(findings);
        all
    }

    fn level(&mut self, placed: &Placed<'a>) -> &mut Level<'a> {
        match placed.township {
            Some(slug) => self.townships.entry(slug).or_default(),
            None => &mut self.base,
        }
    }

    fn folder(
        &mut self,
        path: &'a str,
        placed: &Placed<'a>,
        findings: &mut Findings,
    ) -> Option<&mut Folder<'a>> {
        match placed.edition? {
            Ok(day) => {
                let folder = self.level(placed).editions.entry(day).or_default();
                folder.paths.push(path);
                Some(folder)
            }
            Err(name) => {
                findings.error(
                    code::BAD_DATE,
                    Place::top(path),
                    words(
                        format!("edition folder `{}` is not a date", name.escape_debug()),
                        format!("版本文件夹“{}”不是日期。", name.escape_debug()),
                        "文件夹名写生效日期，例如 2026-01-01。",
                    ),
                );
                None
            }
        }
    }

    fn note_broken(&mut self, path: &'a str, placed: &Placed<'a>, findings: &mut Findings) {
        if placed.kind == Kind::Parameter {
            self.level(placed).broken.insert(stem(path).to_owned());
        } else if let Some(folder) = self.folder(path, placed, findings) {
            folder.broken.insert(placed.kind);
        }
    }

    fn take_rule(&mut self, path: &'a str, placed: &Placed<'a>, findings: &mut Findings) {
        self.folder(path, placed, findings);
    }

    fn take(&mut self, path: &'a str, text: &'a str, placed: &Placed<'a>, findings: &mut Findings) {
        if placed.kind == Kind::Divisions {
            self.divisions = Some((path, text));
            self.base.paths.push(path);
            return;
        }
        if matches!(placed.kind, Kind::Policy | Kind::Invariant) {
            if let Some(folder) = self.folder(path, placed, findings) {
                match placed.kind {
                    Kind::Policy => folder.policies.push((path, text)),
                    _ => folder.invariants.push((path, text)),
                }
            }
            return;
        }
        let doc = if placed.kind == Kind::Entities {
            Document::parse_json(path, text, findings)
        } else {
            Document::parse(path, text, findings)
        };
        let Some(doc) = doc else {
            self.note_broken(path, placed, findings);
            return;
        };
        if placed.edition.is_some() {
            self.take_edition_file(path, doc, placed, findings);
        } else {
            self.take_root_file(path, doc, placed, findings);
        }
    }

    fn take_edition_file(
        &mut self,
        path: &'a str,
        doc: Document<'a>,
        placed: &Placed<'a>,
        findings: &mut Findings,
    ) {
        macro_rules! push {
            ($field:ident) => {
                match typed(placed.kind, &doc, findings) {
                    Some(value) => {
                        if let Some(folder) = self.folder(path, placed, findings) {
                            folder.$field.push(Read { doc, value });
                        }
                    }
                    None => self.note_broken(path, placed, findings),
                }
            };
        }
        match placed.kind {
            Kind::Item => push!(items),
            Kind::AddedSteps => push!(added),
            Kind::Variant => push!(variants),
            Kind::List => push!(lists),
            Kind::Publication => push!(publication),
            Kind::Packs => push!(packs),
            Kind::Rollout => self.take_rollout(path, doc, placed, findings),
            Kind::SignOffs => {
                push!(sign_offs);
                self.unpath(path, placed);
            }
            Kind::Dues => push!(dues),
            Kind::SpotChecks => push!(spot_checks),
            Kind::Scheme => push!(schemes),
            Kind::Offer => push!(offers),
            Kind::Table => push!(tables),
            _ => {}
        }
    }

    /// Who signed is no rule: as with stages and certificates no digest hangs on it, so that what was decided before a
    /// new signature is still found under its edition.
    fn unpath(&mut self, path: &str, placed: &Placed<'a>) {
        if let Some(Ok(day)) = placed.edition
            && let Some(folder) = self.level(placed).editions.get_mut(&day)
        {
            folder.paths.retain(|known| *known != path);
        }
    }

    /// The stage is no rule: it stays out of the paths, so that no digest hangs on it.
    fn take_rollout(
        &mut self,
        path: &'a str,
        doc: Document<'a>,
        placed: &Placed<'a>,
        findings: &mut Findings,
    ) {
        let Some(Ok(day)) = placed.edition else {
            self.folder(path, placed, findings);
            return;
        };
        if let Some(value) = typed(placed.kind, &doc, findings) {
            self.rollouts.insert(day, Read { doc, value });
        }
    }

    fn take_root_file(
        &mut self,
        path: &'a str,
        doc: Document<'a>,
        placed: &Placed<'a>,
        findings: &mut Findings,
    ) {
        macro_rules! set {
            ($field:ident) => {
                if let Some(value) = typed(placed.kind, &doc, findings) {
                    self.$field = Some(Read { doc, value });
                    self.base.paths.push(path);
                }
            };
        }
        match placed.kind {
            Kind::District => set!(district),
            Kind::Kinds => set!(kinds),
            Kind::Bodies => set!(bodies),
            Kind::Roles => set!(roles),
            Kind::Fields => set!(fields),
            Kind::Guards => set!(guards),
            Kind::Calendar => {
                if let Some(value) = typed(placed.kind, &doc, findings) {
                    self.calendar.push(Read { doc, value });
                    self.base.paths.push(path);
                }
            }
            Kind::Demo => self.demo = typed(placed.kind, &doc, findings),
            Kind::Wording => {
                if let Some(value) = typed(placed.kind, &doc, findings) {
                    self.wording = value;
                    self.base.paths.push(path);
                }
            }
            Kind::Laws => {
                if let Some(value) = typed(placed.kind, &doc, findings) {
                    let level = self.level(placed);
                    level.paths.push(path);
                    level.laws.push(Read { doc, value });
                }
            }
            Kind::Posts => {
                if let Some(value) = typed(placed.kind, &doc, findings) {
                    self.posts.push(Read { doc, value });
                }
            }
            Kind::Proof => {
                if let Some(certificate) = typed::<Certificate>(placed.kind, &doc, findings) {
                    self.proofs.insert(certificate.edition, certificate);
                }
            }
            Kind::Entities => self.take_entities(&doc, findings),
            Kind::Parameter => self.take_parameter(path, doc, placed, findings),
            Kind::Township => {
                if let Some(value) = typed(placed.kind, &doc, findings) {
                    let level = self.level(placed);
                    level.paths.push(path);
                    level.township = Some(Read { doc, value });
                }
            }
            Kind::Case => {
                if let (Some(body), Some(expect)) =
                    (typed::<CaseBody>(placed.kind, &doc, findings), placed.expect)
                {
                    let township = placed.township.map(str::to_owned);
                    self.cases.push(Case { file: path.to_owned(), township, expect, body });
                }
            }
            _ => {}
        }
    }

    fn take_parameter(
        &mut self,
        path: &'a str,
        doc: Document<'a>,
        placed: &Placed<'a>,
        findings: &mut Findings,
    ) {
        let Some(mut value) = typed::<Parameter>(placed.kind, &doc, findings) else {
            self.note_broken(path, placed, findings);
            return;
        };
        let id = stem(path);
        if id.is_empty()
            || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        {
            findings.error(
                code::BAD_PATH,
                Place::top(path),
                words(
                    format!("`{id}` cannot name a parameter"),
                    "参数文件的名字不能用。",
                    "文件名只用小写字母、数字和下划线，例如 p01_gap_days.toml。",
                ),
            );
            return;
        }
        id.clone_into(&mut value.id);
        let level = self.level(placed);
        level.paths.push(path);
        level.parameters.insert(id.to_owned(), Read { doc, value });
    }

    fn take_entities(&mut self, doc: &Document<'a>, findings: &mut Findings) {
        let Some(list) = typed::<Vec<CedarEntity>>(Kind::Entities, doc, findings) else { return };
        for (index, entity) in list.into_iter().enumerate() {
            if self.entities.iter().any(|known| known.id == entity.uid) {
                let words = crate::read::duplicate(&entity.uid.id, None);
                findings.error(code::DUPLICATE_ID, doc.place(&format!("/{index}/uid")), words);
            }
            self.entities.push(Entity { id: entity.uid, attrs: entity.attrs });
        }
    }

    fn missing(&self, findings: &mut Findings) {
        let needed = [
            (Kind::District, "district.toml"),
            (Kind::Divisions, "divisions.csv"),
            (Kind::Kinds, "kinds.toml"),
            (Kind::Bodies, "bodies.toml"),
            (Kind::Roles, "roles.toml"),
        ];
        for (kind, name) in needed {
            if !self.present.contains(&kind) {
                findings.error(code::MISSING_FILE, Place::top(name), missing_words(name));
            }
        }
        for (slug, level) in &self.townships {
            let path = format!("townships/{slug}/township.toml");
            let unreadable = findings.mentions(&path);
            if level.township.is_none() && !unreadable {
                findings.error(code::MISSING_FILE, Place::top(&path), missing_words(&path));
            }
        }
        if self.base.editions.is_empty() && !self.present.contains(&Kind::Policy) {
            findings.error(
                code::NO_EDITION,
                Place::top("editions"),
                words(
                    "no folder `editions/<date>` holds policies, items or lists",
                    "没有任何版本。",
                    "建一个 editions/2026-01-01 这样的文件夹，把规矩和事项放进去。",
                ),
            );
        }
    }
}

/// The words of a missing file.
pub(crate) fn missing_words(name: &str) -> crate::diagnostic::Words {
    words(
        format!("file `{name}` is missing"),
        format!("缺少文件 {name}。"),
        "请补上这个文件，或检查名字有没有写错。",
    )
}

fn unknown(path: &str, findings: &mut Findings) {
    findings.warning(
        code::UNKNOWN_FILE,
        Place::top(path),
        words(
            format!("file `{}` has no meaning at this place and is not read", path.escape_debug()),
            "这个文件放在这里不起作用。",
            "检查文件夹和文件名；说明见本文件夹的 README.md。",
        ),
    );
}
