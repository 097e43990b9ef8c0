//! Everything the record says, folded into memory: rows, balances, keys. Rebuilt from the journal,
//! or loaded from the index when that is known to stand at the same position.

mod table;

use imbl::{OrdMap, OrdSet};
use ledger::{Account, Book, Entry, EntryState, LedgerRefusal, Redemption, Unit};
use model::{Digest, DivisionCode, Minute};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use table::{Built, Row, Slot, Table, Written};

use crate::record::{Act, Effect};
use crate::row::{
    Clue, Delegation, Event, Finding, Household, Kept, Matter, Meeting, Person, Post, Round, Sign,
    Task,
};

macro_rules! rows {
    ($($kind:ty: $table:literal by $field:ident),* $(,)?) => {
        $(impl Row for $kind {
            const TABLE: &'static str = $table;
            fn key(&self) -> String { self.$field.clone() }
        })*
    };
}

rows! {
    Person: "person" by id, Post: "post" by id, Household: "household" by id, Meeting: "meeting" by id,
    Matter: "matter" by id, Delegation: "delegation" by id, Task: "task" by id, Clue: "clue" by id, Sign: "sign" by id, Round: "round" by id,
    Finding: "finding" by id, Kept: "kept" by id,
    Entry: "entry" by id, KeyRow: "key" by key,
    BalanceRow: "balance" by key, TransactionRow: "transaction" by id, ErasedRow: "erased" by id,
}

impl Row for Event {
    const TABLE: &'static str = "event";
    fn key(&self) -> String {
        event_key(self.village, &self.id)
    }
}

impl Row for Redemption {
    const TABLE: &'static str = "redemption";
    fn key(&self) -> String {
        self.order.id.clone()
    }
}

/// The key of an event: ids are unique within a village.
pub fn event_key(village: DivisionCode, id: &str) -> String {
    format!("{village}/{id}")
}

/// An idempotency key that was used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyRow {
    /// `<chain>/<key>`.
    pub key: String,
    /// Digest of who asked what.
    pub body: Digest,
    /// What was answered.
    pub reply: serde_json::Value,
}

/// A balance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BalanceRow {
    /// `<unit>/<account>`.
    pub key: String,
    /// Amount in the unit.
    pub amount: i64,
}

/// A transaction that was applied.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TransactionRow {
    /// Its id.
    pub id: String,
    /// Digest of its content.
    pub content: Digest,
}

/// A side record that was erased on purpose.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErasedRow {
    /// Side-store id.
    pub id: String,
    /// Whose it was.
    pub subject: String,
}

/// Why a recorded act cannot be applied; never seen unless the record or the program is wrong.
#[derive(Debug, Error)]
pub enum StateError {
    /// A transaction in the record breaks a rule of the ledger.
    #[error("act `{act}` moves what the ledger does not allow: {source}")]
    Ledger {
        /// Act id.
        act: String,
        /// The ledger's answer.
        source: LedgerRefusal,
    },
    /// A row in the index cannot be read; the index is rebuilt from the journal.
    #[error("the index holds an unreadable `{table}` row; it will be rebuilt")]
    Row {
        /// Table name.
        table: String,
    },
}

/// The folded record.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Persons by id.
    pub persons: Table<Person>,
    /// Posts by `<holder>/<role>`.
    pub posts: Table<Post>,
    /// Households by id.
    pub households: Table<Household>,
    /// Meeting records by id.
    pub meetings: Table<Meeting>,
    /// Matters by id.
    pub matters: Table<Matter>,
    /// Delegations by id.
    pub delegations: Table<Delegation>,
    /// Tasks by id.
    pub tasks: Table<Task>,
    /// Traces of refused acts by id.
    pub clues: Table<Clue>,
    /// Signs by id.
    pub signs: Table<Sign>,
    /// Events by `<village>/<id>`.
    pub events: Table<Event>,
    /// Rounds by id.
    pub rounds: Table<Round>,
    /// Findings by `<subject>/<scheme>/<period>`.
    pub findings: Table<Finding>,
    /// What rules keep, by `<subject>/<scheme>/<period>`.
    pub kept: Table<Kept>,
    /// Entries by id.
    pub entries: Table<Entry>,
    /// Redemptions by id.
    pub redemptions: Table<Redemption>,
    /// Used idempotency keys.
    pub keys: Table<KeyRow>,
    /// Erased side records.
    pub erased: Table<ErasedRow>,
    /// Balances.
    pub book: Book,
    /// Where the manual clock stood last.
    pub clock: Option<Minute>,
    /// Records of the journal that are folded in.
    pub version: u64,
    events_by_group: OrdMap<(String, String), OrdSet<String>>,
    entries_by_claim: OrdMap<String, OrdSet<String>>,
    entries_by_subject: OrdMap<String, OrdSet<String>>,
    proposed_by_village: OrdMap<DivisionCode, OrdSet<String>>,
}

impl State {
    /// Applies one recorded act and returns the rows it wrote.
    ///
    /// # Errors
    /// [`StateError::Ledger`] when a recorded movement is not lawful bookkeeping.
    pub fn apply(&mut self, chain: DivisionCode, act: &Act) -> Result<Vec<Written>, StateError> {
        let mut written = Vec::new();
        for effect in &act.effects {
            self.apply_effect(&act.id, effect, &mut written)?;
        }
        if let Some(key) = &act.key {
            let row = KeyRow {
                key: format!("{chain}/{}", key.key),
                body: key.body,
                reply: act.reply.clone(),
            };
            self.keys.put(row, &mut written);
        }
        Ok(written)
    }

    fn apply_effect(
        &mut self,
        act: &str,
        effect: &Effect,
        written: &mut Vec<Written>,
    ) -> Result<(), StateError> {
        match effect {
            Effect::Person(row) => self.persons.put(row.clone(), written),
            Effect::Post(row) => self.posts.put(row.clone(), written),
            Effect::Households(rows) => {
                for row in rows {
                    self.households.put(row.clone(), written);
                }
            }
            Effect::Meeting(row) => self.meetings.put(row.clone(), written),
            Effect::Matter(row) => self.matters.put(row.clone(), written),
            Effect::Delegation(row) => self.delegations.put(row.clone(), written),
            Effect::Task(row) => self.tasks.put(row.clone(), written),
            Effect::Clue(row) => self.clues.put(row.clone(), written),
            Effect::Sign(row) => self.signs.put(row.clone(), written),
            Effect::Round(row) => self.rounds.put(row.clone(), written),
            Effect::Findings(rows) => {
                for row in rows {
                    self.findings.put(row.clone(), written);
                }
            }
            Effect::Kept(row) => self.kept.put(row.clone(), written),
            Effect::Redemption(row) => self.redemptions.put(row.clone(), written),
            Effect::Events(rows) => {
                for row in rows {
                    self.note_event(row);
                    self.events.put(row.clone(), written);
                }
            }
            Effect::Entry(row) => {
                self.note_entry(row);
                self.entries.put(row.clone(), written);
            }
            Effect::Move(transaction) => {
                self.book
                    .apply(transaction)
                    .map_err(|source| StateError::Ledger { act: act.to_owned(), source })?;
                self.write_balances(transaction, written);
            }
            Effect::Erased { subject, ids } => {
                for id in ids {
                    self.erased
                        .put(ErasedRow { id: id.clone(), subject: subject.clone() }, written);
                }
                if let Some(person) = self.persons.get(subject).cloned() {
                    self.persons.put(Person { personal: None, ..person }, written);
                }
            }
            Effect::Clock(to) => {
                self.clock = Some(*to);
                let row = BalanceRow { key: CLOCK_KEY.to_owned(), amount: to.0 };
                written.push(Written {
                    table: CLOCK_TABLE,
                    key: row.key.clone(),
                    value: table::json(&row),
                });
            }
        }
        Ok(())
    }

    fn write_balances(&self, transaction: &ledger::Transaction, written: &mut Vec<Written>) {
        for (unit, account, amount) in self.book.touched(transaction) {
            let row = BalanceRow { key: format!("{} {account}", unit.name()), amount };
            written.push(Written {
                table: BalanceRow::TABLE,
                key: row.key.clone(),
                value: table::json(&row),
            });
        }
        let row = TransactionRow { id: transaction.id.clone(), content: transaction.digest() };
        written.push(Written {
            table: TransactionRow::TABLE,
            key: row.id.clone(),
            value: table::json(&row),
        });
    }

    fn note_event(&mut self, row: &Event) {
        let group = if row.round.is_empty() { row.subject.clone() } else { row.round.clone() };
        self.events_by_group.entry((row.scheme.clone(), group)).or_default().insert(row.key());
    }

    fn note_entry(&mut self, row: &Entry) {
        self.entries_by_claim.entry(row.claim.clone()).or_default().insert(row.id.clone());
        self.entries_by_subject.entry(row.subject.clone()).or_default().insert(row.id.clone());
        let proposed = self.proposed_by_village.entry(row.village).or_default();
        if row.state == EntryState::Proposed {
            proposed.insert(row.id.clone());
        } else {
            proposed.remove(&row.id);
        }
    }

    /// Puts one row that came from the index.
    ///
    /// # Errors
    /// [`StateError::Row`] when it cannot be read.
    pub fn load_row(&mut self, table: &str, value: &[u8]) -> Result<(), StateError> {
        fn read<T: Row>(table: &str, value: &[u8]) -> Result<T, StateError> {
            serde_json::from_slice(value).map_err(|_| StateError::Row { table: table.to_owned() })
        }
        match table {
            Person::TABLE => self.persons.load(read(table, value)?),
            Post::TABLE => self.posts.load(read(table, value)?),
            Household::TABLE => self.households.load(read(table, value)?),
            Meeting::TABLE => self.meetings.load(read(table, value)?),
            Matter::TABLE => self.matters.load(read(table, value)?),
            Delegation::TABLE => self.delegations.load(read(table, value)?),
            Task::TABLE => self.tasks.load(read(table, value)?),
            Clue::TABLE => self.clues.load(read(table, value)?),
            Sign::TABLE => self.signs.load(read(table, value)?),
            Round::TABLE => self.rounds.load(read(table, value)?),
            Finding::TABLE => self.findings.load(read(table, value)?),
            Kept::TABLE => self.kept.load(read(table, value)?),
            Redemption::TABLE => self.redemptions.load(read(table, value)?),
            KeyRow::TABLE => self.keys.load(read(table, value)?),
            ErasedRow::TABLE => self.erased.load(read(table, value)?),
            Event::TABLE => {
                let row: Event = read(table, value)?;
                self.note_event(&row);
                self.events.load(row);
            }
            Entry::TABLE => {
                let row: Entry = read(table, value)?;
                self.note_entry(&row);
                self.entries.load(row);
            }
            BalanceRow::TABLE => {
                let row: BalanceRow = read(table, value)?;
                let unreadable = || StateError::Row { table: table.to_owned() };
                let (unit, account) = row.key.split_once(' ').ok_or_else(unreadable)?;
                let unit =
                    Unit::ALL.into_iter().find(|u| u.name() == unit).ok_or_else(unreadable)?;
                let account = Account::parse(account).map_err(|_| unreadable())?;
                self.book.restore_balance(account, unit, row.amount);
            }
            TransactionRow::TABLE => {
                let row: TransactionRow = read(table, value)?;
                self.book.restore_transaction(row.id, row.content);
            }
            CLOCK_TABLE => self.clock = Some(Minute(read::<BalanceRow>(table, value)?.amount)),
            _ => return Err(StateError::Row { table: table.to_owned() }),
        }
        Ok(())
    }

    /// The same with what was built of them.
    pub fn post_slots<'s>(
        &'s self,
        person: &str,
    ) -> impl Iterator<Item = &'s std::sync::Arc<Slot<Post>>> + use<'s> {
        self.posts.slots_starting_with(&format!("{person}/"))
    }

    /// Posts a person holds or held, in role order.
    pub fn posts_of(&self, person: &str) -> Vec<&Post> {
        self.posts.starting_with(&format!("{person}/")).collect()
    }

    /// Events of a scheme for one round, or for one subject where the scheme has no rounds, by key.
    pub fn events_in(&self, scheme: &str, group: &str) -> impl Iterator<Item = &Event> {
        let keys = self.events_by_group.get(&(scheme.to_owned(), group.to_owned()));
        keys.into_iter().flatten().filter_map(|key| self.events.get(key))
    }

    /// Events of a scheme in one village, whatever they are grouped by.
    pub fn events_at(&self, scheme: &str, village: DivisionCode) -> impl Iterator<Item = &Event> {
        let village = village.to_string();
        let from = (scheme.to_owned(), village.clone());
        let groups = self.events_by_group.range(from..).take_while({
            let scheme = scheme.to_owned();
            move |((of, group), _)| *of == scheme && group.starts_with(&village)
        });
        groups.flat_map(|(_, keys)| keys).filter_map(|key| self.events.get(key))
    }

    /// Entries of one claim, oldest id first.
    pub fn entries_of_claim<'a>(&'a self, claim: &str) -> impl Iterator<Item = &'a Entry> {
        self.entries_by_claim.get(claim).into_iter().flatten().filter_map(|id| self.entries.get(id))
    }

    /// Entries of one village that wait for review, by id.
    pub fn proposed_in(&self, village: DivisionCode) -> impl Iterator<Item = &Entry> {
        let ids = self.proposed_by_village.get(&village);
        ids.into_iter().flatten().filter_map(|id| self.entries.get(id))
    }

    /// Entries of one subject.
    pub fn entries_of_subject<'a>(&'a self, subject: &str) -> impl Iterator<Item = &'a Entry> {
        self.entries_by_subject
            .get(subject)
            .into_iter()
            .flatten()
            .filter_map(|id| self.entries.get(id))
    }
}

/// Tables the index holds.
pub const TABLES: [&str; 20] = [
    "person",
    "post",
    "household",
    "meeting",
    "matter",
    "delegation",
    "task",
    "clue",
    "sign",
    "round",
    "finding",
    "kept",
    "entry",
    "redemption",
    "key",
    "balance",
    "transaction",
    "erased",
    "event",
    CLOCK_TABLE,
];
const CLOCK_TABLE: &str = "clock";
const CLOCK_KEY: &str = "manual";
