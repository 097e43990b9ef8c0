//! Compiled components in a folder, so that a start need not compile again.
//!
//! A file that somebody else wrote would be machine code that runs here. So each file carries a keyed digest over the
//! component, the engine and the code; the key lies beside, readable by its owner only. What does not fit is compiled
//! again and written anew. Nothing here can fail a load.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use model::Digest;
use ring::hmac::{self, HMAC_SHA256, Key};
use ring::rand::{SecureRandom as _, SystemRandom};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::engine::WASMTIME;
use super::native;

const MAGIC: [u8; 8] = *b"XYRULE01";
const MAC_LEN: usize = 32;
const KEY_FILE: &str = "key";
const KEY_LEN: usize = 32;
/// More than any component within the limits compiles to.
const CODE_MAX: u64 = 64 << 20;
/// Others who may write (or, for the key, read).
const OTHERS_WRITE: u32 = 0o022;
const OTHERS: u32 = 0o077;

/// What the folder of compiled components was good for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct CacheCounts {
    /// Components taken from it.
    pub taken: u64,
    /// Components that were not there.
    pub missing: u64,
    /// Files that were not ours, changed, or of another engine.
    pub refused: u64,
    /// Components written.
    pub written: u64,
}

/// Code whose keyed digest fits.
pub(super) struct Authentic(Vec<u8>);

impl Authentic {
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.get(MAGIC.len().saturating_add(MAC_LEN)..).unwrap_or_default()
    }
}

/// A folder of compiled components for one engine.
pub(super) struct Cache {
    folder: PathBuf,
    key: Key,
    fingerprint: String,
    taken: AtomicU64,
    missing: AtomicU64,
    refused: AtomicU64,
    written: AtomicU64,
}

impl Cache {
    /// None when the folder or its key cannot be used, or others could write into it.
    pub(super) fn open(folder: &Path, fingerprint: &str) -> Option<Self> {
        if let Some(parent) = folder.parent() {
            std::fs::create_dir_all(parent).ok()?;
        }
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return None,
            _ => {}
        }
        let about = std::fs::metadata(folder).ok()?;
        if !about.is_dir() || about.mode() & OTHERS_WRITE != 0 {
            return None;
        }
        let key = key(&folder.join(KEY_FILE), about.uid())?;
        remove_others(folder);
        Some(Self {
            key,
            folder: folder.to_path_buf(),
            fingerprint: fingerprint.to_owned(),
            taken: AtomicU64::default(),
            missing: AtomicU64::default(),
            refused: AtomicU64::default(),
            written: AtomicU64::default(),
        })
    }

    pub(super) fn counts(&self) -> CacheCounts {
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        CacheCounts {
            taken: count(&self.taken),
            missing: count(&self.missing),
            refused: count(&self.refused),
            written: count(&self.written),
        }
    }

    /// The component compiled before, if its file is as it was written.
    pub(super) fn take(&self, engine: &Engine, digest: &Digest) -> Option<Component> {
        let bytes = match read(&self.file(digest), CODE_MAX) {
            Ok(bytes) => bytes,
            Err(error) => {
                let absent = error.kind() == ErrorKind::NotFound;
                count(if absent { &self.missing } else { &self.refused });
                return None;
            }
        };
        let component = self.authentic(digest, bytes);
        let component = component.and_then(|code| native::component(engine, &code).ok());
        count(if component.is_some() { &self.taken } else { &self.refused });
        component
    }

    /// Written aside and renamed: a reader sees the old file, the new one or none.
    pub(super) fn keep(&self, digest: &Digest, code: &[u8]) {
        let file = self.file(digest);
        let turn = count(&self.written);
        let aside =
            self.folder.join(format!("{WASMTIME}-{digest}.{}-{turn}.new", std::process::id()));
        let write = || {
            let mut open =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
            open.write_all(&MAGIC)?;
            open.write_all(hmac::sign(&self.key, &self.signed(digest, code)).as_ref())?;
            open.write_all(code)?;
            std::fs::rename(&aside, &file)
        };
        if write().is_err() {
            self.written.fetch_sub(1, Ordering::Relaxed);
            let _ = std::fs::remove_file(&aside);
        }
    }

    fn authentic(&self, digest: &Digest, bytes: Vec<u8>) -> Option<Authentic> {
        let rest = bytes.strip_prefix(&MAGIC)?;
        let (mac, code) = rest.split_at_checked(MAC_LEN)?;
        hmac::verify(&self.key, &self.signed(digest, code), mac).ok()?;
        Some(Authentic(bytes))
    }

    /// What the keyed digest is over: format, component, engine and code, so that no file can stand for another.
    fn signed(&self, digest: &Digest, code: &[u8]) -> [u8; 32] {
        Digest::of([&MAGIC[..], &digest.0[..], self.fingerprint.as_bytes(), code]).0
    }

    fn file(&self, digest: &Digest) -> PathBuf {
        let name = Digest::of([&digest.0[..], self.fingerprint.as_bytes()]);
        self.folder.join(format!("{WASMTIME}-{name}.rule"))
    }
}

/// Compiled components that another release of wasmtime left, which no start will ask for again.
fn remove_others(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(WASMTIME) || name == KEY_FILE);
        let rule = Path::new(&name).extension().is_some_and(|end| end == "rule" || end == "new");
        if rule && !ours {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn count(of: &AtomicU64) -> u64 {
    of.fetch_add(1, Ordering::Relaxed)
}

fn read(file: &Path, max: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The key of a folder, made at its first use. One that others can read, or that another owns, is none.
fn key(file: &Path, owner: u32) -> Option<Key> {
    let mut fresh = [0_u8; KEY_LEN];
    SystemRandom::new().fill(&mut fresh).ok()?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(mut open) => open.write_all(&fresh).ok()?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(_) => return None,
    }
    let about = std::fs::symlink_metadata(file).ok()?;
    if !about.is_file() || about.mode() & OTHERS != 0 || about.uid() != owner {
        return None;
    }
    let bytes = read(file, 4096).ok()?;
    (bytes.len() == KEY_LEN).then(|| Key::new(HMAC_SHA256, &bytes))
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
