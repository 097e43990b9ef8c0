//! Starting other programs: same target folder, no stdin, output passed through as it comes.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::output;
use crate::place::Place;

/// One program to run in the checkout.
#[derive(Debug)]
pub(crate) struct Run {
    command: Command,
    name: String,
}

impl Run {
    /// The cargo that runs us, on the shared target folder.
    pub(crate) fn cargo(place: &Place, arguments: &[&str]) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut run = Self::program(place, &cargo, arguments);
        run.name = format!("cargo {}", arguments.join(" "));
        run
    }

    /// Any program; cargo's variables for xtask itself are kept from it.
    pub(crate) fn program(
        place: &Place,
        program: impl AsRef<OsStr>,
        arguments: &[impl AsRef<OsStr>],
    ) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&place.root)
            .env("CARGO_TARGET_DIR", &place.target)
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        let name = Path::new(program).file_name().unwrap_or(program);
        Self { command, name: name.to_string_lossy().into_owned() }
    }

    /// Sets a variable for the program.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs to the end; anything but success is an error that names the command.
    pub(crate) fn finish(mut self) -> Result<(), String> {
        let status = self.command.status().map_err(|e| self.not_started(&e))?;
        if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", self.name)) }
    }

    /// Runs to the end, shows each line of stdout as it comes and hands it to `each`.
    pub(crate) fn finish_with(mut self, mut each: impl FnMut(&str)) -> Result<(), String> {
        let mut child =
            self.command.stdout(Stdio::piped()).spawn().map_err(|e| self.not_started(&e))?;
        if let Some(stdout) = child.stdout.take() {
            let mut reader = BufReader::new(stdout);
            let mut bytes = Vec::new();
            // bytes, not lines: a test may print what is not UTF-8
            while reader.read_until(b'\n', &mut bytes).map_err(|e| e.to_string())? > 0 {
                let text = String::from_utf8_lossy(&bytes);
                let text = text.trim_end_matches(['\n', '\r']);
                output::line(text);
                each(text);
                bytes.clear();
            }
        }
        let status = child.wait().map_err(|e| e.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", self.name)) }
    }

    /// Runs silently; stdout when the program could be started and ended well.
    pub(crate) fn answer(mut self) -> Option<String> {
        let output = self.command.stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn not_started(&self, error: &std::io::Error) -> String {
        format!("cannot start `{}`: {error}", self.name)
    }
}
