//! The engine itself: what it holds, how it starts, how it stops.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use journal::{
    Appended, Change, DecisionOptions, Embedded, IndexStore, MemoryIndex, Options, PersonalError,
    PersonalStore, SledIndex, SledOptions, Standing, Store, StoreError, Trailing, Work,
};
use model::{CivilDay, DivisionCode, Minute, Refusal};
use thiserror::Error;

use crate::answers::Answers;
use crate::clock::Clock;
use crate::follow::{self, FollowOptions, Following};
use crate::masks::Masks;
use crate::proofs::{self, ProofFault, Proofs, SignOffs};
use crate::record::{Act, FRAME_ACT};
use crate::refusals::internal;
use crate::reload::Reloads;
use crate::snapshot::Snapshot;
use crate::state::{State, StateError, TABLES, Written};

/// Work the index may be behind by before writers wait for it.
const INDEX_QUEUE: usize = 4_096;

/// Why the engine did not start.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The store cannot be opened or does not hold.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The personal side store cannot be opened.
    #[error(transparent)]
    Personal(#[from] PersonalError),
    /// No random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    /// The package is not proved or not signed off as it stands.
    #[error(transparent)]
    Proof(#[from] ProofFault),
    /// The store is a copy, and is to be written.
    #[error(
        "this store is a copy of another host's record; start with `--follow`, or give another store"
    )]
    IsACopy,
    /// The store holds a record of its own, and is to be a copy.
    #[error("this store holds a record of its own; give an empty one to a host that follows")]
    NotACopy,
    /// A recorded act cannot be read.
    #[error(
        "record {seq} of chain {chain} cannot be read: {problem}; run `xiangyue journal verify`"
    )]
    Record {
        /// Chain.
        chain: DivisionCode,
        /// Number in the chain.
        seq: u64,
        /// What is wrong.
        problem: String,
    },
}

impl OpenError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(StoreError::AlreadyOpen { .. }) => "STORE_ALREADY_OPEN",
            Self::Store(error) => {
                error.finding().map_or("STORE_FAILED", |finding| finding.code.name())
            }
            Self::Personal(_) => "PERSONAL_STORE_FAILED",
            Self::Random(_) => "NO_RANDOM",
            Self::Proof(fault) => fault.code(),
            Self::IsACopy => "STORE_IS_A_COPY",
            Self::NotACopy => "STORE_IS_NOT_A_COPY",
            Self::Record { .. } => "RECORD_UNREADABLE",
        }
    }

    /// 中文：下一步怎么办。
    pub fn help(&self) -> &'static str {
        match self {
            Self::Store(StoreError::AlreadyOpen { .. }) => {
                "请先停止正在使用该存储的服务，或用 --store 指定另一个文件夹。"
            }
            Self::Store(error) if error.finding().is_some() => {
                "什么都没有改动。请用备份恢复 journal 文件夹，再运行 xiangyue journal verify。"
            }
            Self::Store(_) | Self::Personal(_) | Self::Random(_) => {
                "请检查文件夹权限和磁盘空间后重试。"
            }
            Self::Proof(fault) => fault.help(),
            Self::IsACopy => "抄来的存储只能用 --follow 启动，不能办理；请指定原来的存储。",
            Self::NotACopy => "请用 --store 给跟随的机器指定一个空的文件夹。",
            Self::Record { .. } => "请运行 xiangyue journal verify 查看位置。",
        }
    }
}

/// How the engine starts.
#[derive(Debug)]
pub struct EngineOptions {
    /// Folder of the embedded store.
    pub dir: PathBuf,
    /// Where the time comes from.
    pub clock: Clock,
    /// How the journal works.
    pub journal: Options,
    /// How the decision log works.
    pub decisions: DecisionOptions,
    /// Folder of the package, for reloading it.
    pub root: Option<PathBuf>,
    /// Whether rules are put in force that are not proved or not signed off as they stand; for trying
    /// things out.
    pub allow_unproved: bool,
    /// How the host follows another; none for a host that leads.
    pub follow: Option<FollowOptions>,
    /// How rules are loaded again.
    pub rules: rules::HostOptions,
}

impl EngineOptions {
    /// A store folder and a clock, everything else as it comes.
    pub fn new(dir: PathBuf, clock: Clock) -> Self {
        Self {
            dir,
            clock,
            journal: Options::default(),
            decisions: DecisionOptions::default(),
            root: None,
            allow_unproved: false,
            follow: None,
            rules: rules::HostOptions::default(),
        }
    }
}

/// The running engine. Shared behind an `Arc`; readers never wait for the disk.
#[derive(Debug)]
pub struct Engine {
    pub(crate) snapshot: ArcSwap<Snapshot>,
    pub(crate) state: ArcSwap<State>,
    pub(crate) writer: Mutex<()>,
    pub(crate) store: Embedded,
    pub(crate) answers: Answers,
    pub(crate) personal: PersonalStore,
    pub(crate) clock: Clock,
    pub(crate) root: Option<PathBuf>,
    pub(crate) allow_unproved: bool,
    pub(crate) rules: rules::HostOptions,
    pub(crate) reloads: Mutex<Reloads>,
    pub(crate) following: Option<Following>,
    trailing: Trailing,
    dir: PathBuf,
    district: DivisionCode,
    stopped: AtomicBool,
    random: AtomicU64,
    /// Counters for `/metrics`.
    pub counters: Counters,
}

/// What has happened since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// Acts recorded.
    pub acts: AtomicU64,
}

impl Engine {
    /// Opens the store, brings state and index up to the journal, and is ready to serve.
    ///
    /// # Errors
    /// [`OpenError`]: nothing was served.
    pub fn open(snapshot: Snapshot, options: EngineOptions) -> Result<Self, OpenError> {
        let EngineOptions { dir, clock, journal, decisions, root, allow_unproved, follow, rules } =
            options;
        if !allow_unproved {
            proofs::check(&snapshot.package)?;
        }
        let reloads = Reloads { generation: 1, loaded: clock.now(), refused: None };
        let store = Embedded::open(&dir, journal)?;
        follow::settle(&dir, follow.is_some(), store.position().records)?;
        let district = snapshot.package.district().code;
        let masks = Masks::of_district(&snapshot.package);
        let answers = Answers::open(&dir, decisions, district, fresh_run()?, masks)?;
        let personal = PersonalStore::open(&dir)?;
        let (mut state, index, records) = load(&store, &dir.join("index"))?;
        state.version = records;
        if let Some(at) = state.clock {
            clock.move_to(at);
        }
        erase_leftovers(&state, &personal);
        let trailing = Trailing::start(index, records, INDEX_QUEUE)?;
        Ok(Self {
            snapshot: ArcSwap::from_pointee(snapshot),
            root,
            allow_unproved,
            rules,
            reloads: Mutex::new(reloads),
            following: follow.map(Following::new),
            state: ArcSwap::from_pointee(state),
            writer: Mutex::new(()),
            store,
            answers,
            personal,
            clock,
            trailing,
            dir,
            district,
            stopped: AtomicBool::new(false),
            random: AtomicU64::new(0),
            counters: Counters::default(),
        })
    }

    /// The rules in force; a request takes them once.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The folded record of this moment. It never changes; a writer puts another in its place.
    pub fn read_state(&self) -> Arc<State> {
        self.state.load_full()
    }

    /// The time.
    pub fn now(&self) -> Minute {
        self.clock.now()
    }

    /// Today's civil day.
    pub fn today(&self) -> CivilDay {
        self.clock.now().day()
    }

    /// Whether the clock is moved by hand.
    pub fn manual_clock(&self) -> bool {
        self.clock.is_manual()
    }

    /// The district's code.
    pub fn district(&self) -> DivisionCode {
        self.district
    }

    /// Whether every department in charge signed off the rules in force.
    pub fn sign_offs(&self) -> SignOffs {
        self.snapshot().sign_offs
    }

    /// Whether the promises of the rules in force are proved.
    pub fn proofs(&self) -> Proofs {
        self.snapshot().proofs
    }

    /// Folder of the store.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Records in the journal.
    pub fn records(&self) -> u64 {
        self.store.position().records
    }

    /// Records the index holds.
    pub fn indexed(&self) -> u64 {
        self.trailing.applied()
    }

    /// Why no write can be taken, if so.
    pub fn outage(&self) -> Option<String> {
        if self.stopped.load(Ordering::SeqCst) {
            return Some("record and memory disagree".to_owned());
        }
        let journal = self.store.health().outage.map(|outage| outage.to_string());
        journal.or_else(|| self.answers.outage().map(|outage| outage.to_string()))
    }

    /// Digits that nobody can guess, for tokens.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn fresh_id(&self) -> Result<String, Refusal> {
        self.random_id()
    }

    /// Nothing more is written by this process.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    pub(crate) fn running(&self) -> Result<(), Refusal> {
        if self.stopped.load(Ordering::SeqCst) {
            return Err(internal("record and memory disagree; restart the server"));
        }
        Ok(())
    }

    /// Hands what was written to the index, off the acknowledged path.
    pub(crate) fn follow(&self, work: Work) {
        self.counters.acts.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = self.trailing.submit(work) {
            tracing::warn!(%error, "the index no longer follows; it is rebuilt at the next start");
        }
    }

    /// The decision log.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Thirty-two hex digits nobody else has.
    pub(crate) fn random_id(&self) -> Result<String, Refusal> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).map_err(|error| internal(&error.to_string()))?;
        let count = self.random.fetch_add(1, Ordering::Relaxed);
        let digest = model::Digest::of([bytes.as_slice(), &count.to_be_bytes()]);
        Ok(digest.to_string().chars().take(32).collect())
    }
}

/// What an append leads to in the index.
pub(crate) fn work(written: Vec<Written>, appended: &Appended) -> Work {
    Work {
        before: appended.before,
        position: appended.position,
        changes: written.into_iter().map(change).collect(),
    }
}

/// Eight bytes that no other run has.
fn fresh_run() -> Result<[u8; 8], OpenError> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(|error| OpenError::Random(error.to_string()))?;
    Ok(bytes)
}

fn change(row: Written) -> Change {
    Change::set(row.table, row.key.into_bytes(), row.value)
}

/// State and index as of the journal's end: from the index where it holds, from the journal for the rest.
fn load(store: &Embedded, dir: &Path) -> Result<(State, Box<dyn IndexStore>, u64), OpenError> {
    let index: Box<dyn IndexStore> = match SledIndex::open(dir, SledOptions::default()) {
        Ok(index) => Box::new(index),
        Err(error) => {
            tracing::warn!(%error, "the index cannot be used; serving from memory");
            Box::new(MemoryIndex::default())
        }
    };
    let from_index = || -> Option<(State, u64)> {
        let applied = index.applied().ok()?;
        match journal::standing(store, applied).ok()? {
            Standing::Current => applied.map(|position| position.records),
            Standing::Behind(records) => Some(records),
            Standing::Rebuild => None,
        }
        .and_then(|records| read_index(index.as_ref()).ok().map(|state| (state, records)))
    };
    let (mut state, from) = if let Some(found) = from_index() {
        found
    } else {
        tracing::info!("rebuilding the index from the journal");
        let _ = index.wipe();
        (State::default(), 0)
    };
    let records = catch_up(store, index.as_ref(), &mut state, from)?;
    Ok((state, index, records))
}

fn read_index(index: &dyn IndexStore) -> Result<State, StateError> {
    let mut state = State::default();
    for table in TABLES {
        let mut failed = None;
        let read = index.load(table, &mut |_, value| {
            if let Err(error) = state.load_row(table, value) {
                failed = Some(error);
                return Err("unreadable row".into());
            }
            Ok(())
        });
        if let Some(error) = failed {
            return Err(error);
        }
        read.map_err(|_| StateError::Row { table: table.to_owned() })?;
    }
    Ok(state)
}

/// Applies the records behind `from` to memory and index.
fn catch_up(
    store: &Embedded,
    index: &dyn IndexStore,
    state: &mut State,
    from: u64,
) -> Result<u64, OpenError> {
    let mut heads = journal::Heads::default();
    let mut waiting: Vec<Change> = Vec::new();
    let mut failed: Option<OpenError> = None;
    let scanned = store.scan(&mut |stored| {
        heads.record(&stored);
        if heads.records() <= from || stored.kind != FRAME_ACT {
            return Ok(());
        }
        let wrong =
            |problem: String| OpenError::Record { chain: stored.chain, seq: stored.seq, problem };
        let applied = serde_json::from_slice::<Act>(&stored.body)
            .map_err(|error| wrong(error.to_string()))
            .and_then(|act| {
                state.apply(stored.chain, &act).map_err(|error| wrong(error.to_string()))
            });
        match applied {
            Ok(written) => waiting.extend(written.into_iter().map(change)),
            Err(error) => {
                failed = Some(error);
                return Err("stopped".into());
            }
        }
        if waiting.len() >= 10_000 {
            let _ = index.apply(std::mem::take(&mut waiting), heads.position());
        }
        Ok(())
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let position = scanned?;
    if position.records > from
        && let Err(error) = index.apply(waiting, position)
    {
        tracing::warn!(%error, "the index did not take the journal's tail; it is rebuilt at the next start");
    }
    Ok(position.records)
}

/// A crash between recording an erasure and erasing leaves fields behind; they go now.
fn erase_leftovers(state: &State, personal: &PersonalStore) {
    for row in state.erased.iter() {
        let left = personal.ids_of(&row.subject).is_ok_and(|ids| ids.contains(&row.id));
        if left && let Err(error) = personal.erase(&row.subject) {
            tracing::error!(%error, "personal fields that were to be erased are still there");
        }
    }
}
