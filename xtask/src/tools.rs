//! What the checks need beyond Rust: found, or installed where that asks nobody's leave.

use std::path::{Path, PathBuf};

use crate::place::{Place, remove_folder};
use crate::process::Run;

/// The checker of the dependency graph, pinned so that two machines agree.
const CARGO_DENY: &str = "0.20.2";
const GUEST_TARGET: &str = "wasm32-unknown-unknown";
const GUEST_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];

/// Finds or installs what guests are built with.
///
/// # Errors
/// The reason it is not there and the commands that would bring it.
pub(crate) fn guest_toolchain(place: &Place) -> Result<(), String> {
    if has_guest_toolchain(place) {
        return Ok(());
    }
    let packages = GUEST_PACKAGES.join(" ");
    let by_hand = format!(
        "no toolchain for `{GUEST_TARGET}`; run `rustup target add {GUEST_TARGET}`, \
         or on Debian as root `apt-get install --no-install-recommends {packages}`"
    );
    if !may_install(place) {
        return Err(by_hand);
    }
    install(place, &GUEST_PACKAGES).map_err(|error| format!("{by_hand} ({error})"))?;
    if has_guest_toolchain(place) { Ok(()) } else { Err(by_hand) }
}

/// The rustup target, or Debian's compiler for the web with the library source beside it.
fn has_guest_toolchain(place: &Place) -> bool {
    let rustup = Run::program(place, "rustc", &["--print", "sysroot"]).answer().is_some_and(|it| {
        Path::new(&it).join("lib/rustlib").join(GUEST_TARGET).join("lib").exists()
    });
    let debian = ["/usr/bin/rustc", "/usr/lib/rustlib/src/rust/library/std/src/lib.rs"];
    rustup || debian.iter().all(|path| Path::new(path).exists())
}

/// Finds or installs the compiler of rules in C.
///
/// # Errors
/// The reason it is not there and the command that would bring it.
pub(crate) fn c_compiler(place: &Place) -> Result<(), String> {
    match builder::Clang::find() {
        Err(by_hand) if may_install(place) => {
            install(place, &["clang", "lld"]).map_err(|error| format!("{by_hand} ({error})"))?;
            builder::Clang::find().map(drop)
        }
        found => found.map(drop),
    }
}

/// Finds or installs what runs the builder of rules in JavaScript.
///
/// # Errors
/// The reason it is not there and the command that would bring it.
pub(crate) fn node(place: &Place) -> Result<(), String> {
    const OLDEST: u32 = 20;
    let by_hand = format!(
        "no Node.js {OLDEST} with `npm`; install it from nodejs.org or your distribution's packages"
    );
    let version = || {
        let said = Run::program(place, "node", &["--version"]).answer()?;
        Run::program(place, "npm", &["--version"]).answer()?;
        said.trim_start_matches('v').split('.').next()?.parse::<u32>().ok()
    };
    if version().is_none() && may_install(place) {
        install(place, &["nodejs", "npm"]).map_err(|error| format!("{by_hand} ({error})"))?;
    }
    match version() {
        Some(version) if version >= OLDEST => Ok(()),
        Some(version) => Err(format!("{by_hand} (this is Node.js {version})")),
        None => Err(by_hand),
    }
}

/// Finds or installs the solver that proofs are made with.
///
/// # Errors
/// The reason it is not there and the command that would bring it.
pub(crate) fn solver(place: &Place) -> Result<(), String> {
    let has = || Run::program(place, "cvc5", &["--version"]).answer().is_some();
    if has() {
        return Ok(());
    }
    let by_hand = "no `cvc5`; on Debian run as root `apt-get install --no-install-recommends cvc5`";
    if !may_install(place) {
        return Err(by_hand.to_owned());
    }
    install(place, &["cvc5"]).map_err(|error| format!("{by_hand} ({error})"))?;
    if has() { Ok(()) } else { Err(by_hand.to_owned()) }
}

/// Whether packages can be installed without asking anybody.
fn may_install(place: &Place) -> bool {
    let root = Run::program(place, "id", &["-u"]).answer().is_some_and(|id| id == "0");
    root && Path::new("/etc/debian_version").exists()
}

/// Installs packages of the system.
fn install(place: &Place, packages: &[&str]) -> Result<(), String> {
    let words = ["install", "--yes", "--quiet", "--no-install-recommends"];
    Run::program(place, "apt-get", &["update", "--quiet"]).finish()?;
    Run::program(place, "apt-get", &[words.as_slice(), packages].concat())
        .env("DEBIAN_FRONTEND", "noninteractive")
        .finish()
}

/// Finds cargo-deny on the path or among our tools, or installs it there.
///
/// # Errors
/// The reason it is not there and the command that would bring it.
pub(crate) fn cargo_deny(place: &Place) -> Result<PathBuf, String> {
    let own = place.tools().join("bin").join("cargo-deny");
    for candidate in [PathBuf::from("cargo-deny"), own.clone()] {
        let version = Run::program(place, &candidate, &["--version"]).answer();
        if version.is_some_and(|it| it == format!("cargo-deny {CARGO_DENY}")) {
            return Ok(candidate);
        }
    }
    let build = place.tools().join("build");
    let folder = place.tools().display().to_string();
    let install = ["install", "--quiet", "--locked", "--force", "cargo-deny"];
    let pinned = ["--version", CARGO_DENY, "--root", &folder];
    // Its run takes two seconds however it is compiled, so it is compiled the quick way.
    Run::cargo(place, &[install.as_slice(), &pinned].concat())
        .env("CARGO_TARGET_DIR", &build)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
        .finish()
        .map_err(|error| {
            let command = format!("cargo install --locked cargo-deny --version {CARGO_DENY}");
            format!("no cargo-deny {CARGO_DENY}; run `{command}` ({error})")
        })?;
    remove_folder(&build)?;
    Ok(own)
}
