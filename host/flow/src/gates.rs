//! The further terms of a step and what of a matter's record they look at: publication, questions,
//! prices, joint supervision, bands of amounts. Inert data; `holds` compares the two.

use std::collections::{BTreeMap, BTreeSet};

use model::CivilDay;

/// What price a step puts on record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Price {
    /// 评审价: binds the contract.
    Review,
    /// 合同价, not above the reviewed price.
    AtMost,
    /// 合同价, not below the reviewed floor price.
    AtLeast,
    /// 合同价 without a reviewed price beside it.
    Contract,
    /// 变更后的合同价.
    Change,
}

/// An organ that signs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organ {
    /// Role of its officers.
    pub role: String,
    /// Title in the reader's language.
    pub title: String,
}

/// Joint supervision x+X, for one matter: the organ by project is among the mandatory ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Joint {
    /// How many organs must have signed.
    pub needed: i64,
    /// Organs that must sign.
    pub mandatory: Vec<Organ>,
    /// Organs that may sign.
    pub optional: Vec<Organ>,
}

impl Joint {
    /// Every organ that may sign.
    pub fn organs(&self) -> impl Iterator<Item = &Organ> {
        self.mandatory.iter().chain(&self.optional)
    }
}

/// The further terms of a step; the default asks for nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Gate {
    /// Its result must be published before any further step.
    pub discloses: bool,
    /// The price it puts on record.
    pub price: Option<Price>,
    /// It waits for a reviewed price.
    pub needs_review: bool,
    /// Who must have signed before it.
    pub joint: Option<Joint>,
    /// It ratifies what was done first; late it is a violation.
    pub ratifies: bool,
}

/// An amount band; its lower edge is the upper edge of the band before and belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Band {
    /// Title in the reader's language.
    pub title: String,
    /// The body that decides in it.
    pub body: String,
    /// Upper edge in cents, which no longer belongs to it; none for the last band.
    pub below: Option<i64>,
}

impl Band {
    /// The upper edge; the largest number there is where the band has none.
    pub fn edge(&self) -> i64 {
        self.below.unwrap_or(i64::MAX)
    }
}

/// The band an amount lies in with its lower edge; none where the item has no band for it.
pub fn band_of(bands: &[Band], cents: i64) -> Option<(i64, &Band)> {
    let mut lower = 0;
    for band in bands {
        if cents < band.edge() || band.below.is_none() {
            return Some((lower, band));
        }
        lower = band.edge();
    }
    None
}

/// A written question of the supervision committee, or an objection to a publication.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// Number within the matter, from 1.
    pub number: i64,
    /// The publication objected to; none for a question, which stops the whole matter.
    pub step: Option<String>,
    /// When.
    pub day: CivilDay,
    /// Whether it was answered.
    pub answered: bool,
}

/// One signature of joint supervision.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SignOff {
    /// The step it opens.
    pub step: String,
    /// Role under which it was given.
    pub role: String,
    /// Who signed.
    pub by: String,
}

/// What stands on a matter's record beside the steps taken.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Beside {
    /// Amount of the matter, in cents.
    pub amount_cents: i64,
    /// Amount of all matters of the same site within the window, this one included.
    pub linked_cents: i64,
    /// Steps whose result was published.
    pub published: BTreeSet<String>,
    /// Prices put on record, in cents, by step.
    pub prices: BTreeMap<String, i64>,
    /// Questions and objections.
    pub queries: Vec<Query>,
    /// Signatures of joint supervision.
    pub signed: Vec<SignOff>,
    /// Codes of holds that a supervisor has let pass, with a reason on record.
    pub passed: BTreeSet<String>,
}

impl Beside {
    /// Questions that are not answered.
    pub fn open_questions(&self) -> impl Iterator<Item = &Query> {
        self.queries.iter().filter(|q| q.step.is_none() && !q.answered)
    }

    /// Organs that signed for a step, each once.
    pub(crate) fn roles_signed(&self, step: &str) -> BTreeSet<&str> {
        self.signed.iter().filter(|s| s.step == step).map(|s| s.role.as_str()).collect()
    }
}
