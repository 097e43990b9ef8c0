//! Builds plugins and Rust test guests into WebAssembly components and keeps the committed ones honest.
//!
//! A committed component lies next to a `.lock` with the digest of the sources it was built from. [`check_locks`] needs
//! no toolchain: it fails when sources, lock and component do not belong together. The bytes of a component depend on
//! the compiler, so a rebuilt one is compared by what it answers, not by its bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

const TARGET: &str = "wasm32-unknown-unknown";
/// The interface that a guest is written for when its manifest does not say so: folder under `schemas/wit/rules`.
const WIT: &str = "v1_0";
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

/// A guest's sources.
struct Guest {
    name: String,
    folder: PathBuf,
    installed: Vec<PathBuf>,
    /// Folder of its interface under `schemas/wit/rules`.
    wit: String,
}

/// How guests can be compiled here.
struct Toolchain {
    version: String,
    arguments: Vec<&'static str>,
    variables: BTreeMap<&'static str, String>,
    /// Folders of library sources, to be left out of the component's panic messages.
    sources: Vec<PathBuf>,
}

/// Builds each plugin and each Rust guest under `tests/guests`.
///
/// # Errors
/// One line that says what to install or what failed.
pub fn build_all(root: &Path) -> Result<Vec<BuiltGuest>, String> {
    let toolchain = toolchain()?;
    guests(root)?.into_iter().map(|guest| build(root, &toolchain, guest)).collect()
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
    folders.extend(guests(root)?.into_iter().map(|guest| guest.folder));
    for folder in folders {
        let mut cargo = cargo(root, &["test", "--quiet", "--locked"], &folder);
        let status = cargo.status().map_err(|error| format!("cargo: {error}"))?;
        if !status.success() {
            return Err(format!("tests of `{}` failed", folder.display()));
        }
    }
    Ok(())
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// Folders with a manifest under `plugins` and `tests/guests`, with `package.metadata.xiangyue.installed` of each.
fn guests(root: &Path) -> Result<Vec<Guest>, String> {
    let mut folders = Vec::new();
    for place in ["plugins", "tests/guests"] {
        let place = root.join(place);
        for entry in std::fs::read_dir(&place).map_err(|error| at(&place, &error))? {
            let folder = entry.map_err(|error| at(&place, &error))?.path();
            if folder.join("Cargo.toml").is_file() {
                folders.push(folder);
            }
        }
    }
    folders.sort();
    folders.into_iter().map(|folder| guest(root, folder)).collect()
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
    Ok(Guest { name, folder, installed, wit: wit.to_owned() })
}

fn build(root: &Path, toolchain: &Toolchain, guest: Guest) -> Result<BuiltGuest, String> {
    let mut arguments =
        vec!["build", "--quiet", "--release", "--locked", "--lib", "--target", TARGET];
    arguments.extend(&toolchain.arguments);
    let mut cargo = cargo(root, &arguments, &guest.folder);
    cargo
        .envs(&toolchain.variables)
        .env("CARGO_ENCODED_RUSTFLAGS", remap(root, &toolchain.sources).join("\u{1f}"));
    output(&mut cargo)?;
    let folder = target_folder(root).join(TARGET).join("release");
    let module = folder.join(format!("{}.wasm", guest.name.replace('-', "_")));
    let bytes = std::fs::read(&module).map_err(|error| at(&module, &error))?;
    let component = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(wit_component::ComponentEncoder::encode)
        .map_err(|error| format!("`{}` is no component: {error:#}", guest.name))?;
    let path = folder.join(format!("{}.component.wasm", guest.name));
    std::fs::write(&path, &component).map_err(|error| at(&path, &error))?;
    let lock = format!(
        "# Written by `{REFRESH}`. Sources: {}, in path order.\n\
         source = \"sha256:{}\"\ncomponent = \"sha256:{}\"\nbytes = {}\ntoolchain = \"{}\"\nwit = \"{}\"\n",
        sources(root, &guest).iter().map(|it| relative(root, it)).collect::<Vec<_>>().join(", "),
        source_digest(root, &guest)?,
        hex(&Sha256::digest(&component)),
        component.len(),
        toolchain.version,
        guest.wit,
    );
    Ok(BuiltGuest { name: guest.name, component, path, installed: guest.installed, lock })
}

/// Folders a guest is built from. Those of the first interface stand without the SDK, which has moved on.
fn sources(root: &Path, guest: &Guest) -> Vec<PathBuf> {
    let wit = root.join("schemas/wit/rules").join(&guest.wit);
    if guest.wit == WIT {
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
        // the client library lies in sdk/ too, and no guest is built from it
        if path.is_dir() && name != "target" && !path.ends_with("sdk/client") {
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

/// `cargo` in `folder`, without the settings that a surrounding `cargo run` passes down.
fn cargo(root: &Path, arguments: &[&str], folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", target_folder(root));
    for variable in
        ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC", "RUSTC_WRAPPER", "RUSTUP_TOOLCHAIN"]
    {
        cargo.env_remove(variable);
    }
    cargo
}

fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// The rustup target when it is installed, else Debian's compiler that brings the library's sources.
fn toolchain() -> Result<Toolchain, String> {
    let version = |rustc: &str| {
        output(Command::new(rustc).arg("--version")).map(|text| text.trim().to_owned())
    };
    let sysroot = |rustc: &str| {
        output(Command::new(rustc).args(["--print", "sysroot"]))
            .map(|text| PathBuf::from(text.trim()))
    };
    let own = sysroot("rustc")?;
    if own.join("lib/rustlib").join(TARGET).is_dir() {
        let sources = vec![own.join("lib/rustlib/src/rust")];
        return Ok(Toolchain {
            version: version("rustc")?,
            arguments: Vec::new(),
            variables: BTreeMap::new(),
            sources,
        });
    }
    let debian = "/usr/bin/rustc";
    let library = sysroot(debian).map(|root| root.join("lib/rustlib/src/rust")).unwrap_or_default();
    let linker = own.join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
    if !library.join("library").is_dir() || !linker.is_file() {
        return Err(format!(
            "no compiler for {TARGET}; run `rustup target add {TARGET}`, or on Debian \
             `apt-get install --no-install-recommends rustc-web rust-web-src`"
        ));
    }
    let mut sources = vec![library.clone()];
    sources.extend(std::fs::canonicalize(&library));
    sources.extend(
        std::fs::canonicalize(library.join("library"))
            .ok()
            .and_then(|path| path.parent().map(PathBuf::from)),
    );
    Ok(Toolchain {
        version: version(debian)?,
        arguments: vec!["-Z", "build-std=std,panic_abort"],
        variables: BTreeMap::from([
            ("RUSTC", debian.to_owned()),
            ("RUSTC_BOOTSTRAP", "1".to_owned()),
            ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.to_string_lossy().into_owned()),
        ]),
        sources,
    })
}

/// No path of this machine may end up in a component: the same sources give the same text wherever they lie.
fn remap(root: &Path, sources: &[PathBuf]) -> Vec<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home =
        home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let registries =
        home.map(|home| home.join("registry/src")).and_then(|path| std::fs::read_dir(path).ok());
    let registries =
        registries.into_iter().flatten().flatten().map(|entry| (entry.path(), "crates"));
    let sources = sources.iter().map(|path| (path.clone(), "rust"));
    let flag =
        |(path, name): (PathBuf, &str)| format!("--remap-path-prefix={}={name}", path.display());
    std::iter::once((root.to_path_buf(), "xiangyue"))
        .chain(registries)
        .chain(sources)
        .map(flag)
        .collect()
}
