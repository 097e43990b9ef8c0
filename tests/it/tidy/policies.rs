//! Every policy can be named: a decision's reasons are policy ids.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::PolicySet;

use super::{files_below, is_kind};

/// Ids by the folder that owns them: the district, or one township.
fn owners() -> BTreeMap<String, BTreeSet<String>> {
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (folder, ids) in editions() {
        let owner = folder.split_once("/editions/").map_or(&*folder, |(owner, _)| owner);
        for id in ids {
            owners.entry(id).or_default().insert(owner.to_owned());
        }
    }
    owners
}

/// The ids of each edition's authorization folder, one per policy.
fn editions() -> BTreeMap<String, Vec<String>> {
    let mut editions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, path) in files_below("policies").into_iter().filter(|it| is_kind(&it.0, "cedar")) {
        let policies: PolicySet = std::fs::read_to_string(&path)
            .unwrap()
            .parse()
            .map_err(|error| format!("{name}: {error}"))
            .unwrap();
        let folder = name.rsplit_once('/').unwrap().0;
        let ids = editions.entry(folder.to_owned()).or_default();
        for policy in policies.policies() {
            let id = policy.annotation("id");
            assert!(id.is_some_and(|it| !it.is_empty()), "{name}: a policy without @id:\n{policy}");
            ids.extend(id.map(str::to_owned));
        }
        assert_eq!(policies.templates().count(), 0, "{name}: a template names no policy");
    }
    assert!(!editions.is_empty(), "no policies found");
    editions
}

#[test]
fn an_id_occurs_once_in_an_edition() {
    for (folder, ids) in editions() {
        let mut seen = BTreeSet::new();
        for id in ids {
            assert!(seen.insert(id.clone()), "{folder}: `{id}` occurs twice");
        }
    }
}

#[test]
fn an_id_has_one_owner() {
    for (id, owners) in owners() {
        assert_eq!(owners.len(), 1, "`{id}` is a policy of {owners:?}");
    }
}
