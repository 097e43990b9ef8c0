//! The shape of every write: what is asked of the policies, then what changes.

use std::collections::BTreeSet;

use journal::PersonalStore;
use model::{
    CivilDay, Decision, Digest, DivisionCode, Entity, Minute, Record, Refusal, RefusalKind,
};
use package::Edition;
use serde::Serialize;

use crate::about::About;
use crate::gather::Cited;
use crate::record::Effect;
use crate::row::{Personal, RunReceipt};
use crate::snapshot::Snapshot;
use crate::state::State;

/// The natural person a request speaks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// Person id, established by the token.
    pub person: String,
}

/// What an operation may look at while it is planned.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The folded record.
    pub state: &'a State,
    /// The rules.
    pub snapshot: &'a Snapshot,
    /// Ids of personal fields, for erasure.
    pub personal: &'a PersonalStore,
    /// The edition in force today for what the act is about.
    pub edition: &'a Edition,
    /// The time.
    pub now: Minute,
    /// Who asks.
    pub caller: &'a Caller,
    /// Digest of the idempotency key; ids of derived records come from it.
    pub seed: Digest,
}

impl View<'_> {
    /// Today's civil day.
    pub fn today(&self) -> CivilDay {
        self.now.day()
    }

    /// A code that the district knows and that is a village.
    ///
    /// # Errors
    /// `UNKNOWN_DIVISION` when it is not in the district's table, `NOT_A_VILLAGE` when it is no village.
    pub fn village(&self, code: DivisionCode) -> Result<DivisionCode, Refusal> {
        if self.snapshot.package.divisions().get(code).is_none() {
            return Err(unknown_division(code));
        }
        if code.level() != model::DivisionLevel::Village {
            return Err(Refusal::new(
                RefusalKind::Invalid,
                "NOT_A_VILLAGE",
                format!("`{code}` is not a village unit; give the twelve digits of a village"),
                format!("{code} 不是村（社区）代码。"),
                "请填写村（社区）的12位代码。",
            ));
        }
        Ok(code)
    }

    /// A sequence number that follows the ids already given: one more than the largest used.
    pub fn next_number<'a>(&self, ids: impl Iterator<Item = &'a String>) -> u64 {
        let last =
            ids.filter_map(|id| id.rsplit('-').next()?.parse::<u64>().ok()).max().unwrap_or(0);
        last.saturating_add(1)
    }
}

/// `UNKNOWN_DIVISION`.
pub fn unknown_division(code: impl std::fmt::Display) -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "UNKNOWN_DIVISION",
        format!(
            "division code `{code}` is not in this district; see `divisions.csv` of the package"
        ),
        format!("本市没有代码为 {code} 的镇街或村（社区）。"),
        "请核对12位区划代码，可在首页查到本市全部代码。",
    )
}

/// What the policies are asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Cedar action.
    pub action: &'static str,
    /// The thing acted upon: stored, or the candidate that would be stored.
    pub resource: Entity,
    /// Where it lies.
    pub place: DivisionCode,
    /// What the caller cites.
    pub cited: Cited,
    /// Action-specific context, gathered from the record.
    pub context: Record,
}

/// The post under which the act was allowed.
#[derive(Clone, Debug, Default)]
pub struct Acting {
    /// Post id, or empty for a resident.
    pub post: String,
    /// The decision.
    pub decision: Option<Decision>,
    /// Digest of the facts it was reached over.
    pub facts: Digest,
    /// Decision id, also the act's.
    pub id: String,
}

/// Personal fields that go to the side store before the act is recorded.
#[derive(Clone, Debug)]
pub struct PersonalFields {
    /// Whose.
    pub subject: String,
    /// The fields.
    pub fields: std::collections::BTreeMap<String, String>,
}

/// What changes when the act goes through.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Changes, in order.
    pub effects: Vec<Effect>,
    /// The answer to the caller.
    pub reply: serde_json::Value,
    /// Rule runs behind the effects.
    pub runs: Vec<RunReceipt>,
    /// Subjects whose side records are erased once the act is safe.
    pub erases: BTreeSet<String>,
}

/// The chain of a place: its township's, or the district's.
pub(crate) fn chain_of(place: DivisionCode) -> DivisionCode {
    if place.level() == model::DivisionLevel::County { place } else { place.township() }
}

/// One kind of write. `ask` and `plan` read, never write; the engine records.
pub trait Operation: Serialize {
    /// Name in the journal and in the digest of the body.
    const NAME: &'static str;

    /// The kind of clue that a refusal by the policies leaves; none for most acts.
    const CLUE: Option<&'static str> = None;

    /// What the act is about: the edition that answers there is the one it is under.
    fn about<'a>(&self, state: &'a State) -> About<'a>;

    /// The chain the act is recorded on, a township's or the district's, where the input alone tells: there the
    /// act may change what it names, and a retry has to meet its own key. Else it is that of the question's place.
    ///
    /// # Errors
    /// When the place cannot be found.
    fn chain(&self, _view: &View<'_>) -> Result<Option<DivisionCode>, Refusal> {
        Ok(None)
    }

    /// What the policies are asked.
    ///
    /// # Errors
    /// When the input names something that does not exist or cannot be used.
    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal>;

    /// Figures and names behind a refusal with this code (`@code` of the policy that forbids), which the fixed
    /// text of a policy cannot hold: in English and in Chinese.
    fn told(&self, _view: &View<'_>, _code: &str) -> Option<(String, String)> {
        None
    }

    /// Personal fields to put aside; their references reach `plan`.
    fn personal(&self, _view: &View<'_>) -> Vec<PersonalFields> {
        Vec::new()
    }

    /// What changes, once the policies have allowed the act.
    ///
    /// # Errors
    /// When the record, a rule or a balance does not allow it.
    fn plan(
        &self,
        view: &View<'_>,
        acting: &Acting,
        personal: &[Personal],
    ) -> Result<Plan, Refusal>;
}
