//! Where a compiler for components is on this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{TARGET, output};

/// How components can be compiled here.
#[derive(Clone, Debug)]
pub struct Toolchain {
    version: String,
    arguments: Vec<&'static str>,
    variables: BTreeMap<&'static str, String>,
    /// Folders of library sources, to be left out of the component's panic messages.
    sources: Vec<PathBuf>,
}

impl Toolchain {
    /// The rustup target when it is installed, else Debian's compiler that brings the library's sources.
    ///
    /// # Errors
    /// One line with both commands that would help.
    pub fn find() -> Result<Self, String> {
        let own = sysroot("rustc")?;
        if own.join("lib/rustlib").join(TARGET).is_dir() {
            return Ok(Self {
                version: version("rustc")?,
                arguments: Vec::new(),
                variables: BTreeMap::new(),
                sources: vec![own.join("lib/rustlib/src/rust")],
            });
        }
        Self::debian(&own)
    }

    fn debian(own: &Path) -> Result<Self, String> {
        let debian = "/usr/bin/rustc";
        let library =
            sysroot(debian).map(|root| root.join("lib/rustlib/src/rust")).unwrap_or_default();
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
        Ok(Self {
            version: version(debian)?,
            arguments: vec!["-Z", "build-std=std,panic_abort"],
            variables: BTreeMap::from([
                ("RUSTC", debian.to_owned()),
                ("RUSTC_BOOTSTRAP", "1".to_owned()),
                (
                    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
                    linker.to_string_lossy().into_owned(),
                ),
            ]),
            sources,
        })
    }

    /// What the compiler calls itself.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn arguments(&self) -> impl Iterator<Item = &'static str> {
        self.arguments.iter().copied()
    }

    pub(crate) fn variables(&self) -> &BTreeMap<&'static str, String> {
        &self.variables
    }

    /// No path of this machine may end up in a component: the same sources give the same text wherever they lie.
    pub(crate) fn remap(&self, root: Option<&Path>) -> Vec<String> {
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home
            .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
        let registries = home
            .map(|home| home.join("registry/src"))
            .and_then(|path| std::fs::read_dir(path).ok());
        let registries =
            registries.into_iter().flatten().flatten().map(|entry| (entry.path(), "crates"));
        let sources = self.sources.iter().map(|path| (path.clone(), "rust"));
        let flag = |(path, name): (PathBuf, &str)| {
            format!("--remap-path-prefix={}={name}", path.display())
        };
        root.map(|root| (root.to_path_buf(), "xiangyue"))
            .into_iter()
            .chain(registries)
            .chain(sources)
            .map(flag)
            .collect()
    }
}

fn version(rustc: &str) -> Result<String, String> {
    output(Command::new(rustc).arg("--version")).map(|text| text.trim().to_owned())
}

fn sysroot(rustc: &str) -> Result<PathBuf, String> {
    output(Command::new(rustc).args(["--print", "sysroot"])).map(|text| PathBuf::from(text.trim()))
}
