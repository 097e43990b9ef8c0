//! Files that are written whole or not at all.

use std::io::Write as _;
use std::path::Path;

use crate::Failure;
use crate::exit::Exit;

/// Puts a file in place whole: written under another name, synced, renamed.
pub(crate) fn put(place: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = folder_of(place);
    let name = place.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    // the ending keeps a part that a crash leaves behind from being read as a file of the package
    let part = folder.join(format!(".{name}.{}.part", std::process::id()));
    let whole = || -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut file = std::fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, place)?;
        std::fs::File::open(folder)?.sync_all()
    };
    whole().map_err(|error| {
        let _ = std::fs::remove_file(&part);
        not_written(place, &error)
    })
}

/// Puts a folder of the package in place whole: written beside the old one, the two exchanged by
/// renaming. Names that start with a dot are not read as part of a package.
pub(crate) fn replace_folder(place: &Path, files: &package::Files) -> Result<(), Failure> {
    let folder = folder_of(place);
    let name = place.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let own = std::process::id();
    let new = folder.join(format!(".{name}.{own}.part"));
    let old = folder.join(format!(".{name}.{own}.old"));
    let write = || -> std::io::Result<()> {
        for (path, bytes) in files {
            let file = new.join(path);
            std::fs::create_dir_all(file.parent().unwrap_or(&new))?;
            let mut file = std::fs::File::create(file)?;
            file.write_all(bytes)?;
            file.sync_all()?;
        }
        std::fs::rename(place, &old)?;
        if let Err(error) = std::fs::rename(&new, place) {
            // what stood there goes back, so that the package is whole
            std::fs::rename(&old, place)?;
            return Err(error);
        }
        std::fs::File::open(folder)?.sync_all()
    };
    write().map_err(|error| {
        let _ = std::fs::remove_dir_all(&new);
        not_written(place, &error)
    })?;
    // the new rules stand; what is left of the old ones is not read
    let _ = std::fs::remove_dir_all(&old);
    Ok(())
}

/// The folder of a file; a bare name lies in the current one, whose path is empty and cannot be opened.
fn folder_of(place: &Path) -> &Path {
    place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file that could not be written.
pub(crate) fn not_written(place: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        Exit::Failure,
        "NOT_WRITTEN",
        format!("cannot write `{}`: {error}", place.display()),
        format!("写不了文件“{}”，原来的内容没有动。", place.display()),
        "检查文件夹的权限和磁盘空间。",
    )
}
