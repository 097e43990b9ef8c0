//! Builds rule components: finds a compiler for `wasm32-unknown-unknown`, runs cargo, and turns the module into a component.
//!
//! Named by `cli` (`xiangyue plugin build`) and by `xtask`, so that an author's build and the project's own are one.
//! What a component may contain is left to `rules`, which loads it.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    reason = "starts compilers and reads their files; nothing here decides"
)]

mod c;
mod toolchain;

use std::path::{Path, PathBuf};
use std::process::Command;

pub use c::Clang;
pub use toolchain::Toolchain;

/// The only target a rule is built for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// A component that was built.
#[derive(Debug)]
pub struct Built {
    /// Package name.
    pub name: String,
    /// The component.
    pub component: Vec<u8>,
    /// Where this build wrote it, in the build folder.
    pub path: PathBuf,
}

/// Builds the package in `folder` and writes its component into the build folder `target`. No path of this machine ends
/// up in it: cargo names what lies below the folder relative to it; sources elsewhere lie below `root`, which is cut off.
/// Without one, all rules of a machine are compiled with the same flags and share the compiled library.
///
/// # Errors
/// One line that says what failed; the compiler's own words are in it.
pub fn build(
    toolchain: &Toolchain,
    folder: &Path,
    name: &str,
    target: &Path,
    root: Option<&Path>,
) -> Result<Built, String> {
    let mut arguments = vec!["build", "--quiet", "--release", "--lib", "--target", TARGET];
    arguments.extend(toolchain.arguments());
    if folder.join("Cargo.lock").is_file() {
        arguments.push("--locked");
    }
    let mut cargo = cargo(&arguments, folder, target);
    cargo
        .envs(toolchain.variables())
        .env("CARGO_ENCODED_RUSTFLAGS", toolchain.remap(root).join("\u{1f}"));
    output(&mut cargo)?;
    let folder = target.join(TARGET).join("release");
    let module = folder.join(format!("{}.wasm", name.replace('-', "_")));
    let bytes = std::fs::read(&module).map_err(|error| at(&module, &error))?;
    let component = encode(name, &bytes)?;
    let path = folder.join(format!("{name}.component.wasm"));
    std::fs::write(&path, &component).map_err(|error| at(&path, &error))?;
    Ok(Built { name: name.to_owned(), component, path })
}

/// A component from a core module that says which world it is of.
fn encode(name: &str, module: &[u8]) -> Result<Vec<u8>, String> {
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(wit_component::ComponentEncoder::encode)
        .map_err(|error| format!("`{name}` is no component: {error:#}"))
}

/// `cargo` in `folder` with the build folder `target`, without the settings that a surrounding `cargo run` passes down.
pub fn cargo(arguments: &[&str], folder: &Path, target: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", target);
    for variable in
        ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC", "RUSTC_WRAPPER", "RUSTUP_TOOLCHAIN"]
    {
        cargo.env_remove(variable);
    }
    cargo
}

/// Runs a program to its end and gives what it printed.
///
/// # Errors
/// Its name and what it complained about.
pub fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// A file and what went wrong with it.
pub fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
