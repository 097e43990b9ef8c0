//! The few file operations whose failure matters, behind a trait so that tests can make them fail.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::error::StoreError;

/// What a file is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileRole {
    /// Frames in a segment in use.
    Segment,
    /// Zeros in a segment being made ready.
    Preallocation,
    /// The anchor.
    Anchor,
    /// The floor of a log whose oldest segments were removed.
    Floor,
}

/// Writes and syncs.
pub trait Disk: Send + Sync + std::fmt::Debug {
    /// Writes all bytes at an offset (`pwrite`).
    ///
    /// # Errors
    /// What the system says; part of the bytes may have been written.
    fn write_at(&self, file: &File, role: FileRole, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes written bytes survive a power cut (`fdatasync`).
    ///
    /// # Errors
    /// What the system says; nothing is known about the bytes then.
    fn sync(&self, file: &File, role: FileRole) -> io::Result<()>;

    /// Gives a finished file its name (`rename`), in place of the one that has it.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    /// Removes a segment that is no longer kept.
    ///
    /// # Errors
    /// What the system says.
    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    /// Makes names given or removed in a directory survive a power cut.
    ///
    /// # Errors
    /// What the system says.
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        sync_dir(path)
    }
}

/// The system's own operations.
#[derive(Clone, Copy, Default, Debug)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn write_at(&self, file: &File, _role: FileRole, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }

    fn sync(&self, file: &File, _role: FileRole) -> io::Result<()> {
        file.sync_data()
    }
}

/// Syncs a directory, so that names made or removed in it survive a power cut.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a directory with its parents, private to the owner, and syncs its parent.
pub(crate) fn make_dir(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::DirBuilderExt as _;
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(StoreError::io("create the directory", path))?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => {
            sync_dir(parent).map_err(StoreError::io("sync the directory", parent))
        }
        _ => Ok(()),
    }
}

/// Opens a file for reading and writing, making it when asked, private to the owner.
pub(crate) fn open_rw(path: &Path, create: bool) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().read(true).write(true).create(create).truncate(false).mode(0o600).open(path)
}

/// Takes the lock file of a directory; held until the returned file is dropped.
pub(crate) fn take_lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let file = open_rw(&path, true).map_err(StoreError::io("open the lock file", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(StoreError::AlreadyOpen { path: dir.to_owned() })
        }
        Err(std::fs::TryLockError::Error(source)) => {
            Err(StoreError::Io { doing: "lock", path, source })
        }
    }
}
