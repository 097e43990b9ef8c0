//! The one pass: bytes in, a package or every reason why not.

use std::collections::BTreeMap;

use crate::diagnostic::{Findings, code, words};
use crate::gather::Gathered;
use crate::layout::{Kind, place};
use crate::source::Place;
use crate::{Diagnostic, Package, assemble, check, limits};

/// A package's files: path relative to its folder (`/` separators) to bytes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What came of loading.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The package; `None` when any diagnostic is an error.
    pub package: Option<Package>,
    /// Everything found, by file and line.
    pub diagnostics: Vec<Diagnostic>,
}

/// Loads a district package. Never panics, whatever the bytes.
pub fn load(files: &Files) -> Loaded {
    let mut findings = Findings::default();
    let package = run(files, &mut findings);
    let package = if findings.has_errors() { None } else { package };
    Loaded { package, diagnostics: findings.into_sorted() }
}

fn run(files: &Files, findings: &mut Findings) -> Option<Package> {
    if files.len() > limits::FILES_MAX {
        findings.error(
            code::TOO_MANY_FILES,
            Place::top(""),
            words(
                format!(
                    "{} files are more than the {} a package may have",
                    files.len(),
                    limits::FILES_MAX
                ),
                format!("文件太多：{} 个，最多 {} 个。", files.len(), limits::FILES_MAX),
                "是不是选错了文件夹？请指到 policies 下的那一层。",
            ),
        );
        return None;
    }
    let texts = texts(files, findings);
    let gathered = Gathered::new(files, &texts, findings);
    let divisions = check::vocabulary(&gathered, findings);
    check::parameters(&gathered, findings);
    check::items(&gathered, findings);
    check::calendar(&gathered, findings);
    check::lists(&gathered, findings);
    check::fields(&gathered, findings);
    check::publication(&gathered, findings);
    check::packs(&gathered, findings);
    check::sign_off(&gathered, findings);
    check::dues(&gathered, findings);
    check::spot_checks(&gathered, findings);
    let statutes = check::statutes(&gathered, findings);
    check::basis(&gathered, &statutes, findings);
    check::townships(&gathered, &divisions, findings);
    check::guards(&gathered, findings);
    check::rollouts(&gathered, &divisions, findings);
    assemble::package(files, gathered, divisions, statutes, findings)
}

/// Every text file as text; rules stay bytes.
fn texts<'a>(files: &'a Files, findings: &mut Findings) -> BTreeMap<&'a str, &'a str> {
    let mut texts = BTreeMap::new();
    for (path, bytes) in files {
        if !good_path(path) {
            let shown: String = path.chars().take(80).collect();
            findings.error(
                code::BAD_PATH,
                Place::top(&shown),
                words(
                    format!("path `{}` cannot be used", shown.escape_debug()),
                    "文件路径不能用。",
                    "路径要在本文件夹以内，不能太长，不能含有“..”或反斜杠。",
                ),
            );
            continue;
        }
        let rule = place(path).kind == Kind::Rule;
        let max = if rule { limits::RULE_BYTES_MAX } else { limits::TEXT_BYTES_MAX };
        if bytes.len() > max {
            findings.error(
                code::TOO_LARGE,
                Place::top(path),
                words(
                    format!("{} bytes are more than the {max} such a file may have", bytes.len()),
                    format!("文件太大：{} 字节，最多 {max} 字节。", bytes.len()),
                    "请拆成几个文件，或者检查是不是放错了文件。",
                ),
            );
            continue;
        }
        let kind = place(path).kind;
        if matches!(kind, Kind::Rule | Kind::Unknown | Kind::Readme | Kind::RuleCase) {
            continue;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                texts.insert(path.as_str(), text.strip_prefix('\u{feff}').unwrap_or(text));
            }
            Err(_) => findings.error(
                code::NOT_TEXT,
                Place::top(path),
                words(
                    "the file is not utf-8 text",
                    "文件不是 UTF-8 编码的文字。",
                    "用记事本另存为，编码选 UTF-8。",
                ),
            ),
        }
    }
    texts
}

fn good_path(path: &str) -> bool {
    path.chars().count() <= limits::PATH_CHARS_MAX
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}
