//! The loaders of packages with one file changed. An input is the file's path, a line break and its
//! new bytes.

use engine::plain::{check_entities, offline};
use folder::Folder;
use model::{Ask, Side};
use package::{Diagnostic, Files, Severity};
use tests::district::root;

use super::dice::Dice;
use super::folders::EXAMPLES;
use super::{Ran, Target, kind};

/// Words of the files.
const WORDS: [&str; 36] = [
    "permit (principal, action, resource);",
    "forbid (principal, action, resource) when { true };",
    "@id(\"x\")",
    "unless {",
    "context has",
    "resource.owner",
    "principal in group::\"staff\"",
    "is user",
    "Action::\"view\"",
    "decimal(\"1.0\")",
    "ip(\"x\")",
    "unknown(\"x\")",
    "if true then 1 else",
    ".containsAny([])",
    "like \"*\\*\"",
    "?principal",
    "-9223372036854775808",
    "&& ||",
    "entity user;",
    "type x = { y: x };",
    "namespace a { }",
    "appliesTo { principal: [], resource: [] }",
    "enum [\"a\"]",
    "tags Long",
    "\"uid\":",
    "\"parents\":",
    "\"__entity\":",
    "\"__extn\":",
    "[[x]]",
    "[x.y]",
    "'''",
    "1979-05-27T07:32:00Z",
    "= \"",
    "= [",
    "inf",
    "{ a = 1 }",
];

fn wired(path: &str, bytes: &[u8]) -> Vec<u8> {
    [path.as_bytes(), b"\n", bytes].concat()
}

/// The files with the changed one.
fn changed(base: &Files, input: &[u8]) -> Files {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let path = String::from_utf8_lossy(&input[..end]).into_owned();
    let mut files = base.clone();
    files.insert(path, input.get(end + 1..).unwrap_or_default().to_vec());
    files
}

/// What must hold of findings, whatever the bytes.
fn findings(found: &[Diagnostic], usable: bool) -> Result<String, String> {
    let errors = found.iter().filter(|it| it.severity == Severity::Error).count();
    if usable != (errors == 0) {
        return Err(format!("usable: {usable}, errors: {errors}"));
    }
    let mut codes = Vec::new();
    for finding in found {
        let words = [&finding.message, &finding.text, &finding.help];
        if words.iter().any(|it| it.is_empty() || it.chars().any(|c| c == '\n' || c == '\r')) {
            return Err(format!("words are missing or more than a line: {finding:?}"));
        }
        if finding.line == 0 || finding.column == 0 {
            return Err(format!("no place: {finding:?}"));
        }
        codes.push(format!("{} {}", finding.code, super::plain_words(&finding.message)));
    }
    codes.dedup();
    codes.truncate(4);
    Ok(codes.join(","))
}

/// Plain folders.
pub(super) struct Plain {
    all: Vec<Files>,
    usable: u64,
}

impl Plain {
    pub(super) fn open() -> Self {
        let read = |name| engine::files::read_package(&root().join("examples").join(name)).unwrap();
        Self { all: EXAMPLES.map(read).into(), usable: 0 }
    }
}

fn seeds_of<'a>(files: impl Iterator<Item = (&'a String, &'a Vec<u8>)>) -> Vec<Vec<u8>> {
    files.map(|(path, bytes)| wired(path, bytes)).collect()
}

/// Some lines of some file under the name of some file.
fn lines_of(files: &Files, dice: &mut Dice) -> Vec<u8> {
    let all: Vec<(&String, &Vec<u8>)> = files.iter().collect();
    let (path, bytes) = *dice.of(&all);
    let (other, _) = *dice.of(&all);
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let kept: Vec<&[u8]> = lines.into_iter().filter(|_| !dice.one_in(9)).collect();
    let path = if dice.one_in(6) { other } else { path };
    wired(path, &kept.join(b"\n" as &[u8]))
}

fn asks() -> [Ask; 2] {
    let side =
        |kind: &str, id: &str| Side { kind: kind.to_owned(), id: id.to_owned(), ..Side::default() };
    let ask = |subject, action: &str, resource| Ask {
        subject,
        action: action.to_owned(),
        resource,
        ..Ask::default()
    };
    [
        ask(side("user", "ada"), "view", side("document", "plan")),
        ask(side("user", "x"), "can_read_todos", side("todo", "1")),
    ]
}

impl Target for Plain {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let mut seeds = seeds_of(self.all.iter().flatten());
        seeds.push(wired("callers/x.cedar", b"permit (principal, action, resource);"));
        seeds
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        lines_of(dice.of(&self.all), dice)
    }

    fn words(&self) -> &[&'static str] {
        &WORDS
    }

    fn careful(&self) -> bool {
        true
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        // the folder that has such a file, else the first
        let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
        let path = String::from_utf8_lossy(&input[..end]).into_owned();
        let base = self.all.iter().find(|it| it.contains_key(&path)).unwrap_or(&self.all[0]);
        let files = changed(base, input);
        package::plain::is_plain(&files);
        let loaded = package::plain::load(&files);
        let mut kinds = findings(&loaded.diagnostics, loaded.plain.is_some())?;
        let Some(plain) = loaded.plain else { return Ok(kind(&[&kinds])) };
        self.usable += 1;
        if let Err(message) = Folder::new(&plain) {
            return Err(format!("accepted by the check, then refused: {message}"));
        }
        if let Err(message) = folder::Admin::new(&plain.callers) {
            kinds.push_str(&super::plain_words(&message));
        }
        let file = files.get(package::plain::ENTITIES).map(Vec::as_slice);
        let opened = offline(&plain, file);
        if let Some(bytes) = file {
            let found = check_entities(&plain, bytes);
            kinds.push_str(&findings(&found, opened.is_ok())?);
        }
        if let Ok((folder, entities)) = opened {
            for ask in asks() {
                let answer = folder.ask(&entities, &ask);
                let explained = folder.explain(&entities, &ask);
                if answer.allowed != explained.answer.allowed {
                    return Err(format!("asked {answer:?}, explained {explained:?}"));
                }
                kinds.push_str(if answer.allowed { "yes" } else { "no" });
            }
        }
        Ok(kind(&[&kinds]))
    }

    fn notes(&self) -> String {
        format!("; {} usable", self.usable)
    }
}

/// The district's package: as it is, and without townships, which loads sooner.
pub(super) struct District {
    whole: Files,
    core: Files,
    usable: u64,
}

impl District {
    pub(super) fn open() -> Self {
        let files = engine::files::read_package(&root().join("policies/laixi")).unwrap();
        let core =
            |path: &str| !["townships/", "cases/"].iter().any(|folder| path.starts_with(folder));
        let core: Files = files.clone().into_iter().filter(|(path, _)| core(path)).collect();
        assert!(package::load(&core).package.is_some(), "the district alone is a package");
        Self { whole: files, core, usable: 0 }
    }
}

impl Target for District {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let mut seeds = seeds_of(self.whole.iter().filter(|(_, bytes)| bytes.len() < 20_000));
        seeds.push(wired("callers/x.cedar", b"permit (principal, action, resource);"));
        seeds
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        lines_of(if dice.one_in(4) { &self.whole } else { &self.core }, dice)
    }

    fn words(&self) -> &[&'static str] {
        &WORDS
    }

    fn careful(&self) -> bool {
        true
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        let far = input.starts_with(b"townships/") || input.starts_with(b"cases/");
        let loaded = package::load(&changed(if far { &self.whole } else { &self.core }, input));
        if let Some(package) = &loaded.package {
            self.usable += 1;
            let _ = folder::Admin::new(package.callers());
        }
        findings(&loaded.diagnostics, loaded.package.is_some()).map(|codes| kind(&[&codes]))
    }

    fn notes(&self) -> String {
        format!("; {} usable", self.usable)
    }
}
