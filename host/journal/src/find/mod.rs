//! Looking for one decision beside a running server: by its place, or from the newest backwards.
//!
//! Both read what was written, not only what was synced: a decision that was just answered is found.
//! Neither takes a lock; retention that overtakes a search ends it where the kept records end.

mod backwards;
mod page;
mod place;

use std::ops::ControlFlow;
use std::path::Path;

use self::backwards::Backwards;
pub use self::place::read_at;
use crate::anchor::Anchor;
use crate::error::{Finding, StoreError};
use crate::floor;
use crate::frame::{LogKind, Stored};
use crate::read::anchor_of;
use crate::walk::Walk;

const LOG: LogKind = LogKind::Decisions;

/// Shows every decision that is kept, checking it, until `each` breaks off; answers whether it did.
/// Holds at most two segments in memory. Backwards, the newest record of a chain is held only against
/// its own checksum: what digests it as well is checked by [`crate::verify()`] and by reading forwards.
///
/// # Errors
/// [`StoreError::Damaged`] where the log does not hold; what was shown before that held.
pub fn find_decision(
    dir: &Path,
    newest_first: bool,
    each: &mut dyn FnMut(&Stored) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, StoreError> {
    loop {
        let anchor = match anchor_of(dir, LOG, &mut Vec::new())? {
            Ok(Some(anchor)) => anchor,
            Ok(None) => return Ok(ControlFlow::Continue(())),
            Err(finding) => return Err(damaged(finding)),
        };
        if !newest_first {
            return forwards(dir, anchor, each);
        }
        let floor = floor::sound(dir, LOG)?;
        // Nothing was shown yet when retention overtook the search: it begins again.
        if let Some(flow) = Backwards::new(dir, anchor, floor).run(each)? {
            return Ok(flow);
        }
    }
}

fn forwards(
    dir: &Path,
    anchor: Anchor,
    each: &mut dyn FnMut(&Stored) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, StoreError> {
    let mut flow = ControlFlow::Continue(());
    let walk = Walk { anchor: Some(anchor), ..Walk::new(dir, LOG) };
    let walked = walk.run(&mut |stored| {
        flow = each(&stored);
        if flow.is_break() { Err("found".into()) } else { Ok(()) }
    });
    match walked {
        Err(StoreError::Stopped(_)) if flow.is_break() => Ok(flow),
        Err(error) => Err(error),
        Ok(walked) => match walked.broken(LOG, &anchor) {
            Some(finding) => Err(damaged(finding)),
            None => Ok(flow),
        },
    }
}

fn damaged(finding: Finding) -> StoreError {
    StoreError::Damaged(Box::new(finding))
}
