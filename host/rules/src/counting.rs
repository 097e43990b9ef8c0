//! How much memory each thread holds, counted where it is asked for.
//!
//! The script engine measures single values where they are made, but neither an array into which something is put by its
//! place, nor what lies in callers of the running function or between two of its values. The allocator sees all of it.
#![expect(unsafe_code, reason = "an allocator is unsafe by its signature")]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

thread_local! {
    /// Bytes asked for less bytes given back, going round at zero where a thread frees what others made.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// An allocator that counts what each thread asks for and gives back. A program in which scripts of others run takes it
/// as its global one: without it their memory is bounded by the limits of single values and by time only.
#[derive(Debug)]
pub struct Counting<A>(pub A);

fn change(more: usize, less: usize) {
    // a thread that is ending frees without counting
    let _ = HELD.try_with(|held| held.set(held.get().wrapping_add(more).wrapping_sub(less)));
}

/// Bytes that this thread holds, good for taking one reading from another.
pub(crate) fn held() -> usize {
    HELD.with(Cell::get)
}

/// Bytes that this thread holds more than it did at a reading; zero when it holds less.
pub(crate) fn more_than(before: usize) -> usize {
    let more = held().wrapping_sub(before);
    if more > usize::MAX / 2 { 0 } else { more }
}

// SAFETY: every call is handed to the allocator inside as it came, and its answer is handed back; counting neither
// allocates nor panics.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counting<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        change(layout.size(), 0);
        // SAFETY: the caller keeps the conditions of `alloc`.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        change(layout.size(), 0);
        // SAFETY: the caller keeps the conditions of `alloc_zeroed`.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        change(size, layout.size());
        // SAFETY: the caller keeps the conditions of `realloc`.
        unsafe { self.0.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        change(0, layout.size());
        // SAFETY: the caller keeps the conditions of `dealloc`.
        unsafe { self.0.dealloc(pointer, layout) }
    }
}
