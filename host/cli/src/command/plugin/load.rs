//! A rule from a file: a component, or a script in either of its two laws.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rules::{LoadError, Rule, RuleHost, Tier};
use serde_json::Value;

use crate::Failure;
use crate::ask_rule::usage;
use crate::exit::Exit;

/// The component or script that a path names; a folder stands for the component that was built in it.
pub(super) fn file(path: &Path) -> Result<PathBuf, Failure> {
    if !path.is_dir() {
        return Ok(path.to_path_buf());
    }
    if let Some(script) = sole_script(path) {
        return Ok(script);
    }
    let name = package_name(path)?;
    let built = path.join(format!("{name}.wasm"));
    if built.is_file() {
        return Ok(built);
    }
    Err(usage(
        &format!("`{}` is not built; run `xiangyue plugin build {}`", name, path.display()),
        "这条规则还没有编译，请先运行 xiangyue plugin build。",
    ))
}

/// The script of a folder that holds one and no sources of a component.
fn sole_script(folder: &Path) -> Option<PathBuf> {
    if folder.join("Cargo.toml").exists() {
        return None;
    }
    let entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let scripts = entries.map(|entry| entry.path());
    let mut scripts = scripts.filter(|path| path.extension().is_some_and(|it| it == "rhai"));
    scripts.next().filter(|_| scripts.next().is_none())
}

/// The name in a folder's `Cargo.toml`.
pub(super) fn package_name(folder: &Path) -> Result<String, Failure> {
    let manifest = folder.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).map_err(|error| {
        usage(
            &format!("cannot read `{}`: {error}", manifest.display()),
            "这个文件夹里没有规则的Cargo.toml，请用 xiangyue plugin new 新建。",
        )
    })?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        usage(
            &format!("`{}` is not TOML: {}", manifest.display(), error.message()),
            "Cargo.toml写得不对。",
        )
    })?;
    let name = table.get("package").and_then(|it| it.get("name")).and_then(toml::Value::as_str);
    let name = name.ok_or_else(|| {
        usage(&format!("`{}` has no package name", manifest.display()), "Cargo.toml里没有写包名。")
    })?;
    Ok(name.to_owned())
}

/// The word of a command that asks for the advisory tier.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct TierArgument {
    /// Run the component in the advisory tier: floating point, 128 MiB; its answers are for reading, never for points
    #[arg(long)]
    advisory: bool,
}

impl TierArgument {
    pub(super) const fn tier(self) -> Tier {
        if self.advisory { Tier::Advisory } else { Tier::Exact }
    }
}

/// A rule, ready to be asked.
pub(super) fn rule(host: &RuleHost, path: &Path) -> Result<Arc<dyn Rule>, Failure> {
    rule_in(host, path, Tier::Exact)
}

/// A rule in a tier; a script has no other than the exact one.
pub(super) fn rule_in(host: &RuleHost, path: &Path, tier: Tier) -> Result<Arc<dyn Rule>, Failure> {
    let path = file(path)?;
    let bytes = std::fs::read(&path).map_err(|error| {
        usage(&format!("cannot read `{}`: {error}", path.display()), "打不开规则文件。")
    })?;
    if path.extension().is_some_and(|it| it == "rhai") {
        let source = String::from_utf8(bytes)
            .map_err(|_| usage("the script is not UTF-8", "脚本不是UTF-8编码。"))?;
        return host.load_any_script(&source).map_err(|error| {
            refused(&path, &error).beside(crate::caret::under(&source, error.line, error.column))
        });
    }
    let loaded = match tier {
        Tier::Exact => host.load_component(&bytes),
        Tier::Advisory => host.load_advisory(&bytes),
    };
    loaded.map_err(|error| refused(&path, &error))
}

/// The text of a rule that is a script.
pub(super) fn source(path: &Path) -> Option<String> {
    let script = path.extension().is_some_and(|it| it == "rhai");
    script.then(|| std::fs::read_to_string(path).ok()).flatten()
}

pub(super) fn refused(path: &Path, error: &LoadError) -> Failure {
    let place = if error.line > 0 {
        format!("{}:{}:{}", path.display(), error.line, error.column)
    } else {
        path.display().to_string()
    };
    Failure::new(
        Exit::No,
        error.code.code(),
        format!("{place}: {error}"),
        format!("{place}：{}", error.text),
        error.help.clone(),
    )
}

/// A JSON file.
pub(super) fn json(path: &Path) -> Result<Value, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        usage(&format!("cannot read `{}`: {error}", path.display()), "打不开输入文件。")
    })?;
    serde_json::from_str(&text).map_err(|error| {
        usage(&format!("`{}` is not JSON: {error}", path.display()), "输入不是合法的JSON。")
    })
}
