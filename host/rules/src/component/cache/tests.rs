//! A folder of compiled components that is used, copied, changed and missing.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a test changes files; a wrong index in it is a failed test"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use model::Digest;
use wasmtime::component::Component;

use super::{Cache, CacheCounts, MAC_LEN, MAGIC};
use crate::Limits;
use crate::component::{Components, Runs};

/// Any component compiles; the cache does not ask what it exports.
const COMPONENT: &str = "(component (core module (func (export \"f\") (result i32) i32.const 7)))";

fn scratch() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("xy-cache-{}-{next}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder.join("store/rules-cache")
}

fn components(folder: &Path) -> Components {
    let limits = Arc::new(Limits { instances: 1, ..Limits::default() });
    Components::new(limits, Runs::Compiled).unwrap().cached(folder)
}

fn bytes() -> Vec<u8> {
    wat::parse_str(COMPONENT).unwrap()
}

/// Compiles through a folder opened anew; what the folder was good for.
fn start(folder: &Path) -> CacheCounts {
    let components = components(folder);
    components.compiled(&bytes()).unwrap();
    components.cache_counts()
}

const WRITTEN: CacheCounts = CacheCounts { taken: 0, missing: 1, refused: 0, written: 1 };
const TAKEN: CacheCounts = CacheCounts { taken: 1, missing: 0, refused: 0, written: 0 };
const REWRITTEN: CacheCounts = CacheCounts { taken: 0, missing: 0, refused: 1, written: 1 };

fn rule_files(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut rules: Vec<_> = files.filter(|file| file.extension().is_some()).collect();
    rules.sort();
    rules
}

#[test]
fn the_second_start_takes_what_the_first_wrote() {
    let folder = scratch();
    assert_eq!(start(&folder), WRITTEN);
    assert_eq!(start(&folder), TAKEN);
    let mode = |file: &Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("key"))), (0o700, 0o600));
    assert_eq!(rule_files(&folder).len(), 1, "nothing is left over");
}

#[test]
fn any_changed_byte_is_noticed_and_the_file_written_anew() {
    let folder = scratch();
    start(&folder);
    let file = rule_files(&folder).remove(0);
    let good = std::fs::read(&file).unwrap();
    let (head, last) = (MAGIC.len() + MAC_LEN, good.len() - 1);
    for place in [0, MAGIC.len(), head - 1, head, head + 100, last] {
        let mut bad = good.clone();
        bad[place] ^= 1;
        std::fs::write(&file, bad).unwrap();
        assert_eq!(start(&folder), REWRITTEN, "byte {place}");
        assert_eq!(start(&folder), TAKEN, "after byte {place}");
    }
    for length in [0, 7, head - 1, head, last] {
        std::fs::write(&file, &good[..length]).unwrap();
        assert_eq!(start(&folder), REWRITTEN, "cut to {length}");
    }
}

#[test]
fn a_file_of_another_key_is_not_taken() {
    let (folder, other) = (scratch(), scratch());
    start(&folder);
    start(&other);
    let file = rule_files(&folder).remove(0);
    std::fs::copy(other.join(file.file_name().unwrap()), &file).unwrap();
    assert_eq!(start(&folder), REWRITTEN);
}

#[test]
fn a_file_of_another_engine_or_component_is_not_taken() {
    let folder = scratch();
    let components = components(&folder);
    let component = Component::from_binary(&components.engine, &bytes()).unwrap();
    let code = component.serialize().unwrap();
    let digest = Digest::of([&bytes()[..]]);
    let other = Cache::open(&folder, "wasmtime 1.0.0 x86_64 0").unwrap();
    other.keep(&digest, &code);
    let cache = components.cache.as_ref().unwrap();
    assert!(cache.take(&components.engine, &digest).is_none(), "it has another name");
    std::fs::rename(other.file(&digest), cache.file(&digest)).unwrap();
    assert!(cache.take(&components.engine, &digest).is_none(), "and does not fit under this one");
    cache.keep(&digest, &code);
    assert!(cache.take(&components.engine, &digest).is_some());
    let second = Digest::of([&b"another component"[..]]);
    std::fs::rename(cache.file(&digest), cache.file(&second)).unwrap();
    assert!(cache.take(&components.engine, &second).is_none());
    assert_eq!(cache.counts(), CacheCounts { taken: 1, missing: 1, refused: 2, written: 1 });
}

#[test]
fn code_for_the_interpreter_is_kept_apart() {
    let folder = scratch();
    start(&folder);
    let limits = Arc::new(Limits { instances: 1, ..Limits::default() });
    let second = Components::new(limits, Runs::Interpreted).unwrap().cached(&folder);
    second.compiled(&bytes()).unwrap();
    assert_eq!(second.cache_counts(), WRITTEN);
    assert_eq!(rule_files(&folder).len(), 2);
}

#[test]
fn a_folder_that_cannot_be_trusted_or_used_is_done_without() {
    let none = CacheCounts::default();
    let open = scratch();
    start(&open);
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(start(&open), none, "others may write into it");
    let told = scratch();
    start(&told);
    std::fs::set_permissions(told.join("key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(start(&told), none, "others may read the key");
    let short = scratch();
    start(&short);
    std::fs::write(short.join("key"), b"").unwrap();
    assert_eq!(start(&short), none, "an empty key");
    let file = scratch();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, b"").unwrap();
    assert_eq!(start(&file), none, "a file in its place");
    assert_eq!(start(Path::new("/proc/xiangyue/rules-cache")), none, "no place for a folder");
}
