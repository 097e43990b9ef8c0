//! Lists of records of fixed size, written into the guest as words.
//!
//! Wasmtime's own code writes a list of records field by field and looks up the memory anew for each, which for a
//! village's quantities took as long as the rule itself. Types, sizes and flat forms stay wasmtime's; only the loop over
//! the list is ours.
#![expect(unsafe_code, reason = "wasmtime asks for it of whoever writes a list by hand")]
#![expect(unreachable_pub, reason = "generated code names these types in what it calls public")]

use std::mem::MaybeUninit;

use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LowerContext,
};
use wasmtime::component::{ComponentType, Lower};

use super::types;

/// A record whose canonical form is `N` words of 32 bits, what lies between fields included.
pub(super) trait Words<const N: usize> {
    /// The canonical form. Bytes between fields are zero.
    fn words(&self) -> [u32; N];
}

/// A record that is written as words when it is in a list.
pub struct Bulk<T, const N: usize>(T);

/// Settings, facts, quantities.
pub type Values = Vec<Bulk<types::Value, 4>>;
/// Rows of a question.
pub type Rows = Vec<Bulk<types::Row, 11>>;
/// Events of a question.
pub type Events = Vec<Bulk<types::Event, 14>>;

impl<T, const N: usize> From<T> for Bulk<T, N> {
    fn from(record: T) -> Self {
        Self(record)
    }
}

// SAFETY: all that the trait says of a type is what wasmtime generated for `T`.
unsafe impl<T: ComponentType, const N: usize> ComponentType for Bulk<T, N> {
    type Lower = T::Lower;

    const ABI: CanonicalAbiInfo = T::ABI;
    const MAY_REQUIRE_REALLOC: bool = T::MAY_REQUIRE_REALLOC;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> wasmtime::Result<()> {
        T::typecheck(ty, types)
    }
}

// SAFETY: `dst` is written by what wasmtime generated for `T`. A list is written through checked slices of the guest's
// memory: wrong words would be a wrong question and nothing else, and `tests.rs` reads all of them back by wasmtime.
unsafe impl<T: Lower + Words<N>, const N: usize> Lower for Bulk<T, N> {
    fn linear_lower_to_flat<U>(
        &self,
        cx: &mut LowerContext<'_, U>,
        ty: InterfaceType,
        dst: &mut MaybeUninit<Self::Lower>,
    ) -> wasmtime::Result<()> {
        self.0.linear_lower_to_flat(cx, ty, dst)
    }

    fn linear_lower_to_memory<U>(
        &self,
        cx: &mut LowerContext<'_, U>,
        ty: InterfaceType,
        offset: usize,
    ) -> wasmtime::Result<()> {
        self.0.linear_lower_to_memory(cx, ty, offset)
    }

    fn linear_store_list_to_memory<U>(
        cx: &mut LowerContext<'_, U>,
        _: InterfaceType,
        offset: usize,
        items: &[Self],
    ) -> wasmtime::Result<()> {
        const { assert!(T::SIZE32 == N * 4, "a record has another size than its words") }
        let memory = cx.as_slice_mut().get_mut(offset..).unwrap_or_default();
        let (words, _) = memory.as_chunks_mut::<4>();
        let (records, _) = words.as_chunks_mut::<N>();
        wasmtime::ensure!(records.len() >= items.len(), "a list does not fit where it was placed");
        for (item, record) in items.iter().zip(records) {
            *record = item.0.words().map(u32::to_le_bytes);
        }
        Ok(())
    }
}

/// Low and high half.
fn halves(value: i64) -> [u32; 2] {
    let bytes = value.to_le_bytes();
    let mut halves = bytes.as_chunks::<4>().0.iter().map(|half| u32::from_le_bytes(*half));
    std::array::from_fn(|_| halves.next().unwrap_or_default())
}

/// Whether there is one, and which.
const fn maybe(person: Option<u32>) -> [u32; 2] {
    match person {
        Some(person) => [1, person],
        None => [0, 0],
    }
}

impl Words<4> for types::Value {
    fn words(&self) -> [u32; 4] {
        let [low, high] = halves(self.amount);
        [self.name, 0, low, high]
    }
}

impl Words<11> for types::Row {
    fn words(&self) -> [u32; 11] {
        let Self { kind, facts, members, excluded, events, state } = self;
        [
            *kind,
            facts.start,
            facts.count,
            members.start,
            members.count,
            excluded.start,
            excluded.count,
            events.start,
            events.count,
            state.start,
            state.count,
        ]
    }
}

impl Words<14> for types::Event {
    fn words(&self) -> [u32; 14] {
        let Self { kind, day, recorded, actor, member, channel, evidence, quantities } = self;
        let [day_low, day_high] = halves(*day);
        let [recorded_low, recorded_high] = halves(*recorded);
        let [any_actor, actor] = maybe(*actor);
        let [any_member, member] = maybe(*member);
        [
            *kind,
            0,
            day_low,
            day_high,
            recorded_low,
            recorded_high,
            any_actor,
            actor,
            any_member,
            member,
            *channel,
            *evidence,
            quantities.start,
            quantities.count,
        ]
    }
}

#[cfg(test)]
mod tests;
