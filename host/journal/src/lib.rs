//! The record: a checksummed, hash-chained journal, its anchor, its erasable side store and the index over it.
