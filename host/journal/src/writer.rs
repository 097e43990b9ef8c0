//! Writing groups behind the end of a log, moving to the next segment when one is full.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use model::{DivisionCode, Minute};

use crate::anchor::{Anchor, AnchorWriter};
use crate::disk::{Disk, FileRole};
use crate::frame::{Content, Group, Head, LogKind, Place, countdown, put};
use crate::heads::{Heads, Position};
use crate::keeper::Spares;
use crate::recover::Opened;
use crate::segment::{SEAL, Seal};

/// Capacity that the buffer keeps between writes, bytes.
const BUFFER_KEPT: usize = 1024 * 1024;

/// Records of one append to one chain.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub(crate) kind: u16,
    pub(crate) recorded_at: Minute,
    pub(crate) bodies: &'a [&'a [u8]],
}

/// The writing end of a log; one owner.
pub(crate) struct LogWriter {
    disk: Arc<dyn Disk>,
    log: LogKind,
    spares: Arc<Spares>,
    file: File,
    end: Place,
    capacity: u64,
    heads: Heads,
    anchor: AnchorWriter,
    last: Option<(DivisionCode, u64)>,
    /// Full segments that were not synced since their last byte.
    unsynced: Vec<File>,
    buffer: Vec<u8>,
}

impl LogWriter {
    /// Takes over an opened log and asks for its next segment.
    pub(crate) fn new(
        opened: Opened,
        disk: Arc<dyn Disk>,
        dir: &Path,
        log: LogKind,
        segment_bytes: u64,
    ) -> Self {
        let spares = Arc::new(Spares::new(Arc::clone(&disk), dir.to_owned(), log, segment_bytes));
        spares.want(opened.end.segment.saturating_add(1));
        let last = opened.anchored.last_chain.map(|chain| (chain, opened.anchored.last_seq));
        Self {
            disk,
            log,
            spares,
            file: opened.file,
            end: opened.end,
            capacity: opened.capacity,
            heads: opened.heads,
            anchor: opened.anchor,
            last,
            unsynced: Vec::new(),
            buffer: Vec::new(),
        }
    }

    pub(crate) fn spares(&self) -> Arc<Spares> {
        Arc::clone(&self.spares)
    }

    pub(crate) fn anchor_file(&self) -> io::Result<File> {
        self.anchor.file.try_clone()
    }

    pub(crate) fn heads(&self) -> &Heads {
        &self.heads
    }

    /// The segment in use.
    pub(crate) fn segment(&self) -> u64 {
        self.end.segment
    }

    /// How many full segments wait for their sync.
    pub(crate) fn unsynced_segments(&self) -> usize {
        self.unsynced.len()
    }

    /// Whether so many bytes of frames have no place left in the segment in use.
    pub(crate) fn rolls(&self, bytes: usize) -> bool {
        let used = self.end.offset.saturating_add(length(&self.buffer));
        let needed = u64::try_from(bytes.saturating_add(SEAL)).unwrap_or(u64::MAX);
        used.saturating_add(needed) > self.capacity
    }

    /// Whether moving on to the next segment would not wait for it.
    pub(crate) fn next_is_settled(&self) -> bool {
        self.spares.settled(self.end.segment.saturating_add(1))
    }

    /// Hands a batch of `bytes` bytes of frames to the system with one write, as one group; `each`
    /// sees the head and the place of every record. The log has moved on only if this succeeds.
    pub(crate) fn write(
        &mut self,
        chain: DivisionCode,
        batch: Batch<'_>,
        bytes: usize,
        each: &mut dyn FnMut(Head, Place),
    ) -> io::Result<()> {
        self.buffer.clear();
        if self.rolls(bytes) {
            self.roll()?;
        }
        let mut head = self.heads.head(chain);
        for (body, following) in batch.bodies.iter().zip(countdown(batch.bodies.len())) {
            let offset = self.end.offset.saturating_add(length(&self.buffer));
            let content = Content { kind: batch.kind, recorded_at: batch.recorded_at, following };
            head = put(self.log, chain, head, content, body, &mut self.buffer);
            each(head, Place { segment: self.end.segment, offset });
        }
        self.flush()?;
        self.buffer.shrink_to(BUFFER_KEPT);
        let frames = u64::try_from(batch.bodies.len()).unwrap_or(u64::MAX);
        self.heads.advance(chain, head, frames);
        self.last = Some((chain, head.seq));
        Ok(())
    }

    /// Takes a group into the buffer; moves on to the next segment when it does not fit this one.
    pub(crate) fn push(&mut self, chain: DivisionCode, group: &Group) -> io::Result<()> {
        if self.rolls(group.bytes.len()) {
            self.roll()?;
        }
        self.buffer.extend_from_slice(&group.bytes);
        self.heads.advance(chain, group.head, group.frames);
        self.last = Some((chain, group.head.seq));
        Ok(())
    }

    /// Hands the buffer to the system; what is written survives a killed process.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.disk.write_at(&self.file, FileRole::Segment, &self.buffer, self.end.offset)?;
        self.end.offset = self.end.offset.saturating_add(length(&self.buffer));
        self.buffer.clear();
        Ok(())
    }

    /// Seals the segment and goes on in the next.
    fn roll(&mut self) -> io::Result<()> {
        let seal = Seal { segment: self.end.segment, position: self.heads.position() };
        self.buffer.extend_from_slice(&seal.encode());
        self.flush()?;
        let number = self.end.segment.saturating_add(1);
        let next = self.spares.take(number)?;
        self.unsynced.push(std::mem::replace(&mut self.file, next));
        self.end = Place { segment: number, offset: 0 };
        self.capacity = self.spares.segment_bytes;
        self.spares.want(number.saturating_add(1));
        Ok(())
    }

    /// Makes everything flushed survive a power cut.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        for file in self.unsynced.drain(..) {
            self.disk.sync(&file, FileRole::Segment)?;
        }
        self.disk.sync(&self.file, FileRole::Segment)
    }

    /// The files to sync for everything flushed so far, for a syncer that does not hold the writer.
    pub(crate) fn take_unsynced(&mut self) -> io::Result<Vec<File>> {
        let current = self.file.try_clone()?;
        let mut files = std::mem::take(&mut self.unsynced);
        files.push(current);
        Ok(files)
    }

    /// The anchor that covers everything flushed so far.
    pub(crate) fn anchor(&self) -> Anchor {
        let (last_chain, last_seq) = self.last.map_or((None, 0), |(chain, seq)| (Some(chain), seq));
        Anchor { generation: 0, end: self.end, position: self.position(), last_chain, last_seq }
    }

    fn position(&self) -> Position {
        self.heads.position()
    }

    /// Writes an anchor; it is synced by the background.
    pub(crate) fn write_anchor(&mut self, anchor: Anchor) -> io::Result<()> {
        self.anchor.write(self.disk.as_ref(), anchor)
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
