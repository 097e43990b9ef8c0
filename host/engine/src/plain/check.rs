//! Findings about a folder's entities, without opening a store.

use evaluator::Store;
use folder::{Admin, Folder};
use package::plain::{ENTITIES, Plain};
use package::{Diagnostic, Severity};

/// References to entities that are not there, at most so many are told.
const DANGLING_MAX: usize = 50;

/// What is wrong with the policies for calling systems.
pub fn check_callers(callers: &[(String, String)]) -> Vec<Diagnostic> {
    Admin::new(callers).err().map(|message| unusable("callers/", &message)).into_iter().collect()
}

/// A file that cannot be used; the message tells the place.
pub(super) fn unusable(file: &str, message: &str) -> Diagnostic {
    Diagnostic {
        code: "wrong_value".to_owned(),
        severity: Severity::Error,
        message: message.to_owned(),
        text: format!("{file} 不能用：{message}"),
        help: "请对照 Cedar 的写法和 schema 改正。".to_owned(),
        file: file.to_owned(),
        line: 1,
        column: 1,
    }
}

/// Everything that is wrong with an entities file, and references that lead nowhere as warnings.
pub fn check_entities(plain: &Plain, bytes: &[u8]) -> Vec<Diagnostic> {
    let finding = |code: &str, severity, message: String, text: String, help: &str| Diagnostic {
        code: code.to_owned(),
        severity,
        message,
        text,
        help: help.to_owned(),
        file: ENTITIES.to_owned(),
        line: 1,
        column: 1,
    };
    let error = |message: String| {
        let text = format!("实体文件不能用：{message}");
        let help = "请对照 Cedar 的实体写法和 schema 改正。";
        vec![finding("wrong_value", Severity::Error, message, text, help)]
    };
    let folder = match Folder::new(plain) {
        Ok(folder) => folder,
        Err(message) => return error(message),
    };
    let base = match super::cache::base(&folder, Some(bytes), &mut |_, _| {}) {
        Ok(base) => base,
        Err(message) => return error(message.to_string()),
    };
    dangling(&base)
        .map(|(owner, name, target)| {
            finding(
                "dangling_reference",
                Severity::Warning,
                format!("`{owner}` refers to `{target}` in `{name}`, which is not stored"),
                format!("{owner} 的 {name} 指向没有登记的 {target}。"),
                "请补上这个实体，或者改正编号；没有登记的实体没有属性，也不属于任何上级。",
            )
        })
        .collect()
}

fn dangling(store: &Store) -> impl Iterator<Item = (String, String, String)> {
    store.dangling(DANGLING_MAX).into_iter()
}
