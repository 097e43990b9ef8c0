//! Builds plugins and Rust test guests into WebAssembly components and keeps the committed ones honest.
//!
//! A committed component lies next to a `.lock` with the digest of the sources it was built from. [`check_locks`] needs
//! no toolchain: it fails when sources, lock and component do not belong together. The bytes of a component depend on
//! the compiler, so a rebuilt one is compared by what it answers, not by its bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use builder::{Clang, Toolchain, at, output};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The interface that a guest is written for when its manifest does not say so: folder under `schemas/wit/rules`.
const WIT: &str = "v1_0";
/// The header that rules in C include.
const C_SDK: &str = "sdk/c";
/// The command that puts sources, components and locks back together.
const REFRESH: &str = "cargo xtask plugins";

/// A component built from sources in the repository.
#[derive(Debug)]
pub struct BuiltGuest {
    /// Package name.
    pub name: String,
    /// The component.
    pub component: Vec<u8>,
    /// Where this build wrote it, in the build folder.
    pub path: PathBuf,
    /// Where a copy is committed; empty for guests that only tests use.
    pub installed: Vec<PathBuf>,
    /// What the lock next to each copy says.
    pub lock: String,
}

/// What a guest is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Rust,
    C,
}

/// A guest's sources.
struct Guest {
    language: Language,
    name: String,
    folder: PathBuf,
    installed: Vec<PathBuf>,
    /// Folder of its interface under `schemas/wit/rules`.
    wit: String,
}

/// Builds each plugin and each guest under `tests/guests`.
///
/// # Errors
/// One line that says what to install or what failed.
pub fn build_all(root: &Path) -> Result<Vec<BuiltGuest>, String> {
    let (toolchain, clang) = (Toolchain::find()?, Clang::find()?);
    let one = |guest: Guest| match guest.language {
        Language::Rust => build(root, &toolchain, guest),
        Language::C => build_c(root, &clang, guest),
    };
    guests(root)?.into_iter().map(one).collect()
}

/// Writes the components and locks that are committed.
///
/// # Errors
/// When a file cannot be written.
pub fn install(built: &[BuiltGuest]) -> Result<(), String> {
    for guest in built {
        for path in &guest.installed {
            let folder = path.parent().unwrap_or(path);
            std::fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
            std::fs::write(path, &guest.component).map_err(|error| at(path, &error))?;
            let lock = path.with_extension("lock");
            std::fs::write(&lock, &guest.lock).map_err(|error| at(&lock, &error))?;
        }
    }
    Ok(())
}

/// Whether every committed component belongs to the sources in the repository.
///
/// # Errors
/// The first component that does not, with the command that refreshes it.
pub fn check_locks(root: &Path) -> Result<usize, String> {
    let mut checked = 0;
    for guest in guests(root)? {
        let sources = source_digest(root, &guest)?;
        for path in &guest.installed {
            let component = std::fs::read(path)
                .map_err(|error| format!("{}; run `{REFRESH}`", at(path, &error)))?;
            let lock = path.with_extension("lock");
            let text = std::fs::read_to_string(&lock)
                .map_err(|error| format!("{}; run `{REFRESH}`", at(&lock, &error)))?;
            for (key, want) in
                [("source", &sources), ("component", &hex(&Sha256::digest(&component)))]
            {
                let line = format!("{key} = \"sha256:{want}\"");
                if !text.lines().any(|known| known == line) {
                    return Err(format!(
                        "`{}` is not built from these sources ({key}); run `{REFRESH}`",
                        path.display()
                    ));
                }
            }
            checked += 1;
        }
    }
    Ok(checked)
}

/// Runs the sources' own tests natively; the SDK's too.
///
/// # Errors
/// The name of what failed; its output went to the terminal.
pub fn test_all(root: &Path) -> Result<(), String> {
    let mut folders = vec![root.join("sdk")];
    let rust = |guest: &Guest| guest.language == Language::Rust;
    folders.extend(guests(root)?.into_iter().filter(rust).map(|guest| guest.folder));
    for folder in folders {
        let mut cargo = cargo(root, &["test", "--quiet", "--locked"], &folder);
        let status = cargo.status().map_err(|error| format!("cargo: {error}"))?;
        if !status.success() {
            return Err(format!("tests of `{}` failed", folder.display()));
        }
    }
    Ok(())
}

/// Folders under `plugins` and `tests/guests` with a manifest, whose `package.metadata.xiangyue.installed` says where
/// the component is committed, and those with a rule in C, whose component is committed beside it.
fn guests(root: &Path) -> Result<Vec<Guest>, String> {
    let mut folders = Vec::new();
    for place in ["plugins", "tests/guests"] {
        let place = root.join(place);
        for entry in std::fs::read_dir(&place).map_err(|error| at(&place, &error))? {
            let folder = entry.map_err(|error| at(&place, &error))?.path();
            if folder.join("Cargo.toml").is_file() || in_c(&folder) {
                folders.push(folder);
            }
        }
    }
    folders.sort();
    let read = |folder: PathBuf| {
        if in_c(&folder) { Ok(c_guest(folder)) } else { guest(root, folder) }
    };
    folders.into_iter().map(read).collect()
}

fn in_c(folder: &Path) -> bool {
    let mut entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| entry.path().extension().is_some_and(|kind| kind == "c"))
}

fn c_guest(folder: PathBuf) -> Guest {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let installed = vec![folder.join(format!("{name}.wasm"))];
    Guest { language: Language::C, name, folder, installed, wit: WIT.to_owned() }
}

fn guest(root: &Path, folder: PathBuf) -> Result<Guest, String> {
    let output = output(&mut cargo(
        root,
        &["metadata", "--no-deps", "--format-version=1", "--locked"],
        &folder,
    ))?;
    let metadata: Value =
        serde_json::from_str(&output).map_err(|error| format!("cargo metadata: {error}"))?;
    let package = metadata.pointer("/packages/0").ok_or("cargo metadata names no package")?;
    let name =
        package.get("name").and_then(Value::as_str).ok_or("cargo metadata has no name")?.to_owned();
    let listed = package.pointer("/metadata/xiangyue/installed").and_then(Value::as_array);
    let installed = listed
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|path| root.join(path))
        .collect();
    let wit = package.pointer("/metadata/xiangyue/wit").and_then(Value::as_str).unwrap_or(WIT);
    Ok(Guest { language: Language::Rust, name, folder, installed, wit: wit.to_owned() })
}

fn build(root: &Path, toolchain: &Toolchain, guest: Guest) -> Result<BuiltGuest, String> {
    let built =
        builder::build(toolchain, &guest.folder, &guest.name, &target_folder(root), Some(root))?;
    finished(root, guest, built, toolchain.version())
}

fn build_c(root: &Path, clang: &Clang, guest: Guest) -> Result<BuiltGuest, String> {
    let wit = root.join("schemas/wit/rules").join(&guest.wit);
    let built = clang.build(&guest.folder, &root.join(C_SDK), &wit, &target_folder(root))?;
    finished(root, guest, built, clang.version())
}

fn finished(
    root: &Path,
    guest: Guest,
    built: builder::Built,
    toolchain: &str,
) -> Result<BuiltGuest, String> {
    let (component, path) = (built.component, built.path);
    let lock = format!(
        "# Written by `{REFRESH}`. Sources: {}, in path order.\n\
         source = \"sha256:{}\"\ncomponent = \"sha256:{}\"\nbytes = {}\ntoolchain = \"{}\"\nwit = \"{}\"\n",
        sources(root, &guest).iter().map(|it| relative(root, it)).collect::<Vec<_>>().join(", "),
        source_digest(root, &guest)?,
        hex(&Sha256::digest(&component)),
        component.len(),
        toolchain,
        guest.wit,
    );
    Ok(BuiltGuest { name: guest.name, component, path, installed: guest.installed, lock })
}

/// Folders a guest is built from. Those of the first interface stand without the SDK, which has moved on.
fn sources(root: &Path, guest: &Guest) -> Vec<PathBuf> {
    let wit = root.join("schemas/wit/rules").join(&guest.wit);
    if guest.language == Language::C {
        vec![guest.folder.clone(), root.join(C_SDK), wit]
    } else if guest.wit == WIT {
        vec![guest.folder.clone(), root.join("sdk"), wit]
    } else {
        vec![guest.folder.clone(), wit]
    }
}

/// The digest over a guest's sources, files in path order, each name and content preceded by its length.
fn source_digest(root: &Path, guest: &Guest) -> Result<String, String> {
    let mut files = BTreeMap::new();
    for folder in sources(root, guest) {
        collect(root, &folder, &mut files)?;
    }
    let mut hasher = Sha256::new();
    for (name, path) in files {
        let content = std::fs::read(&path).map_err(|error| at(&path, &error))?;
        for part in [name.as_bytes(), &content] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    Ok(hex(&hasher.finalize()))
}

fn collect(
    root: &Path,
    folder: &Path,
    files: &mut BTreeMap<String, PathBuf>,
) -> Result<(), String> {
    for entry in std::fs::read_dir(folder).map_err(|error| at(folder, &error))? {
        let path = entry.map_err(|error| at(folder, &error))?.path();
        let name = path.file_name().unwrap_or_default();
        // the client library lies in sdk/ too, and no guest is built from it; no guest in Rust from C
        let other = ["sdk/client", C_SDK].iter().any(|sdk| path.ends_with(sdk));
        if path.is_dir() && name != "target" && !other {
            collect(root, &path, files)?;
        } else if name == "Cargo.lock"
            || path.is_file()
                && path.extension().is_none_or(|kind| kind != "wasm" && kind != "lock")
        {
            files.insert(relative(root, &path), path);
        }
    }
    Ok(())
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Guests have their own build folder: another compiler would otherwise rebuild everything each time.
fn target_folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join("guests")
}

fn cargo(root: &Path, arguments: &[&str], folder: &Path) -> Command {
    builder::cargo(arguments, folder, &target_folder(root))
}
