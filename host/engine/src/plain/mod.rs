//! The engine over a plain Cedar folder: its policies, its stored entities, its decision log.
//!
//! What a question sees is one immutable [`Current`]; a write or a reload makes the next one aside
//! and swaps it in, so readers never wait. Entities come from the folder's own file; writes over the
//! API lie over them and are kept in the journal.

mod aside;
mod ask;
mod cache;
mod check;
mod entities;
mod explain;
mod fold;
mod reload;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use evaluator::Store;
use folder::{Admin, Folder};
use journal::{Embedded, PersonalError, PersonalStore, Store as _, StoreError};
use model::{DivisionCode, Minute};
use package::plain::Plain;
use thiserror::Error;

use crate::answers::Answers;
use crate::clock::Clock;
use crate::masks::Masks;
use crate::open::EngineOptions;

use self::aside::{References, Writing};
use self::fold::Fold;

pub use aside::{Aside, Reference};
pub(crate) use ask::{policies_of, searched};
pub use check::{check_callers, check_entities};
pub(crate) use entities::FRAME_ENTITIES;
pub use entities::{EntityWrite, Loaded};
pub(crate) use explain::said;
pub use reload::{Refused, Reloaded, Status};

/// Why the engine over a folder did not start.
#[derive(Debug, Error)]
pub enum PlainError {
    /// The store cannot be opened or does not hold.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store's side files cannot be used.
    #[error(transparent)]
    Personal(#[from] PersonalError),
    /// The policies cannot be used.
    #[error("the policies cannot be used: {0}")]
    Policies(String),
    /// The entities file cannot be used.
    #[error("`entities.json`: {0}")]
    Entities(String),
    /// A recorded write cannot be read.
    #[error("record {seq} of the journal cannot be read: {problem}; run `xiangyue journal verify`")]
    Record {
        /// Number in the chain.
        seq: u64,
        /// What is wrong.
        problem: String,
    },
    /// Entities that were written over the interface do not fit the folder as it is now.
    #[error(
        "the entities of record {seq} do not fit the folder: {problem}; give back to the schema or the file what they need, or start with another store"
    )]
    DoNotFit {
        /// Number in the chain.
        seq: u64,
        /// Which entity, and why.
        problem: String,
    },
    /// No random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}

impl PlainError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(StoreError::AlreadyOpen { .. }) => "STORE_ALREADY_OPEN",
            Self::Store(error) => {
                error.finding().map_or("STORE_FAILED", |finding| finding.code.name())
            }
            Self::Personal(_) => "PERSONAL_STORE_FAILED",
            Self::Policies(_) => "PACKAGE_INVALID",
            Self::Entities(_) => "ENTITIES_INVALID",
            Self::Record { .. } => "RECORD_UNREADABLE",
            Self::DoNotFit { .. } => "ENTITIES_DO_NOT_FIT",
            Self::Random(_) => "NO_RANDOM",
        }
    }

    /// 中文：下一步怎么办。
    pub fn help(&self) -> &'static str {
        match self {
            Self::Store(StoreError::AlreadyOpen { .. }) => {
                "请先停止正在使用该存储的服务，或用 --store 指定另一个文件夹。"
            }
            Self::Policies(_) | Self::Entities(_) => "请用 xiangyue check 查看问题，改好后再启动。",
            Self::DoNotFit { .. } => {
                "通过接口登记的实体不符合现在的 schema 或上级关系。请改回 schema，或用 --store 指定新的存储；原来的记录都在。"
            }
            Self::Personal(PersonalError::Missing(_) | PersonalError::Mismatch(_)) => {
                "个人信息的旁存文件不见了或者被改过。请从备份恢复存储里的 personal 文件夹，再运行 xiangyue journal verify 核对。"
            }
            _ => "请检查文件夹权限和磁盘空间，或运行 xiangyue journal verify 查看位置。",
        }
    }
}

/// What a question sees: policies and entities of one moment.
#[derive(Clone, Debug)]
pub struct Current {
    /// Policies and schema.
    pub folder: Arc<Folder>,
    /// The rules for calling systems.
    pub admin: Arc<Admin>,
    /// Stored entities.
    pub entities: Store,
    /// Records of the journal that the entities rest on.
    pub version: u64,
    /// Which load of the folder this is, from 1.
    pub generation: u64,
}

/// The engine over a plain folder.
#[derive(Debug)]
pub struct PlainEngine {
    current: ArcSwap<Current>,
    chain: DivisionCode,
    writing: Mutex<Writing>,
    store: Embedded,
    personal: PersonalStore,
    answers: Answers,
    clock: Clock,
    root: PathBuf,
    dir: PathBuf,
    status: Mutex<Status>,
}

/// The chain of a store without a district: twelve digits that no division has.
pub(crate) fn chain() -> Result<DivisionCode, PlainError> {
    const NOWHERE: u64 = 100_000_000_000;
    DivisionCode::from_number(NOWHERE)
        .ok_or_else(|| PlainError::Policies("the chain of a plain folder has no code".to_owned()))
}

impl PlainEngine {
    /// Opens the store, loads the entities and is ready to serve. `progress` is told of long imports.
    ///
    /// # Errors
    /// [`PlainError`]: nothing was served.
    pub fn open(
        root: &Path,
        plain: &Plain,
        entities_file: Option<&[u8]>,
        options: EngineOptions,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, PlainError> {
        let EngineOptions { dir, clock, journal, decisions, .. } = options;
        let folder = Folder::new(plain).map_err(PlainError::Policies)?;
        let admin = Arc::new(Admin::new(&plain.callers).map_err(PlainError::Policies)?);
        let chain = chain()?;
        let store = Embedded::open(&dir, journal)?;
        let answers = Answers::open(&dir, decisions, chain, fresh_run()?, masks(plain))?;
        let personal = PersonalStore::open(&dir)?;
        let (types, references) = (aside::types(plain), References::default());
        let mut writing = Writing { types, references, unfinished: Vec::new(), unsure: false };
        let at = (&store, &personal, dir.as_path());
        let (entities, version) = cache::load(at, &folder, entities_file, &mut writing, progress)?;
        let status = Status::first(&folder, &entities, clock.now());
        let current = Current { folder: Arc::new(folder), admin, entities, version, generation: 1 };
        Ok(Self {
            current: ArcSwap::from_pointee(current),
            chain,
            writing: Mutex::new(writing),
            store,
            personal,
            answers,
            clock,
            root: root.to_owned(),
            dir,
            status: Mutex::new(status),
        })
    }

    /// What questions see now.
    pub fn current(&self) -> Arc<Current> {
        self.current.load_full()
    }

    /// The decision log.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The time.
    pub fn now(&self) -> Minute {
        self.clock.now()
    }

    /// Where the time comes from.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Records in the journal.
    pub fn records(&self) -> u64 {
        self.store.position().records
    }

    /// Why nothing can be answered or written, if so.
    pub fn outage(&self) -> Option<String> {
        let journal = self.store.health().outage.map(|outage| outage.to_string());
        journal.or_else(|| self.answers.outage().map(|outage| outage.to_string()))
    }

    /// Folder of the store.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Asks a recorded decision again, over the entities as they were.
    ///
    /// # Errors
    /// As [`crate::recorded::again_in_folder`].
    pub fn again(
        &self,
        kept: &crate::recorded::Kept,
        language: crate::explanation::Language,
    ) -> Result<crate::recorded::Again, model::Refusal> {
        let current = self.current();
        if kept.line.entities == current.version {
            let past = Past { entities: current.entities.clone(), erased: Vec::new() };
            return crate::recorded::again_in_folder(&current.folder, &past, kept, language);
        }
        let file = crate::files::read_package(&self.root)
            .map_err(|error| crate::refusals::internal(&error.to_string()))?
            .remove(package::plain::ENTITIES);
        let past = at(&self.dir, &current.folder, file.as_deref(), kept.line.entities)
            .map_err(|error| crate::refusals::internal(&error.to_string()))?;
        crate::recorded::again_in_folder(&current.folder, &past, kept, language)
    }

    /// How the folder stands.
    pub fn status(&self) -> Status {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Eight bytes that no other run has.
pub(crate) fn fresh_run() -> Result<[u8; 8], PlainError> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(|error| PlainError::Random(error.to_string()))?;
    Ok(bytes)
}

/// Which values of a folder never reach the log.
fn masks(plain: &Plain) -> Masks {
    plain.schema_text.as_deref().map(Masks::of_schema).unwrap_or_default()
}

/// A folder with its own entities, for questions on the command line.
///
/// # Errors
/// [`PlainError`] for policies or entities that cannot be used.
pub fn offline(plain: &Plain, file: Option<&[u8]>) -> Result<(Folder, Store), PlainError> {
    let folder = Folder::new(plain).map_err(PlainError::Policies)?;
    let entities = cache::base(&folder, file, &mut |_, _| {})?;
    Ok((folder, entities))
}

/// An answer of such a folder with its reasons.
pub fn explain_offline(
    folder: &Folder,
    entities: &Store,
    ask: &model::Ask,
    language: crate::explanation::Language,
) -> (bool, crate::explanation::Explanation) {
    let explained = folder.explain(entities, ask);
    let said = said(&explained, String::new(), folder.digest(), language);
    (explained.answer.allowed, said)
}

/// Entities as they were.
#[derive(Clone, Debug)]
pub struct Past {
    /// The entities; personal values that were erased since are not there, and neither are entities of
    /// which the schema requires such a value.
    pub entities: Store,
    /// Type and id of those that had such values.
    pub erased: Vec<(String, String)>,
}

/// A folder's entities with the first `records` of a store's writes on top, read beside a running server.
///
/// # Errors
/// [`PlainError`] when file or journal cannot be read.
pub fn at(
    dir: &Path,
    folder: &Folder,
    file: Option<&[u8]>,
    records: u64,
) -> Result<Past, PlainError> {
    let base = cache::base(folder, file, &mut |_, _| {})?;
    let personal = PersonalStore::peek(dir);
    let fold = cache::replay_read_only(dir, Fold::new(folder, &personal, base), records)?;
    let erased = fold.without_values();
    Ok(Past { entities: fold.entities, erased })
}
