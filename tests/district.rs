//! A copy of the shipped district with fewer households, so that a server starts in a moment.

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A fresh folder for one test. It stays until the next run of tests, to be looked at.
pub fn scratch(name: &str) -> PathBuf {
    static SWEEP: std::sync::Once = std::sync::Once::new();
    let all = std::env::temp_dir().join("xiangyue-tests");
    SWEEP.call_once(|| sweep(&all));
    let unique = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| d.as_nanos());
    let dir = all.join(format!("{}-{name}-{unique}", std::process::id()));
    std::fs::create_dir_all(&dir)
        .unwrap_or_else(|error| panic!("cannot make `{}`: {error}", dir.display()));
    dir
}

/// Removes the folders of processes that have ended.
fn sweep(all: &Path) {
    for entry in std::fs::read_dir(all).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_string_lossy().split('-').next().map(str::to_owned);
        let ended = process
            .and_then(|process| process.parse::<u32>().ok())
            .is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists());
        if ended {
            // another process may be sweeping too
            drop(std::fs::remove_dir_all(entry.path()));
        }
    }
}

/// Copies the shipped district and lowers its size. The copy does not group its rules into packs, so that a test can
/// add one rule.
pub fn small(to: &Path, households: u32) -> PathBuf {
    let target = to.join("laixi");
    copy(&root().join("policies/laixi"), &target);
    let file = target.join("demo.toml");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let lowered: Vec<String> = text
        .lines()
        .map(|line| {
            if line.starts_with("households_per_village") {
                format!("households_per_village = {households}")
            } else {
                line.to_owned()
            }
        })
        .collect();
    write(&file, &lowered.join("\n"));
    drop(std::fs::remove_file(target.join("editions/2026-01-01/packs.toml")));
    target
}

/// Writes a file or says which one could not be written.
pub fn write(file: &Path, text: &str) {
    std::fs::write(file, text)
        .unwrap_or_else(|error| panic!("cannot write `{}`: {error}", file.display()));
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to)
        .unwrap_or_else(|error| panic!("cannot make `{}`: {error}", to.display()));
    for entry in std::fs::read_dir(from).into_iter().flatten().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap_or_else(|error| {
                panic!("cannot copy `{}`: {error}", entry.path().display())
            });
        }
    }
}
