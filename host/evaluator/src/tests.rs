//! Every answer compared with the public API.

use serde_json::json;

use crate::{Store, Thing};

fn group(id: &str, parents: &[&str]) -> Thing {
    let parents: Vec<_> = parents.iter().map(|id| json!({"type": "group", "id": id})).collect();
    let value = json!({"uid": {"type": "group", "id": id}, "attrs": {}, "parents": parents});
    Thing::of_cedar_json(value, None).unwrap()
}

#[test]
fn what_lies_in_an_entity_that_is_left_out_lies_no_longer_in_what_it_lay_in() {
    let mut store =
        Store::of([group("top", &[]), group("middle", &["top"]), group("low", &["middle"])])
            .unwrap();
    let inside = |store: &Store| {
        let low = store.find("group", "low").unwrap();
        low.entity().is_descendant_of(group("top", &[]).uid())
    };
    assert!(inside(&store) && store.remove(group("middle", &[]).uid()).is_err());
    assert_eq!(store.leave_out(group("middle", &[]).uid()), Ok(true));
    assert_eq!(store.leave_out(group("middle", &[]).uid()), Ok(false));
    assert!(!inside(&store) && store.len() == 2);
    store.put(&group("middle", &["top"])).unwrap();
    assert!(inside(&store), "and it does again when it is back");
}
