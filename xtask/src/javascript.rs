//! The rule in JavaScript: built with its engine from npm's pinned packages, then asked as the same rule in Rust is.
//!
//! The component is twelve megabytes of engine, so it is built where it is tested and not committed.

use std::path::{Path, PathBuf};

use builder::at;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::place::{Place, remove_folder};
use crate::process::Run;

/// The rule's folder and what lies in it.
const FOLDER: &str = "plugins/star-tiers-js";
const FILES: [&str; 4] = ["build.mjs", "package.json", "package-lock.json", "star-tiers.js"];
/// The same rule in Rust.
const MODEL: &str = "plugins/star-tiers";
const WIT: &str = "schemas/wit/rules/v1_0";

/// Builds the rule where that is needed and runs the cases.
///
/// # Errors
/// What failed, one line; the tool's own words are above it.
pub(crate) fn check(place: &Place) -> Result<(), String> {
    let component = build(place)?;
    let component = component.display().to_string();
    let cases = format!("{MODEL}/cases");
    let test = ["plugin", "test", "--advisory", &component, "--cases", &cases];
    Run::program(place, place.program(), &test).finish()?;
    let said = |words: &[&str]| -> Result<Value, String> {
        let words = [&["--format", "json", "plugin", "inspect"], words].concat();
        let text = Run::program(place, place.program(), &words)
            .answer()
            .ok_or_else(|| format!("`xiangyue {}` failed", words.join(" ")))?;
        let shown: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok(shown.get("description").cloned().unwrap_or_default())
    };
    if said(&["--advisory", &component])? != said(&[&format!("{MODEL}/star-tiers.wasm")])? {
        return Err("the rule in JavaScript describes itself otherwise than the one in Rust".into());
    }
    match said(&[&component]) {
        Ok(_) => Err("a component with its own engine was taken into the exact tier".into()),
        Err(_) => Ok(()),
    }
}

/// The component, built anew when its sources are not those of the last build.
fn build(place: &Place) -> Result<PathBuf, String> {
    let folder = place.target.join("guests").join("js");
    let (out, stamp) = (folder.join("star-tiers-js.wasm"), folder.join(".sources"));
    let sources = sources(&place.root)?;
    if out.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|known| known == sources) {
        return Ok(out);
    }
    std::fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
    for file in FILES {
        let from = place.root.join(FOLDER).join(file);
        std::fs::copy(&from, folder.join(file)).map_err(|error| at(&from, &error))?;
    }
    let here = folder.display().to_string();
    // No script of a package is run: what is used of them is JavaScript and WebAssembly.
    let quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"];
    Run::program(place, "npm", &[&["ci", "--prefix", &here], quiet.as_slice()].concat())
        .finish()?;
    let path = |file: &str| folder.join(file).display().to_string();
    let words = [path("build.mjs"), path("star-tiers.js"), WIT.to_owned(), "grading".to_owned()];
    let words = [["300", "node"].map(str::to_owned).as_slice(), &words].concat();
    let out_word = out.display().to_string();
    // a build that hangs is a failure, not a run that never ends
    Run::program(place, "timeout", &[words.as_slice(), &[out_word]].concat()).finish()?;
    // four hundred megabytes that nobody needs until the rule changes
    remove_folder(&folder.join("node_modules"))?;
    std::fs::write(&stamp, sources).map_err(|error| at(&stamp, &error))?;
    Ok(out)
}

fn sources(root: &Path) -> Result<String, String> {
    let mut hasher = Sha256::new();
    let files = FILES.iter().map(|file| format!("{FOLDER}/{file}"));
    for file in files.chain(["types.wit", "worlds.wit"].map(|file| format!("{WIT}/{file}"))) {
        let path = root.join(&file);
        let content = std::fs::read(&path).map_err(|error| at(&path, &error))?;
        hasher.update((content.len() as u64).to_be_bytes());
        hasher.update(content);
    }
    Ok(format!("{:?}", hasher.finalize()))
}
