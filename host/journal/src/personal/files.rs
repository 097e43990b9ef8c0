//! The file operations behind personal fields.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use super::PersonalError;
use crate::disk::{open_rw, sync_dir};
use crate::error::StoreError;

/// Names in a directory, sorted; none when it is not there.
pub(super) fn names(dir: &Path) -> Result<Vec<String>, PersonalError> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_error("list", dir)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(io_error("list", dir))?.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}

/// Writes a whole file and syncs it.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = open_rw(path, true)?;
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Opens the tombstones for appending; a line that a crash cut short is ended first.
pub(super) fn open_append(path: &Path) -> io::Result<File> {
    let mut file = open_rw(path, true)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    if text.last().is_some_and(|byte| *byte != b'\n') {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

/// Overwrites and unlinks a file, then syncs its directory; a file that is not there is fine.
pub(super) fn wipe_file(path: &Path) -> Result<(), PersonalError> {
    if !unlink_overwritten(path)? {
        return Ok(());
    }
    let shard = path.parent().unwrap_or(path);
    sync_dir(shard).map_err(io_error("sync", shard))
}

/// Overwrites and unlinks a file; whether there was one. Its directory is not yet synced.
pub(super) fn unlink_overwritten(path: &Path) -> Result<bool, PersonalError> {
    let file = match open_rw(path, false) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(io_error("open", path)(error)),
    };
    overwrite(&file).map_err(io_error("overwrite", path))?;
    std::fs::remove_file(path).map_err(io_error("remove", path))?;
    Ok(true)
}

fn overwrite(file: &File) -> io::Result<()> {
    use std::os::unix::fs::FileExt as _;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    file.write_all_at(&vec![0_u8; length], 0)?;
    file.sync_all()
}

/// Puts an operation and its file to an error of the system.
pub(super) fn io_error(
    doing: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> PersonalError {
    let error = StoreError::io(doing, path);
    move |source| PersonalError::Store(error(source))
}
