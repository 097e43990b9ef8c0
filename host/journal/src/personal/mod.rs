//! Personal fields beside the record: the chain holds a salted commitment, the fields can be erased.
//!
//! A commitment without its salt tells nothing about the fields, so erasing the file, which holds
//! both, leaves the chain intact and the person unreadable (PIPL article 47). Whoever erases writes
//! the ids into the journal too: only the journal tells erased from lost.

mod files;
mod many;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use model::Digest;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::files::{io_error, names, open_append, wipe_file, write_synced};
use crate::disk::{make_dir, sync_dir};
use crate::error::StoreError;

const TOMBSTONES: &str = "erased";
const SUBJECT_DIGITS: usize = 32;

/// What a record keeps of personal fields.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalRef {
    /// Name of the fields' file: 32 digits of the subject's digest, `-`, 32 random digits.
    pub id: String,
    /// SHA-256 over salt and fields.
    pub commitment: Digest,
}

/// Why personal fields cannot be kept, read or erased.
#[derive(Debug, Error)]
pub enum PersonalError {
    /// Not an id this store gave.
    #[error("`{0}` is not the id of personal fields")]
    NotAnId(String),
    /// The fields are neither there nor erased.
    #[error("the personal fields `{0}` are missing; restore the folder `personal` from a backup")]
    Missing(String),
    /// The fields are not those that the record commits to.
    #[error(
        "the personal fields `{0}` do not fit their commitment; restore the folder `personal` from a backup"
    )]
    Mismatch(String),
    /// The system gave no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    /// The system refused a file operation.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One file: everything that is needed to check the commitment.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u8,
    salt: Digest,
    commitment: Digest,
    fields: BTreeMap<String, String>,
}

/// Fields on their way into a file.
struct Fresh {
    reference: PersonalRef,
    path: PathBuf,
    text: Vec<u8>,
}

impl Fresh {
    /// Writes the file and names it; its directory is not yet synced.
    fn write(&self) -> Result<(), PersonalError> {
        let part = self.path.with_extension("new");
        write_synced(&part, &self.text).map_err(io_error("write", &part))?;
        std::fs::rename(&part, &self.path).map_err(io_error("name", &self.path))
    }
}

/// How a file fits what is expected of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fit {
    Fits,
    Absent,
    Changed,
}

/// The folder `personal` of a store directory.
#[derive(Clone, Debug)]
pub struct PersonalStore {
    dir: PathBuf,
}

impl PersonalStore {
    /// Opens the folder below a store directory and ends erasures that a crash interrupted.
    ///
    /// # Errors
    /// [`PersonalError::Store`].
    pub fn open(dir: &Path) -> Result<Self, PersonalError> {
        let store = Self { dir: dir.join("personal") };
        make_dir(&store.dir)?;
        // names that a killed process gave and did not sync
        sync_dir(&store.dir).map_err(io_error("sync", &store.dir))?;
        store.remove_unnamed()?;
        for id in store.tombstones()? {
            store.remove(&id)?;
        }
        Ok(store)
    }

    /// The folder as it is, for reading beside a running server.
    pub fn peek(dir: &Path) -> Self {
        Self { dir: dir.join("personal") }
    }

    /// Keeps fields of a person; they survive a power cut on return.
    ///
    /// # Errors
    /// [`PersonalError::Random`], [`PersonalError::Store`].
    pub fn put(
        &self,
        subject: &str,
        fields: BTreeMap<String, String>,
    ) -> Result<PersonalRef, PersonalError> {
        let fresh = self.fresh(subject, fields)?;
        let shard = fresh.path.parent().unwrap_or(&self.dir);
        make_dir(shard)?;
        fresh.write()?;
        sync_dir(shard).map_err(io_error("name", &fresh.path))?;
        Ok(fresh.reference)
    }

    /// Fields that have an id and a commitment, and are not yet in a file.
    fn fresh(
        &self,
        subject: &str,
        fields: BTreeMap<String, String>,
    ) -> Result<Fresh, PersonalError> {
        let (salt, nonce) = (random()?, random()?);
        let id = format!("{}-{}", subject_digits(subject), digits(&nonce));
        let commitment = commit(&salt, &fields);
        let path = self.path(&id)?;
        let kept = Kept { version: 1, salt, commitment, fields };
        let text = serde_json::to_vec(&kept)
            .map_err(|error| io_error("encode", &path)(io::Error::other(error)))?;
        Ok(Fresh { reference: PersonalRef { id, commitment }, path, text })
    }

    /// Reads fields back; `None` once they are erased.
    ///
    /// # Errors
    /// [`PersonalError::Missing`], [`PersonalError::Mismatch`], [`PersonalError::NotAnId`], [`PersonalError::Store`].
    pub fn get(
        &self,
        reference: &PersonalRef,
    ) -> Result<Option<BTreeMap<String, String>>, PersonalError> {
        match self.read(reference) {
            Ok(fields) => Ok(Some(fields)),
            Err(PersonalError::Missing(id)) if self.tombstones()?.contains(&id) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads fields that are there, whatever the tombstones say; for who asks the journal what was erased.
    ///
    /// # Errors
    /// As [`PersonalStore::get`].
    pub fn read(&self, reference: &PersonalRef) -> Result<BTreeMap<String, String>, PersonalError> {
        let path = self.path(&reference.id)?;
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(PersonalError::Missing(reference.id.clone()));
            }
            Err(error) => return Err(io_error("read", &path)(error)),
        };
        let kept = serde_json::from_slice::<Kept>(&bytes).ok();
        kept.filter(|kept| commit(&kept.salt, &kept.fields) == reference.commitment)
            .map(|kept| kept.fields)
            .ok_or_else(|| PersonalError::Mismatch(reference.id.clone()))
    }

    /// Ids of all fields kept of a person. Write them into the journal before erasing.
    ///
    /// # Errors
    /// [`PersonalError::Store`].
    pub fn ids_of(&self, subject: &str) -> Result<Vec<String>, PersonalError> {
        let prefix = format!("{}-", subject_digits(subject));
        let shard = self.dir.join(prefix.get(..2).unwrap_or_default());
        Ok(names(&shard)?
            .into_iter()
            .filter(|name| name.starts_with(&prefix) && is_id(name))
            .collect())
    }

    /// Erases all fields of a person: tombstones first, then overwrite, unlink, sync the directory.
    /// Answers how many files were erased. Copies in backups are the operator's to erase.
    ///
    /// # Errors
    /// [`PersonalError::Store`]; calling it again, or opening the store again, goes on where it stopped.
    pub fn erase(&self, subject: &str) -> Result<usize, PersonalError> {
        let ids = self.ids_of(subject)?;
        if ids.is_empty() {
            return Ok(0);
        }
        self.list(TOMBSTONES, &ids)?;
        for id in &ids {
            self.remove(id)?;
        }
        Ok(ids.len())
    }

    /// Ids that were erased here. A file beside the record: proof of an erasure is the journal.
    ///
    /// # Errors
    /// [`PersonalError::Store`].
    pub fn tombstones(&self) -> Result<BTreeSet<String>, PersonalError> {
        self.listed(TOMBSTONES)
    }

    /// The ids that a file beside the shards lists.
    fn listed(&self, name: &str) -> Result<BTreeSet<String>, PersonalError> {
        let path = self.dir.join(name);
        match std::fs::read_to_string(&path) {
            // A line cut short by a crash is no id and is passed over; its file was not touched yet.
            Ok(text) => {
                Ok(text.lines().filter(|line| is_id(line)).map(ToOwned::to_owned).collect())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(io_error("read", &path)(error)),
        }
    }

    /// Adds ids to such a file; they survive a power cut on return.
    fn list(&self, name: &str, ids: &[String]) -> Result<(), PersonalError> {
        let path = self.dir.join(name);
        let known = path.is_file();
        let lines: String = ids.iter().flat_map(|id| [id.as_str(), "\n"]).collect();
        let mut file = open_append(&path).map_err(io_error("open", &path))?;
        file.write_all(lines.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(io_error("write", &path))?;
        // its own name is synced once
        if known { Ok(()) } else { sync_dir(&self.dir).map_err(io_error("sync", &self.dir)) }
    }

    /// Where the fields with this id are, relative to the store directory.
    pub(crate) fn relative(id: &str) -> String {
        format!("personal/{}/{id}", id.get(..2).unwrap_or_default())
    }

    /// Checks the file of an id, against a commitment from the record when there is one.
    pub(crate) fn check(&self, id: &str, commitment: Option<Digest>) -> Result<Fit, PersonalError> {
        let Ok(path) = self.path(id) else { return Ok(Fit::Absent) };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Fit::Absent),
            Err(error) => return Err(io_error("read", &path)(error)),
        };
        let Ok(kept) = serde_json::from_slice::<Kept>(&bytes) else { return Ok(Fit::Changed) };
        // Byte for byte: a flip that the reader would shrug off is a change too.
        let same = serde_json::to_vec(&kept).is_ok_and(|again| again == bytes) && kept.version == 1;
        let expected = commitment.unwrap_or(kept.commitment);
        let fits =
            same && kept.commitment == expected && commit(&kept.salt, &kept.fields) == expected;
        Ok(if fits { Fit::Fits } else { Fit::Changed })
    }

    /// Ids of everything kept, for a check of every file.
    pub(crate) fn all(&self) -> Result<Vec<String>, PersonalError> {
        let mut ids = Vec::new();
        for shard in names(&self.dir)? {
            if shard.len() == 2 {
                ids.extend(names(&self.dir.join(shard))?.into_iter().filter(|name| is_id(name)));
            }
        }
        Ok(ids)
    }

    /// Removes files that a crash left without their name: no record refers to them, yet they hold fields.
    fn remove_unnamed(&self) -> Result<(), PersonalError> {
        for shard in names(&self.dir)?.into_iter().filter(|name| name.len() == 2) {
            let shard = self.dir.join(shard);
            for name in
                names(&shard)?.into_iter().filter(|name| name.strip_suffix(".new").is_some())
            {
                wipe_file(&shard.join(name))?;
            }
        }
        Ok(())
    }

    fn remove(&self, id: &str) -> Result<(), PersonalError> {
        wipe_file(&self.path(id)?)
    }

    fn path(&self, id: &str) -> Result<PathBuf, PersonalError> {
        if !is_id(id) {
            return Err(PersonalError::NotAnId(id.chars().take(80).collect()));
        }
        Ok(self.dir.join(id.get(..2).unwrap_or_default()).join(id))
    }
}

/// Only what [`PersonalStore::put`] makes passes, so no id can name a path elsewhere.
fn is_id(id: &str) -> bool {
    id.len() == 65
        && id.bytes().enumerate().all(|(at, byte)| match at {
            SUBJECT_DIGITS => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

fn digits(digest: &Digest) -> String {
    digest.to_string().chars().take(SUBJECT_DIGITS).collect()
}

fn subject_digits(subject: &str) -> String {
    digits(&Digest::of([b"xiangyue/personal/subject/1".as_slice(), subject.as_bytes()]))
}

fn commit(salt: &Digest, fields: &BTreeMap<String, String>) -> Digest {
    let start = [b"xiangyue/personal/commitment/1".as_slice(), salt.0.as_slice()];
    let fields = fields.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
    Digest::of(start.into_iter().chain(fields))
}

fn random() -> Result<Digest, PersonalError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| PersonalError::Random(error.to_string()))?;
    Ok(Digest(bytes))
}
