//! Opening a log: read it to its end, hold it against the anchor, cut what was never acknowledged.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::anchor::{self, Anchor, AnchorWriter};
use crate::disk::{Disk, FileRole, make_dir, open_rw, sync_dir};
use crate::error::{Finding, FindingCode, StoreError};
use crate::frame::{LogKind, Place};
use crate::heads::{Heads, Position};
use crate::segment;
use crate::walk::{Walk, Walked};

/// What opening found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recovery {
    /// Where the log stands.
    pub position: Position,
    /// What the anchor said was acknowledged.
    pub acknowledged: Position,
    /// The torn write behind the last whole append that was cut off, if there was one; it was never acknowledged.
    pub cut: Option<Finding>,
    /// Segments removed because a retention was interrupted before it came to them.
    pub retired: u64,
}

/// A log ready to be written behind its end.
pub(crate) struct Opened {
    pub(crate) heads: Heads,
    pub(crate) end: Place,
    pub(crate) file: File,
    /// Length of the segment in use.
    pub(crate) capacity: u64,
    pub(crate) anchor: AnchorWriter,
    /// The anchor as written at open.
    pub(crate) anchored: Anchor,
    pub(crate) recovery: Recovery,
}

/// Opens one log of a store directory that this process has locked.
pub(crate) fn open(
    dir: &Path,
    log: LogKind,
    segment_bytes: u64,
    disk: &Arc<dyn Disk>,
) -> Result<Opened, StoreError> {
    make_dir(&dir.join(log.folder()))?;
    let known = known_anchor(dir, log)?;
    let before = known.unwrap_or_default();
    let walk = Walk { anchor: Some(before), ..Walk::new(dir, log) };
    let walked = walk.run(&mut |_| Ok(()))?;
    if let Some(finding) = walked.broken(log, &before) {
        return Err(StoreError::Damaged(Box::new(finding)));
    }
    let mut writer = open_anchor(dir, log, before)?;
    let anchored = Anchor { end: walked.end, position: walked.heads.position(), ..before };
    if known.is_none() {
        // The first anchor is there before the first segment, so segments without an anchor mean a lost anchor.
        keep_anchor(&mut writer, disk, anchored, dir, log)?;
    }
    let retired = retire(dir, log, walked.floor.segment, disk.as_ref())?;
    let (file, capacity) = tidy(dir, log, &walked, &before, segment_bytes, disk)?;
    let last = walked.last.or(before.last_chain.map(|chain| (chain, before.last_seq)));
    let anchored = Anchor {
        last_chain: last.map(|(chain, _)| chain),
        last_seq: last.map_or(0, |(_, seq)| seq),
        ..anchored
    };
    keep_anchor(&mut writer, disk, anchored, dir, log)?;
    if let Some(cut) = &walked.defect {
        tracing::warn!(%cut, "bytes behind the last acknowledged record were cut off; they were never acknowledged");
    }
    let recovery = Recovery {
        position: anchored.position,
        acknowledged: before.position,
        cut: walked.defect,
        retired,
    };
    Ok(Opened {
        heads: walked.heads,
        end: walked.end,
        file,
        capacity,
        anchor: writer,
        anchored,
        recovery,
    })
}

fn known_anchor(dir: &Path, log: LogKind) -> Result<Option<Anchor>, StoreError> {
    let slots = anchor::read(&dir.join(log.anchor()))?;
    let segments = segment::list(dir, log)?;
    if slots.newest.is_none() && (slots.damaged > 0 || !segments.is_empty()) {
        return Err(StoreError::Damaged(Box::new(anchor_missing(log))));
    }
    if slots.damaged > 0 {
        tracing::warn!(
            log = log.folder(),
            "one slot of the anchor cannot be read; the other one is used"
        );
    }
    Ok(slots.newest)
}

pub(crate) fn anchor_missing(log: LogKind) -> Finding {
    Finding {
        code: FindingCode::AnchorMissing,
        file: log.anchor().to_owned(),
        offset: 0,
        chain: None,
        seq: None,
        message: "there are segments but no readable anchor; a cut tail could not be seen"
            .to_owned(),
    }
}

fn open_anchor(dir: &Path, log: LogKind, before: Anchor) -> Result<AnchorWriter, StoreError> {
    let path = dir.join(log.anchor());
    let file = open_rw(&path, true).map_err(StoreError::io("open the anchor", &path))?;
    Ok(AnchorWriter { file, generation: before.generation })
}

fn keep_anchor(
    writer: &mut AnchorWriter,
    disk: &Arc<dyn Disk>,
    anchor: Anchor,
    dir: &Path,
    log: LogKind,
) -> Result<(), StoreError> {
    let path = dir.join(log.anchor());
    let parent = path.parent().unwrap_or(dir);
    writer
        .write(disk.as_ref(), anchor)
        .and_then(|()| disk.sync(&writer.file, FileRole::Anchor))
        .and_then(|()| writer.file.sync_all())
        .and_then(|()| sync_dir(parent))
        .map_err(StoreError::io("write the anchor", &path))
}

/// Removes the segments below a log's floor; answers how many there were.
pub(crate) fn retire(
    dir: &Path,
    log: LogKind,
    from: u64,
    disk: &dyn Disk,
) -> Result<u64, StoreError> {
    let mut below = segment::list(dir, log)?;
    below.retain(|number| *number < from);
    if below.is_empty() {
        return Ok(0);
    }
    let folder = dir.join(log.folder());
    let sync = || disk.sync_dir(&folder).map_err(StoreError::io("sync the directory", &folder));
    // The floor's name first: a crash may have come between giving it and syncing it.
    sync()?;
    for number in &below {
        let path = segment::path(dir, log, *number);
        disk.remove(&path).map_err(StoreError::io("remove", &path))?;
    }
    sync()?;
    Ok(u64::try_from(below.len()).unwrap_or(u64::MAX))
}

/// Leaves the segment in use clean behind its end and every adopted byte safe.
fn tidy(
    dir: &Path,
    log: LogKind,
    walked: &Walked,
    before: &Anchor,
    segment_bytes: u64,
    disk: &Arc<dyn Disk>,
) -> Result<(File, u64), StoreError> {
    let end = walked.end;
    let path = segment::path(dir, log, end.segment);
    for number in segment::list(dir, log)? {
        let other = segment::path(dir, log, number);
        if number > end.segment {
            // A spare: nothing acknowledged is in it, and it is made anew when it is needed.
            std::fs::remove_file(&other).map_err(StoreError::io("remove", &other))?;
        } else if number >= before.end.segment {
            // Whole appends behind the anchor are kept, so they must be as safe as acknowledged ones.
            File::open(&other)
                .and_then(|file| file.sync_all())
                .map_err(StoreError::io("sync", &other))?;
        }
    }
    let folder = dir.join(log.folder());
    sync_dir(&folder).map_err(StoreError::io("sync the directory", &folder))?;
    let length = match std::fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let made =
                segment::make(disk.as_ref(), dir, log, end.segment, segment_bytes, Duration::ZERO);
            return made
                .map(|file| (file, segment_bytes))
                .map_err(StoreError::io("make the segment", &path));
        }
        Err(error) => return Err(StoreError::io("read", &path)(error)),
    };
    let capacity = length.max(segment_bytes);
    if walked.defect.is_some() || length < segment_bytes {
        segment::cut(&path, end.offset, capacity).map_err(StoreError::io("cut", &path))?;
    }
    let file = open_rw(&path, false).map_err(StoreError::io("open", &path))?;
    Ok((file, capacity))
}
