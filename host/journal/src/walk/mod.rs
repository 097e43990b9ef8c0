//! Reading a log from its first byte: every checksum, link, number and group is checked on the way.

mod state;

use std::collections::BTreeMap;
use std::path::Path;

use model::DivisionCode;

use self::state::State;
use crate::anchor::Anchor;
use crate::error::{Finding, FindingCode, Stop, StoreError};
use crate::frame::{LogKind, Place, Stored};
use crate::heads::Heads;
use crate::segment;

/// What to read and how far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) log: LogKind,
    /// Largest body, bytes.
    pub(crate) body_max: u32,
    /// Stop once so many records are read.
    pub(crate) records_max: u64,
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

impl Walk<'_> {
    /// Walks the log; `each` sees only records of whole groups.
    pub(crate) fn run(
        self,
        each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
    ) -> Result<Walked, StoreError> {
        let mut state = State {
            walk: self,
            heads: Heads::default(),
            end: Place { segment: 1, offset: 0 },
            places: BTreeMap::new(),
            group: Vec::new(),
            read: Heads::default(),
            anchored: false,
            last: None,
        };
        let defect = state.segments(each)?;
        let torn = || state.group.first().map(|frame| self.torn(frame));
        let defect = defect.or_else(torn);
        Ok(Walked {
            heads: state.heads,
            end: state.end,
            defect,
            anchored: state.anchored,
            last: state.last,
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
        let file = segment::relative(self.log, place.segment);
        Finding {
            code,
            file,
            offset: place.offset,
            chain: None,
            seq: None,
            message: message.into(),
        }
    }
}
