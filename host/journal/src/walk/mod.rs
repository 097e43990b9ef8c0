//! Reading a log from its first byte: every checksum, link, number and group is checked on the way.

mod links;
mod state;

use std::path::Path;

use model::DivisionCode;

use self::state::State;
use crate::anchor::Anchor;
use crate::error::{Finding, FindingCode, Stop, StoreError};
use crate::floor::Floor;
use crate::frame::{LogKind, Place, Stored};
use crate::heads::Heads;
use crate::segment;

/// What to read and how far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) log: LogKind,
    /// Stop once so many records are read, those below the floor among them.
    pub(crate) records_max: u64,
    /// Stop before this segment.
    pub(crate) before_segment: u64,
    /// Checked when the walk reaches its record count.
    pub(crate) anchor: Option<Anchor>,
}

/// How far a walk came.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) heads: Heads,
    /// End of the last whole group.
    pub(crate) end: Place,
    /// Why the walk ended, unless it came to unused space.
    pub(crate) defect: Option<Finding>,
    /// Whether the log reached the anchor's record count with the anchor's digest.
    pub(crate) anchored: bool,
    /// Chain and number of the last record.
    pub(crate) last: Option<(DivisionCode, u64)>,
    /// What the log stands on.
    pub(crate) floor: Floor,
}

impl Walked {
    /// What is wrong within the acknowledged part, if anything.
    pub(crate) fn broken(&self, log: LogKind, anchor: &Anchor) -> Option<Finding> {
        if self.anchored {
            return None;
        }
        let counts = format!(
            "{} records hold up to here, {} were acknowledged",
            self.heads.records(),
            anchor.position.records
        );
        let Some(defect) = self.defect.clone() else {
            return Some(Finding {
                code: FindingCode::LostTail,
                file: segment::relative(log, self.end.segment),
                offset: self.end.offset,
                chain: anchor.last_chain,
                seq: Some(anchor.last_seq),
                message: format!(
                    "the record ends here; {counts}, the last of them is the one named"
                ),
            });
        };
        let message = format!("{}; {counts}", defect.message);
        Some(Finding {
            chain: defect.chain.or(anchor.last_chain),
            seq: defect.seq.or(Some(anchor.last_seq)),
            message,
            ..defect
        })
    }
}

impl<'a> Walk<'a> {
    /// A walk over the whole log, held against nothing outside it.
    pub(crate) fn new(dir: &'a Path, log: LogKind) -> Self {
        Self { dir, log, records_max: u64::MAX, before_segment: u64::MAX, anchor: None }
    }

    /// Walks the log from its floor; `each` sees only records of whole groups.
    pub(crate) fn run(
        self,
        each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
    ) -> Result<Walked, StoreError> {
        let mut state = State::new(self);
        let defect = state.segments(each)?;
        let torn = || state.group.first().map(|frame| self.torn(frame));
        let defect = defect.or_else(torn);
        Ok(Walked {
            heads: state.heads,
            end: state.end,
            defect,
            anchored: state.anchored,
            last: state.last,
            floor: state.floor,
        })
    }

    fn torn(&self, first: &Stored) -> Finding {
        let finding = self.finding(
            FindingCode::LostTail,
            first.place,
            "the frames of this append are incomplete",
        );
        Finding { chain: Some(first.chain), seq: Some(first.seq), ..finding }
    }

    fn finding(&self, code: FindingCode, place: Place, message: impl Into<String>) -> Finding {
        Finding::at(self.log, place, code, message)
    }
}
