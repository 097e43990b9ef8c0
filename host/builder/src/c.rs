//! Rules in C: clang and its linker, one header, no C library.

use std::path::Path;
use std::process::Command;

use crate::{Built, at, encode, output};

/// The interfaces of 1.0 with their worlds; which one a rule speaks is read from what its module exports.
const WORLDS: [(&str, &str); 8] = [
    ("scorer", "scoring"),
    ("settler", "settlement"),
    ("grader", "grading"),
    ("converter", "conversion"),
    ("distributor", "distribution"),
    ("quoter", "redemption"),
    ("qualifier", "eligibility"),
    ("assessor", "assessment"),
];

/// Whole numbers only: the host refuses anything else, and warnings are errors because a rule has no debugger.
const FLAGS: [&str; 12] = [
    "--target=wasm32-unknown-unknown",
    "-std=c11",
    "-O2",
    "-ffreestanding",
    "-nostdlib",
    "-fno-ident",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wno-unused-function",
    "-Wl,--no-entry,--strip-debug",
    "-Wl,-z,stack-size=65536",
];

/// A compiler for rules in C.
#[derive(Clone, Debug)]
pub struct Clang {
    version: String,
}

impl Clang {
    /// clang with its linker for WebAssembly.
    ///
    /// # Errors
    /// One line with the command that would help.
    pub fn find() -> Result<Self, String> {
        let first = |program: &str| {
            let said = output(Command::new(program).arg("--version")).ok()?;
            said.lines().next().map(|line| line.trim().to_owned())
        };
        match (first("clang"), first("wasm-ld")) {
            (Some(clang), Some(linker)) => Ok(Self { version: format!("{clang}, {linker}") }),
            _ => Err("no `clang` with `wasm-ld`; on Debian run as root \
                      `apt-get install --no-install-recommends clang lld`"
                .to_owned()),
        }
    }

    /// What compiler and linker call themselves.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Builds the one `.c` file of `folder` under the folder's name; `include` holds `xiangyue.h`, `wit` the interface.
    ///
    /// # Errors
    /// One line that says what failed; the compiler's own words are in it.
    pub fn build(
        &self,
        folder: &Path,
        include: &Path,
        wit: &Path,
        target: &Path,
    ) -> Result<Built, String> {
        let source = source(folder)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let out = target.join("c");
        std::fs::create_dir_all(&out).map_err(|error| at(&out, &error))?;
        let module = out.join(format!("{name}.wasm"));
        let mut clang = Command::new("clang");
        clang.args(FLAGS).arg("-I").arg(include).arg("-o").arg(&module).arg(&source);
        output(&mut clang)?;
        let mut bytes = std::fs::read(&module).map_err(|error| at(&module, &error))?;
        describe(&name, &mut bytes, wit)?;
        let component = encode(&name, &bytes)?;
        let path = out.join(format!("{name}.component.wasm"));
        std::fs::write(&path, &component).map_err(|error| at(&path, &error))?;
        Ok(Built { name, component, path })
    }
}

fn source(folder: &Path) -> Result<std::path::PathBuf, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| at(folder, &error))?;
    let mut sources: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "c"))
        .collect();
    match (sources.pop(), sources.is_empty()) {
        (Some(source), true) => Ok(source),
        _ => Err(format!("`{}` holds no rule: one `.c` file is wanted", folder.display())),
    }
}

/// Says in the module which world it is of; the compiler for Rust does that by itself.
fn describe(name: &str, module: &mut Vec<u8>, wit: &Path) -> Result<(), String> {
    let exports = |interface: &str| {
        let word = format!("xiangyue:rules/{interface}@1.0.0#describe");
        module.windows(word.len()).any(|window| window == word.as_bytes())
    };
    let world = WORLDS.iter().find(|(interface, _)| exports(interface)).map(|(_, world)| *world);
    let world = world.ok_or_else(|| {
        format!(
            "`{name}` exports no `describe` of an interface of xiangyue:rules@1.0.0; see sdk/c/README.md"
        )
    })?;
    let fault = |error: &dyn std::fmt::Display| format!("`{}`: {error:#}", wit.display());
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(wit).map_err(|error| fault(&error))?;
    let world = resolve.select_world(&[package], Some(world)).map_err(|error| fault(&error))?;
    let text = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(module, &resolve, world, text)
        .map_err(|error| fault(&error))
}
