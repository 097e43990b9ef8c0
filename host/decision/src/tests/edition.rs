//! The demo package, loaded as the server loads it, gives the very decider the other tests use.

use std::path::Path;

use super::{fixture::laixi, seeds::seeds};
use crate::Decider;

#[expect(clippy::disallowed_methods, reason = "the test reads the demo package from disk")]
fn walk(root: &Path, at: &Path, files: &mut package::Files) {
    for entry in at.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

/// The demo package from disk.
pub(super) fn demo_package() -> package::Package {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/laixi");
    let mut files = package::Files::new();
    walk(&root, &root, &mut files);
    let loaded = package::load(&files);
    loaded.package.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics))
}

#[test]
fn an_edition_of_the_demo_package_decides() {
    let package = demo_package();
    for edition in package.editions() {
        assert_eq!(edition.base().num_of_policies(), laixi().base.num_of_policies());
        let decider = Decider::new(edition).unwrap();
        for mut ask in seeds() {
            let township = None;
            let parameters = edition.parameters_at(township, edition.from());
            ask = ask.with(
                "parameters",
                parameters.into_iter().map(|(k, v)| (k, v.into())).collect::<model::Record>(),
            );
            let decision = decider.decide(township, &ask.request(), &ask.facts);
            assert!(decision.allowed(), "{decision:#?}");
            assert_eq!(decision.edition, edition.digest());
        }
    }
}
