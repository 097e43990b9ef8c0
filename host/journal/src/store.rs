//! What a store of the record must do, whatever keeps the bytes.

use model::DivisionCode;

use crate::acks::Ticket;
use crate::error::{AppendError, Stop, StoreError};
use crate::frame::{Frame, Head, Stored};
use crate::heads::Position;

/// An append that has its place in the chain but is not yet safe.
#[derive(Debug)]
#[must_use = "an append is acknowledged only when its ticket says so"]
pub struct Appended {
    /// The chain's head with these records.
    pub head: Head,
    /// Records in the whole log before this append; with `position`, what an index needs to keep order.
    pub before: u64,
    /// Position of the log with this append.
    pub position: Position,
    /// Redeemed when the bytes survive a power cut.
    pub ticket: Ticket,
}

/// Append-only chains with compare-and-set; one chain per township, one for the district.
pub trait Store: Send + Sync {
    /// Where a chain stands, counting appends that are not yet safe.
    fn head(&self, chain: DivisionCode) -> Head;

    /// Where the log stands, counting appends that are not yet safe.
    fn position(&self) -> Position;

    /// A claim to everything appended so far, for whoever answers from it without appending.
    fn so_far(&self) -> Ticket;

    /// Appends frames to a chain, all or none of them, if the chain is at `expected`.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] when the chain has moved on; the others when nothing can be written.
    fn append(
        &self,
        chain: DivisionCode,
        expected: Head,
        frames: Vec<Frame>,
    ) -> Result<Appended, AppendError>;

    /// Reads every acknowledged record in log order, checking it again; answers the position reached.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the record does not hold, [`StoreError::Stopped`] when the callback ends it.
    fn scan(
        &self,
        each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
    ) -> Result<Position, StoreError>;
}
