//! A power cut takes whatever was not synced, in any selection: what was synced is there, and the log opens.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Scratch, chain, decided, decisions};
use journal::{DecisionLog, DecisionOptions, Disk, FileRole, NoPersonal, RealDisk, verify};
use model::Minute;
use proptest::prelude::*;

/// A write that was not synced yet, and what was there before.
#[derive(Debug)]
struct Unsynced {
    inode: u64,
    file: File,
    offset: u64,
    before: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    unsynced: Vec<Unsynced>,
    off: bool,
}

/// A disk that remembers what a power cut would take.
#[derive(Debug, Default)]
struct Volatile(Mutex<State>);

impl Volatile {
    /// Switches the power off. Of the writes not yet synced the ones that `lost` names are taken
    /// back, the others had reached the disk.
    fn cut(&self, mut lost: impl FnMut() -> bool) {
        let mut state = self.0.lock().unwrap();
        state.off = true;
        for write in state.unsynced.drain(..).rev() {
            if lost() {
                write.file.write_all_at(&write.before, write.offset).unwrap();
            }
        }
    }
}

impl Disk for Volatile {
    fn write_at(&self, file: &File, role: FileRole, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.off {
            return Ok(());
        }
        if matches!(role, FileRole::Segment | FileRole::Anchor) {
            let mut before = vec![0; bytes.len()];
            let inode = file.metadata()?.ino();
            // Nothing was there behind the end of a new anchor.
            let known = file.read_at(&mut before, offset)?;
            before[known..].fill(0);
            state.unsynced.push(Unsynced { inode, file: file.try_clone()?, offset, before });
        }
        RealDisk.write_at(file, role, bytes, offset)
    }

    fn sync(&self, file: &File, _role: FileRole) -> io::Result<()> {
        let inode = file.metadata()?.ino();
        let mut state = self.0.lock().unwrap();
        if !state.off {
            state.unsynced.retain(|write| write.inode != inode);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_synced_survives_and_the_rest_is_whole_or_gone(
        rounds in prop::collection::vec((1_usize..40, 0_usize..20, any::<u64>()), 1..4),
        in_background in any::<bool>(),
    ) {
        let dir = Scratch::new("power");
        let mut there = 0;
        for (appends, synced_every, mut seed) in rounds {
            let disk = Arc::new(Volatile::default());
            let sync_interval = Duration::from_millis(if in_background { 1 } else { 3_600_000 });
            let log = DecisionLog::open(
                dir.path(),
                DecisionOptions { disk: Arc::<Volatile>::clone(&disk), sync_interval, ..decisions() },
            ).unwrap();
            prop_assert_eq!(log.position().records, there);
            let mut synced = there;
            for n in 0..appends {
                let body = vec![u8::try_from(n).unwrap(); n * 97 % 900];
                log.append_many(chain(n as u64 % 3), 7, Minute(0), &[&body, b"and"]).unwrap();
                if synced_every > 0 && n % synced_every == 0 {
                    log.sync().unwrap();
                    synced = log.position().records;
                }
            }
            let all = log.position().records;
            disk.cut(|| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                seed >> 63 == 1
            });
            drop(log);
            let report = verify(dir.path(), &NoPersonal).unwrap();
            prop_assert!(report.holds(), "{:?}", report);
            let log = DecisionLog::open(dir.path(), decisions()).unwrap();
            there = log.position().records;
            prop_assert!(synced <= there && there <= all, "{} {} {}", synced, there, all);
            prop_assert_eq!(there % 2, 0, "an append of two is whole or gone");
            drop(log);
            prop_assert_eq!(decided(dir.path()).len() as u64, there);
        }
    }
}
