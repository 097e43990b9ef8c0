//! The shipped district, and what happens when somebody gets one thing wrong.

#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a wrong index or sum in a test is a failed test"
)]

mod dues;
mod guards;
mod lists;
mod mutations;
mod never_panics;
mod overgrown;
mod packs;
mod publication;
mod rollouts;
mod schemes;
mod shipped;
mod sign_off;

use std::path::Path;

use crate::{Diagnostic, Files, Loaded, Severity, load};

pub(crate) const LOCAL: &str = "townships/370285102-xiagezhuang/";

/// The district's files as they stand in the repository.
#[expect(clippy::disallowed_methods, reason = "a test reads the shipped package")]
pub(crate) fn shipped() -> Files {
    fn walk(root: &Path, dir: &Path, files: &mut Files) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/laixi");
    let mut files = Files::new();
    walk(&root, &root, &mut files);
    files
}

const BASE_CEDAR: &str = r#"// 样例
@id("laixi/S10/drafts")
@title("拟订方案")
@basis("《中华人民共和国农村集体经济组织法》第26条")
permit (principal, action == Action::"TakeStep", resource)
when { resource.item == "S10" && resource.step == "PLAN" && context has post && context.post.role == "board-chair" };

@id("laixi/P15/limit")
@title("超过上限")
@basis("《中华人民共和国村民委员会组织法》第35条")
forbid (principal, action == Action::"TakeStep", resource)
when { resource.item == "P15" && resource.amountCents >= context.parameters.p15_director_below_cents };
"#;

const LOCAL_CEDAR: &str = r#"@id("xiagezhuang/T01/asks")
@title("申请")
@basis("《夏格庄镇特色服务清单》第1项")
permit (principal, action == Action::"TakeStep", resource)
when { resource.item == "370285102-T01" && resource.step == "APPLY" };
"#;

/// The shipped data with two small policy files and an empty rule for each scheme.
pub(crate) fn good() -> Files {
    let mut files = shipped();
    let code = |path: &str| path.contains("/rules/") && !path.ends_with(".table.toml");
    let rules: Vec<String> = files.keys().filter(|path| code(path)).cloned().collect();
    files.retain(|path, _| !path.contains("/authorization/"));
    // its policy files are others than those that the packs name
    files.remove("editions/2026-01-01/packs.toml");
    files.insert("editions/2026-01-01/authorization/base.cedar".to_owned(), BASE_CEDAR.into());
    files.insert(
        format!("{LOCAL}editions/2026-01-01/authorization/local.cedar"),
        LOCAL_CEDAR.into(),
    );
    for path in rules {
        files.insert(path, b"fixture".to_vec());
    }
    files
}

pub(crate) fn text(files: &Files, path: &str) -> String {
    String::from_utf8(files.get(path).unwrap_or_else(|| panic!("no file {path}")).clone()).unwrap()
}

/// Replaces the one occurrence of `from`.
pub(crate) fn edit(files: &mut Files, path: &str, from: &str, to: &str) {
    let old = text(files, path);
    assert_eq!(old.matches(from).count(), 1, "`{from}` must stand once in {path}");
    files.insert(path.to_owned(), old.replacen(from, to, 1).into_bytes());
}

pub(crate) fn errors(loaded: &Loaded) -> Vec<&Diagnostic> {
    loaded.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect()
}

pub(crate) fn loaded(files: &Files) -> crate::Package {
    let Loaded { package, diagnostics } = load(files);
    package.unwrap_or_else(|| panic!("{}", show(&diagnostics)))
}

pub(crate) fn show(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().fold(String::new(), |text, d| {
        format!("{text}{}:{}:{} {} {} | {}\n", d.file, d.line, d.column, d.code, d.message, d.text)
    })
}
