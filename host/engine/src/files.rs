//! Reads a package folder; the only place where the engine touches package files.

use std::path::{Path, PathBuf};

use package::Files;
use thiserror::Error;

use crate::limits;

/// Why a folder could not be read.
#[derive(Debug, Error)]
pub enum FilesError {
    /// Not there, not a folder, or not readable.
    #[error("cannot read `{path}`: {source}; give the folder that holds `district.toml`")]
    Unreadable {
        /// What was asked for.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Too many or too large files for a package.
    #[error("`{path}` is not a package: more than {count} files or {bytes} bytes")]
    TooLarge {
        /// What was asked for.
        path: PathBuf,
        /// Most files.
        count: usize,
        /// Most bytes in all.
        bytes: u64,
    },
}

/// Every regular file below `root`, by its path with `/` between parts; hidden names are left out
/// and links are not followed.
pub fn read_package(root: &Path) -> Result<Files, FilesError> {
    let unreadable =
        |path: &Path, source| FilesError::Unreadable { path: path.to_path_buf(), source };
    let mut files = Files::new();
    let mut total = 0_u64;
    let mut open = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|e| unreadable(&folder, e))? {
            let entry = entry.map_err(|e| unreadable(&folder, e))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') {
                continue;
            }
            let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            let kind = entry.file_type().map_err(|e| unreadable(&entry.path(), e))?;
            if kind.is_dir() {
                open.push((entry.path(), path));
            } else if kind.is_file() {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "package files are read here and nowhere else"
                )]
                let bytes =
                    std::fs::read(entry.path()).map_err(|e| unreadable(&entry.path(), e))?;
                total = total.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                files.insert(path, bytes);
                if files.len() > limits::PACKAGE_FILES_MAX || total > limits::PACKAGE_BYTES_MAX {
                    return Err(FilesError::TooLarge {
                        path: root.to_path_buf(),
                        count: limits::PACKAGE_FILES_MAX,
                        bytes: limits::PACKAGE_BYTES_MAX,
                    });
                }
            }
        }
    }
    Ok(files)
}
