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

/// Records of one append to one chain.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub(crate) kind: u16,
    pub(crate) recorded_at: Minute,
    pub(crate) bodies: &'a [&'a [u8]],
}

/// Frames that have their place in the log and are on the way to the system.
pub(crate) struct Placed {
    file: Arc<File>,
    place: Place,
    bytes: Vec<u8>,
    /// What taking them back restores.
    before: Before,
}

struct Before {
    chain: DivisionCode,
    head: Head,
    frames: u64,
    last: Option<(DivisionCode, u64)>,
}

impl Placed {
    /// Hands the frames to the system. Doing it twice does no harm: the place is theirs alone.
    pub(crate) fn write(&self, disk: &dyn Disk) -> io::Result<()> {
        disk.write_at(&self.file, FileRole::Segment, &self.bytes, self.place.offset)
    }

    /// Bytes of the frames.
    pub(crate) fn length(&self) -> u64 {
        length(&self.bytes)
    }

    /// How many frames.
    pub(crate) fn frames(&self) -> u64 {
        self.before.frames
    }
}

/// The writing end of a log; one owner.
pub(crate) struct LogWriter {
    disk: Arc<dyn Disk>,
    log: LogKind,
    spares: Arc<Spares>,
    file: Arc<File>,
    end: Place,
    capacity: u64,
    heads: Heads,
    anchor: AnchorWriter,
    last: Option<(DivisionCode, u64)>,
    /// Full segments that were not synced since their last byte.
    unsynced: Vec<Arc<File>>,
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
            file: Arc::new(opened.file),
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

    /// Whether the next segment is there.
    pub(crate) fn next_is_ready(&self) -> bool {
        self.spares.ready(self.end.segment.saturating_add(1))
    }

    /// Gives a batch of `bytes` bytes of frames its place behind the others, as one group; `each` sees
    /// the head and the place of every record. The log has moved on with it: whoever cannot write it
    /// takes it back. Nothing placed before may be unwritten when the segment is full, see [`Self::rolls`].
    pub(crate) fn place(
        &mut self,
        chain: DivisionCode,
        batch: Batch<'_>,
        bytes: usize,
        each: &mut dyn FnMut(Head, Place),
    ) -> io::Result<Placed> {
        if self.rolls(bytes) {
            self.roll()?;
        }
        let place = self.end;
        let mut buffer = Vec::with_capacity(bytes);
        let first = self.heads.head(chain);
        let mut head = first;
        for (body, following) in batch.bodies.iter().zip(countdown(batch.bodies.len())) {
            let offset = place.offset.saturating_add(length(&buffer));
            let content = Content { kind: batch.kind, recorded_at: batch.recorded_at, following };
            head = put(self.log, chain, head, content, body, &mut buffer);
            each(head, Place { segment: place.segment, offset });
        }
        let frames = u64::try_from(batch.bodies.len()).unwrap_or(u64::MAX);
        let before = Before { chain, head: first, frames, last: self.last };
        self.end.offset = place.offset.saturating_add(length(&buffer));
        self.heads.advance(chain, head, frames);
        self.last = Some((chain, head.seq));
        Ok(Placed { file: Arc::clone(&self.file), place, bytes: buffer, before })
    }

    /// Undoes [`Self::place`]; the latest first.
    pub(crate) fn take_back(&mut self, placed: &Placed) {
        let before = &placed.before;
        self.end = placed.place;
        self.heads.take_back(before.chain, before.head, before.frames);
        self.last = before.last;
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
        self.unsynced.push(std::mem::replace(&mut self.file, Arc::new(next)));
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
    pub(crate) fn take_unsynced(&mut self) -> Vec<Arc<File>> {
        let mut files = std::mem::take(&mut self.unsynced);
        files.push(Arc::clone(&self.file));
        files
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
