//! Where things are: the checkout, the target folder all steps share, and what lies in it.

use std::path::{Path, PathBuf};

use crate::output;
use crate::process::Run;

/// Names the checkout whose crates the target folder holds.
const STAMP: &str = ".checkout";

/// The folders of one run.
#[derive(Debug)]
pub(crate) struct Place {
    /// The checkout: the folder of the workspace manifest.
    pub(crate) root: PathBuf,
    /// The target folder of every child.
    pub(crate) target: PathBuf,
}

impl Place {
    /// The checkout that cargo started us for, and `CARGO_TARGET_DIR` or else the target folder
    /// this program lies in.
    pub(crate) fn find() -> Result<Self, String> {
        // Asked at run time: a target folder shared by two checkouts may hold a program of the
        // other one, with the other one's path compiled in.
        let own = std::env::var_os("CARGO_MANIFEST_DIR")
            .ok_or("`CARGO_MANIFEST_DIR` is not set; start this tool as `cargo xtask`")?;
        let root = Path::new(&own)
            .parent()
            .ok_or("the folder of xtask has no parent; start this tool as `cargo xtask`")?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            // cargo takes a relative folder from where it was started, and so do we
            Some(folder) => std::path::absolute(folder).map_err(|e| e.to_string())?,
            None => std::env::current_exe()
                .map_err(|e| e.to_string())?
                .ancestors()
                .nth(2)
                .ok_or("cannot tell the target folder; set `CARGO_TARGET_DIR`")?
                .to_path_buf(),
        };
        Ok(Self { root: root.to_path_buf(), target })
    }

    /// Where tools that are not part of Rust are installed.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// The program that `cargo build` leaves for us.
    pub(crate) fn program(&self) -> PathBuf {
        self.target.join("release").join("xiangyue")
    }

    /// Drops the crates of another checkout from a shared target folder.
    ///
    /// Cargo compares times of files, not paths: after a build of a newer clone it would take
    /// that clone's crates for ours and test the wrong source. Dependencies stay.
    pub(crate) fn claim(&self) -> Result<(), String> {
        let stamp = self.target.join(STAMP);
        let ours = self.root.display().to_string();
        let held = std::fs::read_to_string(&stamp).unwrap_or_default();
        if held != ours {
            if !held.is_empty() {
                output::line(&format!("target folder was last used for `{held}`: its crates go"));
            }
            Run::cargo(self, &["clean", "--quiet", "--release", "--workspace"]).finish()?;
            remove_folder(&self.target.join("guests"))?;
            std::fs::create_dir_all(&self.target).map_err(|e| e.to_string())?;
            std::fs::write(&stamp, ours)
                .map_err(|e| format!("cannot write `{}`: {e}", stamp.display()))?;
        }
        Ok(())
    }
}

/// Removes a folder and what is in it; one that is not there is already removed.
pub(crate) fn remove_folder(folder: &Path) -> Result<(), String> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot remove `{}`: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}
