//! Rule packs: the shipped district groups every item and policy file once; what is wrong is named.

use super::{edit, errors, loaded, shipped, show};
use crate::{code, load};

const PACKS: &str = "editions/2026-01-01/packs.toml";

#[test]
fn the_shipped_district_groups_everything_once() {
    let files = shipped();
    let package = loaded(&files);
    let edition = &package.editions()[0];
    let items: usize = edition.packs().all().map(|pack| pack.items.len()).sum();
    assert_eq!(items, edition.items().len());
    assert!(edition.items().keys().all(|id| edition.packs().of_item(id).is_some()));
    let named: usize = edition.packs().all().map(|pack| pack.authorization.len()).sum();
    let inside = |path: &&String| path.starts_with("editions/2026-01-01/authorization/");
    assert_eq!(named, files.keys().filter(inside).count());
    let needs = |id: &str| -> Vec<&str> {
        edition.packs().dependents(id).iter().map(|pack| pack.id.as_str()).collect()
    };
    assert_eq!(needs("money"), ["assets", "works"]);
    // through others too
    assert!(needs("disclosure").contains(&"works"));
    assert_eq!(needs("core").len() + 1, edition.packs().all().count());
    assert_eq!(needs("works"), Vec::<&str>::new());
}

#[test]
fn what_is_wrong_with_the_packs_is_named_with_its_line() {
    let works = "needs = [\"core\", \"decisions\", \"money\"]\nitems = [\"P03\"";
    let line = |text: &str, of: &str| {
        let at = text.lines().position(|line| line.contains(of)).unwrap();
        u32::try_from(at + 1).unwrap()
    };
    for (from, to, expected, of) in [
        (works, "needs = [\"council-2\"]\nitems = [\"P03\"", code::UNKNOWN_PACK, "council-2"),
        (
            "needs = [\"core\"]\nitems = [\"P19\"]",
            "needs = [\"works\"]\nitems = [\"P19\"]",
            code::PACK_CYCLE,
            "",
        ),
        ("items = [\"P19\"]", "items = [\"P19\", \"P15\"]", code::PACK_TWICE, "\"P19\""),
        ("items = [\"P19\"]", "items = [\"P19\", \"P77\"]", code::UNKNOWN_ITEM, "P77"),
        ("[\"P15.cedar\"]", "[\"P15.cedar\", \"P77.cedar\"]", code::MISSING_FILE, "P77.cedar"),
        ("id = \"works\"", "id = \"money\"", code::DUPLICATE_ID, ""),
        (
            "[\"delegation.cedar\"]",
            "[\"delegation.cedar\"]\nowner = \"x\"",
            code::UNKNOWN_KEY,
            "owner",
        ),
        (
            "title = \"党务、村务、财务公开\"\ntitle_en = \"Publication\"\nversion = \"1.0\"",
            "title = \"党务、村务、财务公开\"\ntitle_en = \"Publication\"\nversion = \"neu\"",
            code::WRONG_VALUE,
            "neu",
        ),
    ] {
        let mut files = shipped();
        edit(&mut files, PACKS, from, to);
        let text = super::text(&files, PACKS);
        let loaded = load(&files);
        let found = errors(&loaded);
        let here = |d: &&&crate::Diagnostic| {
            d.code == expected && d.file == PACKS && (of.is_empty() || d.line == line(&text, of))
        };
        assert!(found.iter().any(|d| here(&d)), "{expected}\n{}", show(&loaded.diagnostics));
    }
}

#[test]
fn an_item_and_a_policy_file_without_a_pack_are_errors_at_their_place() {
    for (from, to, file) in [
        ("items = [\"P19\"]", "items = []", "editions/2026-01-01/items/P19.toml"),
        ("[\"delegation.cedar\"]", "[]", "editions/2026-01-01/authorization/delegation.cedar"),
    ] {
        let mut files = shipped();
        edit(&mut files, PACKS, from, to);
        let loaded = load(&files);
        let found = errors(&loaded);
        assert!(
            found.len() == 1 && found[0].code == code::PACK_MISSING && found[0].file == file,
            "{}",
            show(&loaded.diagnostics)
        );
    }
}
