//! What is written in bulk is what wasmtime reads.

use proptest::prelude::*;
use wasmtime::component::{Component, ComponentNamedList, Func, Instance, Lift, Lower, TypedFunc};
use wasmtime::{Engine, Store};

use super::super::types::{Event, Row, Span, Value};
use super::{Bulk, Words};

/// A guest that gives every list back as it lies in its memory, which is filled with ones beforehand.
const ECHO: &str = r#"
(component
  (core module $m
    (memory (export "memory") 4)
    (global $next (mut i32) (i32.const 64))
    (func $fill (memory.fill (i32.const 64) (i32.const 255) (i32.const 262080)))
    (start $fill)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local i32)
      (local.set 4 (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
      (global.set $next (i32.add (local.get 4) (local.get 3)))
      (local.get 4))
    (func (export "same") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (alias core export $i "same" (core func $same))
  (type $span' (record (field "start" u32) (field "count" u32)))
  (export $span "span" (type $span'))
  (type $value' (record (field "name" u32) (field "amount" s64)))
  (export $value "value" (type $value'))
  (type $row' (record (field "kind" u32) (field "facts" $span) (field "members" $span) (field "excluded" $span)
    (field "events" $span) (field "state" $span)))
  (export $row "row" (type $row'))
  (type $event' (record (field "kind" u32) (field "day" s64) (field "recorded" s64) (field "actor" (option u32))
    (field "member" (option u32)) (field "channel" u32) (field "evidence" u32) (field "quantities" $span)))
  (export $event "event" (type $event'))
  (func (export "values") (param "list" (list $value)) (result (list $value))
    (canon lift (core func $same) (memory $memory) (realloc $realloc)))
  (func (export "rows") (param "list" (list $row)) (result (list $row))
    (canon lift (core func $same) (memory $memory) (realloc $realloc)))
  (func (export "events") (param "list" (list $event)) (result (list $event))
    (canon lift (core func $same) (memory $memory) (realloc $realloc))))
"#;

struct Echo {
    store: Store<()>,
    instance: Instance,
}

impl Echo {
    fn new() -> Self {
        let engine = Engine::default();
        let component = Component::new(&engine, wat::parse_str(ECHO).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        let linker = wasmtime::component::Linker::new(&engine);
        let instance = linker.instantiate(&mut store, &component).unwrap();
        Self { store, instance }
    }

    fn typed<P, R>(&mut self, name: &str) -> TypedFunc<P, R>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let func: Func = self.instance.get_func(&mut self.store, name).unwrap();
        func.typed(&self.store).unwrap()
    }

    /// The list as wasmtime reads it after it was written in bulk.
    fn through<T, const N: usize>(&mut self, name: &str, list: Vec<T>) -> Vec<T>
    where
        T: Lift + Lower + Words<N> + 'static,
    {
        let call = self.typed::<(Vec<Bulk<T, N>>,), (Vec<T>,)>(name);
        let list = list.into_iter().map(Bulk).collect();
        call.call(&mut self.store, (list,)).unwrap().0
    }
}

fn span() -> impl Strategy<Value = Span> {
    (any::<u32>(), any::<u32>()).prop_map(|(start, count)| Span { start, count })
}

fn value() -> impl Strategy<Value = Value> {
    (any::<u32>(), any::<i64>()).prop_map(|(name, amount)| Value { name, amount })
}

fn row() -> impl Strategy<Value = Row> {
    (any::<u32>(), span(), span(), span(), span(), span()).prop_map(
        |(kind, facts, members, excluded, events, state)| Row {
            kind,
            facts,
            members,
            excluded,
            events,
            state,
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    let persons = (any::<Option<u32>>(), any::<Option<u32>>());
    let texts = (any::<u32>(), any::<u32>(), any::<u32>());
    ((any::<i64>(), any::<i64>()), persons, texts, span()).prop_map(
        |((day, recorded), (actor, member), (kind, channel, evidence), quantities)| Event {
            kind,
            day,
            recorded,
            actor,
            member,
            channel,
            evidence,
            quantities,
        },
    )
}

proptest! {
    #[test]
    fn wasmtime_reads_what_was_written(
        values in prop::collection::vec(value(), 0..40),
        rows in prop::collection::vec(row(), 0..40),
        events in prop::collection::vec(event(), 0..40),
    ) {
        let mut echo = Echo::new();
        let shown = (format!("{values:?}"), format!("{rows:?}"), format!("{events:?}"));
        let values = echo.through("values", values);
        let rows = echo.through("rows", rows);
        let events = echo.through("events", events);
        prop_assert_eq!((format!("{values:?}"), format!("{rows:?}"), format!("{events:?}")), shown);
    }
}
