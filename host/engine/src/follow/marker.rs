//! The mark of a store folder that is a copy. A copy lacks the personal fields, and two hosts that write
//! would part the record, so a copy is never opened to write and a record never to copy into.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::open::OpenError;

const TEXT: &str = "This store is a copy made by a host that follows another. It holds no personal fields.\n\
    本存储是从主机抄来的，不含个人信息，不能用来办理。\n";

fn path(dir: &Path) -> PathBuf {
    dir.join("copy")
}

/// Whether a store folder is a copy.
pub(crate) fn is_copy(dir: &Path) -> bool {
    path(dir).exists()
}

/// Holds the folder against the way it is opened, and marks a new copy before anything is in it.
pub(crate) fn settle(dir: &Path, follows: bool, records: u64) -> Result<(), OpenError> {
    match (is_copy(dir), follows) {
        (true, true) | (false, false) => Ok(()),
        (true, false) => Err(OpenError::IsACopy),
        (false, true) if records > 0 => Err(OpenError::NotACopy),
        (false, true) => {
            let failed = |source| {
                let (doing, path) = ("mark as a copy", path(dir));
                OpenError::Store(journal::StoreError::Io { doing, path, source })
            };
            let mut file = File::create(path(dir)).map_err(failed)?;
            file.write_all(TEXT.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
        }
    }
}
