//! The JSON Schemas of the data files and what their violations mean in words.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;

use crate::diagnostic::{Findings, code, words};
use crate::document::{Document, one_line};
use crate::layout::Kind;
use crate::source::Place;

macro_rules! shapes {
    ($($kind:ident => $file:literal,)*) => {
        const SHAPES: &[(Kind, &str, &str)] =
            &[$((Kind::$kind, $file, include_str!(concat!("../../../schemas/json/", $file)))),*];
    };
}

shapes! {
    District => "district.schema.json",
    Bodies => "bodies.schema.json",
    Kinds => "kinds.schema.json",
    Roles => "roles.schema.json",
    Demo => "demo.schema.json",
    Entities => "entities.schema.json",
    Posts => "posts.schema.json",
    Parameter => "parameter.schema.json",
    Item => "item.schema.json",
    AddedSteps => "added-steps.schema.json",
    Variant => "variant.schema.json",
    Calendar => "calendar.schema.json",
    List => "list.schema.json",
    Publication => "publication.schema.json",
    Rollout => "rollout.schema.json",
    Packs => "packs.schema.json",
    SignOffs => "signoff.schema.json",
    Dues => "dues.schema.json",
    SpotChecks => "spot-checks.schema.json",
    Laws => "laws.schema.json",
    Wording => "wording.schema.json",
    Fields => "fields.schema.json",
    Guards => "guards.schema.json",
    Case => "case.schema.json",
    Township => "township.schema.json",
    Scheme => "scheme.schema.json",
    Table => "table.schema.json",
    Offer => "offer.schema.json",
    Proof => "proof.schema.json",
}

/// How every schema writes a twelve-digit code; a violation has a diagnostic code of its own.
const CODE_PATTERN: &str = "^[1-9][0-9]{11}$";

/// File name and text of every JSON Schema (Draft 2020-12) a package file can be held against.
pub fn json_schemas() -> impl Iterator<Item = (&'static str, &'static str)> {
    SHAPES.iter().map(|(_, file, text)| (*file, *text))
}

static VALIDATORS: LazyLock<BTreeMap<Kind, Result<Validator, String>>> = LazyLock::new(|| {
    SHAPES
        .iter()
        .map(|(kind, file, text)| {
            let built = serde_json::from_str::<Value>(text)
                .map_err(|error| format!("{file}: {error}"))
                .and_then(|schema| {
                    jsonschema::options()
                        .with_draft(Draft::Draft202012)
                        .build(&schema)
                        .map_err(|error| format!("{file}: {error}"))
                });
            (*kind, built)
        })
        .collect()
});

/// Holds a document against the schema of its kind; `true` when it fits.
pub(crate) fn check(kind: Kind, doc: &Document<'_>, findings: &mut Findings) -> bool {
    let validator = match VALIDATORS.get(&kind) {
        Some(Ok(validator)) => validator,
        Some(Err(error)) => {
            findings.error(
                code::INTERNAL,
                Place::top(doc.file),
                words(
                    format!("schema cannot be used: {error}"),
                    "程序自带的格式说明有误。",
                    "请联系维护人员。",
                ),
            );
            return false;
        }
        None => return true,
    };
    let mut fits = true;
    for error in validator.iter_errors(&doc.json) {
        fits = false;
        report(doc, &error, findings);
    }
    fits
}

fn report(doc: &Document<'_>, error: &ValidationError<'_>, findings: &mut Findings) {
    let pointer = error.instance_path().as_str().to_owned();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for key in unexpected {
                findings.error(
                    code::UNKNOWN_KEY,
                    doc.key_place(&pointer, key),
                    words(
                        format!("unknown key `{}`", one_line(key)),
                        format!("不认识的项目“{}”。", one_line(key)),
                        "检查有没有打错字；能写哪些项目见 schemas/json 里的说明。",
                    ),
                );
            }
        }
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            findings.error(
                code::MISSING_KEY,
                doc.place(&pointer),
                words(
                    format!("key `{key}` is missing"),
                    format!("缺少项目“{key}”。"),
                    format!("请在这里补上“{key} = …”。"),
                ),
            );
        }
        kind => {
            let (place, said) = match kind {
                // the instance is the whole object; the key at fault is in the error
                ValidationErrorKind::PropertyNames { error } => {
                    let key = error.instance().as_str().unwrap_or_default().to_owned();
                    (doc.key_place(&pointer, &key), error.to_string())
                }
                _ => (doc.place(&pointer), error.to_string()),
            };
            let code = match kind {
                ValidationErrorKind::Pattern { pattern } if pattern == CODE_PATTERN => {
                    code::BAD_DIVISION_CODE
                }
                _ => code::WRONG_VALUE,
            };
            let name = pointer.trim_start_matches('/').replace('/', ".");
            findings.error(
                code,
                place,
                words(
                    format!("`{}` does not fit: {}", one_line(&name), one_line(&said)),
                    format!("“{}”的内容不对：{}", one_line(&name), in_chinese(kind)),
                    "照着同类文件里的写法改；每一项的说明见 schemas/json。",
                ),
            );
        }
    }
}

fn in_chinese(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Type { .. } => "类型不对（文字要加引号，数字不要加引号）。".to_owned(),
        ValidationErrorKind::Enum { options } => format!("只能写 {options} 里的一个。"),
        ValidationErrorKind::Constant { expected_value } => format!("只能写 {expected_value}。"),
        ValidationErrorKind::Pattern { pattern } if pattern == CODE_PATTERN => {
            "区划代码要写十二位数字，例如 370285102259，两边加引号。".to_owned()
        }
        ValidationErrorKind::Pattern { pattern } => format!("写法不符合要求（{pattern}）。"),
        ValidationErrorKind::Minimum { limit } => format!("不能小于 {limit}。"),
        ValidationErrorKind::Maximum { limit } => format!("不能大于 {limit}。"),
        ValidationErrorKind::MinItems { limit } => format!("至少要有 {limit} 项。"),
        ValidationErrorKind::MaxItems { limit } => format!("最多 {limit} 项。"),
        ValidationErrorKind::MinLength { limit } => format!("至少要有 {limit} 个字。"),
        ValidationErrorKind::MaxLength { limit } => format!("最多 {limit} 个字。"),
        ValidationErrorKind::UniqueItems => "有重复。".to_owned(),
        ValidationErrorKind::PropertyNames { .. } => "项目名称的写法不符合要求。".to_owned(),
        _ => "与格式说明不符。".to_owned(),
    }
}
