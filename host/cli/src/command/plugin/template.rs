//! What `plugin new` writes; the SDK goes along, so that a rule builds wherever its folder lies.

use clap::ValueEnum;

/// Which question a new rule answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum World {
    /// Points, each household or person by itself
    Scoring,
    /// Points, the whole village at once: ranks, bands
    Settlement,
    /// Grades, each by itself
    Grading,
    /// Points of one source into those of another
    Conversion,
    /// A fund shared out
    Distribution,
    /// Redemptions priced
    Redemption,
    /// Who has a benefit
    Eligibility,
    /// Marks of offices
    Assessment,
}

macro_rules! sdk {
    ($($path:literal),* $(,)?) => {
        [$((concat!("vendor/", $path), include_str!(concat!("../../../../../", $path)))),*]
    };
}

/// The SDK and the interface, as they lie in the repository.
const SDK: [(&str, &str); 12] = sdk![
    "sdk/Cargo.toml",
    "sdk/README.md",
    "sdk/src/answer.rs",
    "sdk/src/bindings.rs",
    "sdk/src/catalog.rs",
    "sdk/src/exports.rs",
    "sdk/src/lib.rs",
    "sdk/src/numbers.rs",
    "sdk/src/question.rs",
    "sdk/src/testing.rs",
    "schemas/wit/rules/v1_0/types.wit",
    "schemas/wit/rules/v1_0/worlds.wit",
];

/// How a new rule is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Form {
    /// In Rust, built to a component
    Component,
    /// As a script; needs no build
    Script,
}

macro_rules! template {
    ($world:literal) => {
        (
            include_str!(concat!("../../../../../sdk/templates/", $world, ".rhai")),
            include_str!(concat!("../../../../../sdk/templates/", $world, ".rs")),
            include_str!(concat!("../../../../../sdk/templates/", $world, ".json")),
        )
    };
}

const MANIFEST: &str = r#"[package]
name = "{{name}}"
version = "1.0.0"
edition = "2024"
publish = false

# The rule stands by itself, whatever folder it lies in.
[workspace]

[lib]
crate-type = ["cdylib", "rlib"]
doctest = false

[dependencies]
xiangyue-sdk = { path = "vendor/sdk" }

[profile.release]
opt-level = 2
lto = true
codegen-units = 1
panic = "abort"
overflow-checks = true
strip = "debuginfo"
"#;

const README: &str = "# {{name}}

```
xiangyue plugin build .
xiangyue plugin test .
xiangyue plugin run . --input cases/1.json
cargo test
```

`src/lib.rs` 是规则；`cases/` 里每个文件是一个例子；`vendor/` 是编译要用的工具包，不用改。
";

const SCRIPT_README: &str = "# {{name}}

```
xiangyue plugin test .
xiangyue plugin profile . --case cases/1.json
```

`{{name}}.rhai` 是规则；`cases/` 里每个文件是一个例子。
";

/// What the SDK is built with; the rule gets the same.
const LOCK: &str = include_str!("../../../../../sdk/Cargo.lock");

/// The SDK's lock with the rule in its place, so that the first build and every later one have the same libraries.
fn lock(name: &str) -> String {
    const PACKAGE: &str = "[[package]]\n";
    let own = format!(
        "name = \"{name}\"\nversion = \"1.0.0\"\ndependencies = [\n \"xiangyue-sdk\",\n]\n\n"
    );
    let mut parts: Vec<String> = LOCK.split(PACKAGE).map(str::to_owned).collect();
    let head = if parts.is_empty() { String::new() } else { parts.remove(0) };
    if let Some(last) = parts.last_mut() {
        last.push('\n');
    }
    parts.push(own);
    parts.sort();
    format!("{head}{PACKAGE}{}\n", parts.join(PACKAGE).trim_end())
}

/// Whether a library of the SDK has this name; a rule cannot have it too.
pub(super) fn taken(name: &str) -> bool {
    LOCK.lines().any(|line| line == format!("name = \"{name}\""))
}

/// Path below the folder and text of each file.
pub(super) fn files(world: World, form: Form, name: &str) -> Vec<(String, String)> {
    let (script, source, case) = match world {
        World::Scoring => template!("scoring"),
        World::Settlement => template!("settlement"),
        World::Grading => template!("grading"),
        World::Conversion => template!("conversion"),
        World::Distribution => template!("distribution"),
        World::Redemption => template!("redemption"),
        World::Eligibility => template!("eligibility"),
        World::Assessment => template!("assessment"),
    };
    let named = |(path, text): (&str, &str)| {
        (path.replace("{{name}}", name), text.replace("{{name}}", name))
    };
    if form == Form::Script {
        let own = [("{{name}}.rhai", script), ("README.md", SCRIPT_README), ("cases/1.json", case)];
        return own.map(named).into();
    }
    let own = [
        ("Cargo.toml", MANIFEST),
        ("README.md", README),
        (".gitignore", "/target\n"),
        ("src/lib.rs", source),
        ("cases/1.json", case),
    ];
    let own = own.map(named).into_iter().chain([("Cargo.lock".to_owned(), lock(name))]);
    own.chain(SDK.map(|(path, text)| (path.to_owned(), text.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_sdk_goes_along() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for folder in ["sdk/src", "schemas/wit/rules/v1_0"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let path = format!("vendor/{folder}/{name}");
                assert!(SDK.iter().any(|(known, _)| *known == path), "{path} is left behind");
            }
        }
    }

    #[test]
    fn a_template_names_the_rule_and_nothing_else() {
        for world in World::value_variants() {
            for form in Form::value_variants() {
                for (path, text) in files(*world, *form, "clean-courtyard") {
                    assert!(!text.contains("{{name}}"), "{world:?} {path}");
                }
            }
        }
    }
}
