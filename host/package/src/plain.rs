//! A plain Cedar folder: `*.cedar`, and if they are there one `*.cedarschema` and `entities.json`.
//!
//! The same files any Cedar tool reads. A policy is named by its `@id`, else by its file and its
//! number in it. `callers/*.cedar` says which callers may ask, write and publish.

use std::collections::BTreeMap;

use cedar_policy::{PolicyId, PolicySet, Schema};
use model::Digest;

use crate::annotated::marked_twice;
use crate::diagnostic::{Findings, code, words};
use crate::document::one_line;
use crate::load::Files;
use crate::marks::{annotation_of, full_width, keywords, too_deep};
use crate::policies::{Placed, syntax, validated};
use crate::source::{Place, place_at};
use crate::{Diagnostic, limits};

/// Folder of the administrative policies.
const CALLERS: &str = "callers/";
/// The entities file.
pub const ENTITIES: &str = "entities.json";

/// A plain folder that can be used.
#[derive(Clone, Debug)]
pub struct Plain {
    /// Every policy, named.
    pub policies: PolicySet,
    /// The schema, if there is one.
    pub schema: Option<Schema>,
    /// The schema's text; its annotations are read from it.
    pub schema_text: Option<String>,
    /// The administrative policies as text, by path.
    pub callers: Vec<(String, String)>,
    /// Digest over paths and bytes of policies and schema.
    pub digest: Digest,
    /// Digest of the entities file; of nothing when there is none.
    pub entities: Digest,
}

/// What came of loading.
#[derive(Clone, Debug)]
pub struct PlainLoaded {
    /// The folder; `None` when any diagnostic is an error.
    pub plain: Option<Plain>,
    /// Everything found, by file and line.
    pub diagnostics: Vec<Diagnostic>,
}

/// Whether files are a plain Cedar folder: policies on top, and no district's own file.
pub fn is_plain(files: &Files) -> bool {
    !files.contains_key("district.toml")
        && files.keys().any(|path| is_policy(path) || path == ENTITIES || is_schema(path))
}

fn is_policy(path: &str) -> bool {
    has_ending(path, "cedar") && !path.starts_with(CALLERS)
}

fn has_ending(path: &str, ending: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, own)| own == ending)
}

fn is_schema(path: &str) -> bool {
    has_ending(path, "cedarschema") && !path.contains('/')
}

/// Loads a plain folder. The entities file is not read here; it may be large.
pub fn load(files: &Files) -> PlainLoaded {
    let mut findings = Findings::default();
    let plain = run(files, &mut findings);
    let plain = if findings.has_errors() { None } else { plain };
    PlainLoaded { plain, diagnostics: findings.into_sorted() }
}

fn run(files: &Files, findings: &mut Findings) -> Option<Plain> {
    let policies: Vec<(&str, &str)> = files
        .iter()
        .filter(|(path, _)| is_policy(path))
        .filter_map(|f| text(f, findings))
        .collect();
    let schemas: Vec<(&str, &str)> = files
        .iter()
        .filter(|(path, _)| is_schema(path))
        .filter_map(|f| text(f, findings))
        .collect();
    let callers: Vec<(String, String)> = files
        .iter()
        .filter(|(path, _)| path.starts_with(CALLERS) && has_ending(path, "cedar"))
        .filter_map(|f| text(f, findings).filter(|(path, text)| !too_deep(path, text, findings)))
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    if let [_, (second, _), ..] = schemas.as_slice() {
        findings.error(
            code::DUPLICATE_ID,
            Place::top(second),
            words(
                "a folder has one schema; this is the second",
                "一个文件夹只能有一个 .cedarschema 文件。",
                "请只留一个。",
            ),
        );
    }
    let schema = match schemas.first() {
        Some((path, text)) => Some(schema(path, text, findings)?),
        None => None,
    };
    let set = match &schema {
        Some(schema) => validated(&named(&policies, findings), schema, None, findings),
        None => unvalidated(&named(&policies, findings), findings),
    };
    let parts = policies.iter().chain(&schemas).copied();
    let callers_too = callers.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let bytes: Vec<&[u8]> = parts
        .chain(callers_too)
        .flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()])
        .collect();
    let digest = Digest::of(bytes);
    Some(Plain {
        policies: set,
        schema,
        schema_text: schemas.first().map(|(_, text)| (*text).to_owned()),
        callers,
        digest,
        entities: Digest::of(files.get(ENTITIES).map(Vec::as_slice)),
    })
}

fn text<'a>(
    (path, bytes): (&'a String, &'a Vec<u8>),
    findings: &mut Findings,
) -> Option<(&'a str, &'a str)> {
    if bytes.len() > limits::PLAIN_TEXT_BYTES_MAX {
        let max = limits::PLAIN_TEXT_BYTES_MAX;
        findings.error(
            code::TOO_LARGE,
            Place::top(path),
            words(
                format!("{} bytes are more than the {max} such a file may have", bytes.len()),
                format!("文件太大：{} 字节，最多 {max} 字节。", bytes.len()),
                "请拆成几个文件。",
            ),
        );
        return None;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some((path, text.strip_prefix('\u{feff}').unwrap_or(text)));
    }
    findings.error(
        code::NOT_TEXT,
        Place::top(path),
        words("the file is not utf-8 text", "文件不是 UTF-8 编码的文字。", "请另存为 UTF-8。"),
    );
    None
}

fn schema(path: &str, text: &str, findings: &mut Findings) -> Option<Schema> {
    if too_deep(path, text, findings) {
        return None;
    }
    match Schema::from_cedarschema_str(text) {
        Ok((schema, _)) => {
            both_marks(path, text, findings);
            Some(schema)
        }
        Err(error) => {
            let detail = cedar_policy::ffi::DetailedError::from(&error);
            let offset = detail.source_locations.first().map_or(0, |label| label.loc.start);
            findings.error(
                code::CEDAR_SYNTAX,
                place_at(path, text, offset),
                words(
                    format!("cannot read the schema: {}", one_line(&detail.message)),
                    "字段说明（schema）读不懂。",
                    "请对照 Cedar 的 schema 写法检查括号、分号和类型名。",
                ),
            );
            None
        }
    }
}

/// Ids stand in every record, which is what a personal value must not.
fn both_marks(path: &str, text: &str, findings: &mut Findings) {
    for (owner, name) in marked_twice(text, "identity", "personal") {
        let offset = annotation_of(text, "identity", &name).unwrap_or(0);
        findings.error(
            code::IDENTITY_IS_PERSONAL,
            place_at(path, text, offset),
            words(
                format!("`{name}` of `{owner}` is both `@identity` and `@personal`"),
                format!("{owner} 的 {name} 既是编号（@identity）又是个人信息（@personal）。"),
                "编号会留在每一条记录里，不能删除。请只留一个标记，个人信息另设一项。",
            ),
        );
    }
}

fn named<'a>(
    files: &[(&'a str, &'a str)],
    findings: &mut Findings,
) -> BTreeMap<String, Placed<'a>> {
    let mut known: BTreeMap<String, Placed<'a>> = BTreeMap::new();
    for (file, text) in files {
        if full_width(file, text, findings) || too_deep(file, text, findings) {
            continue;
        }
        let set: PolicySet = match text.parse() {
            Ok(set) => set,
            Err(errors) => {
                syntax(file, text, &errors, findings);
                continue;
            }
        };
        let offsets = keywords(text);
        if set.num_of_templates() > 0 {
            findings.warning(
                code::CEDAR_TEMPLATE,
                Place::top(file),
                words(
                    "a template without links authorises nothing and is left out",
                    "模板（?principal、?resource）没有用到，不起作用。",
                    "需要时把模板写成完整的规矩。",
                ),
            );
        }
        for policy in set.policies() {
            let number: usize =
                policy.id().to_string().trim_start_matches("policy").parse().unwrap_or(0);
            let offset = offsets.get(number).copied().unwrap_or(0);
            let own = policy.annotation("id").map(str::trim).filter(|id| !id.is_empty());
            let id = own.map_or_else(|| format!("{file}#{number}"), str::to_owned);
            let placed = Placed {
                policy: policy.new_id(PolicyId::new(&id)),
                file,
                text,
                offset,
                generated: None,
            };
            if let Some(other) = known.get(&id) {
                let words = crate::read::duplicate(&id, Some(other.file));
                findings.error(code::DUPLICATE_ID, placed.place(), words);
                continue;
            }
            known.insert(id, placed);
        }
    }
    known
}

fn unvalidated(policies: &BTreeMap<String, Placed<'_>>, findings: &mut Findings) -> PolicySet {
    let mut set = PolicySet::new();
    for placed in policies.values() {
        if let Err(error) = set.add(placed.policy.clone()) {
            let words = crate::policies::internal(&error.to_string());
            findings.error(code::INTERNAL, placed.place(), words);
        }
    }
    set
}
