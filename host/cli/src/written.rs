//! Files that are written whole or not at all.

use std::io::Write as _;
use std::path::Path;

use crate::Failure;
use crate::exit::Exit;

/// Puts a file in place whole: written under another name, synced, renamed.
pub(crate) fn put(place: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = place.parent().unwrap_or(Path::new("."));
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
