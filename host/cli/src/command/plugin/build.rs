//! `plugin build`: from a folder to a component that passes the checks of the host.

use std::path::{Path, PathBuf};

use builder::Toolchain;
use rules::Limits;

use super::{inspect, load};
use crate::Failure;
use crate::exit::Exit;
use crate::package_at::rule_host;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the rule
    folder: PathBuf,
    /// Where the component goes; beside `Cargo.toml` under the rule's name when left out
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Builds and checks.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let folder =
        std::path::absolute(&arguments.folder).map_err(|error| machine(&error.to_string()))?;
    let name = load::package_name(&folder)?;
    let toolchain = Toolchain::find().map_err(|error| machine(&error))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || folder.join("target"),
        |shared| std::path::absolute(PathBuf::from(shared).join("guests")).unwrap_or_default(),
    );
    printer.note(&format!("{} {}", printer.say("编译中", "building with"), toolchain.version()));
    let built = builder::build(&toolchain, &folder, &name, &target, root(&folder));
    let built = built.map_err(|error| {
        Failure::new(
            Exit::No,
            "PLUGIN_NOT_BUILT",
            error,
            "规则没有编译成功，编译器的说明见“原因”。",
            "请按编译器指出的文件和行改正后再编译。",
        )
    })?;
    // Checked before it is put in its place: a component that the host refuses replaces nothing.
    let host = rule_host()?;
    let rule = load::rule(&host, &built.path)?;
    let out = arguments.out.clone().unwrap_or_else(|| folder.join(format!("{name}.wasm")));
    let part = out.with_extension("wasm.part");
    std::fs::write(&part, &built.component)
        .and_then(|()| std::fs::rename(&part, &out))
        .map_err(|error| crate::written::not_written(&out, &error))?;
    let max = Limits::default().compile_work;
    inspect::show(printer, rule.as_ref(), (&out, &built.component), max);
    Ok(Exit::Yes)
}

/// The checkout whose SDK the rule is built with, when it does not have its own.
fn root(folder: &Path) -> Option<&Path> {
    let own = folder.join("vendor/sdk").is_dir();
    folder.ancestors().find(|it| !own && it.join("schemas/wit/rules").is_dir())
}

fn machine(message: &str) -> Failure {
    Failure::new(
        Exit::Failure,
        "PLUGIN_NO_COMPILER",
        message,
        "这台机器现在不能编译规则。",
        "请按“原因”里的命令安装编译工具。",
    )
}
