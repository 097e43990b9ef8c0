//! Lists and the table of laws: what is refused, what is warned of, and what counts as listed.

use model::CivilDay;

use super::{LOCAL, edit, errors, good, loaded, show, text};
use crate::{Files, ListKind, Severity, code, load};

const FOLDER: &str = "editions/2026-01-01/lists/";

fn file(kind: &str) -> String {
    format!("{FOLDER}{kind}.toml")
}

fn day(text: &str) -> CivilDay {
    CivilDay::parse(text).unwrap()
}

/// One mistake gives one finding with this code, at the line that holds `needle`.
pub(super) fn one(files: &Files, want: &str, severity: Severity, path: &str, needle: &str) {
    let loaded = load(files);
    let found: Vec<_> = loaded.diagnostics.iter().collect();
    assert_eq!(found.len(), 1, "{want}:\n{}", show(&loaded.diagnostics));
    assert_eq!((found[0].code.as_str(), found[0].severity), (want, severity), "{found:?}");
    let line = text(files, path).lines().position(|l| l.contains(needle)).unwrap() + 1;
    let place = (path, u32::try_from(line).unwrap());
    assert_eq!((found[0].file.as_str(), found[0].line), place, "{found:?}");
    assert!(found[0].help.chars().any(|c| c > '\u{4e00}'), "{found:?}");
    assert_eq!(loaded.package.is_some(), severity == Severity::Warning);
}

#[test]
fn mistakes_in_lists() {
    for (want, kind, from, to, at) in [
        (
            code::TWO_OWNERS,
            "duty",
            "department = \"司法局\"",
            "department = \"司法局、民政局\"",
            "司法局、",
        ),
        (code::WRONG_VALUE, "duty", "id = \"DU-03\"", "id = \"AS-03\"", "id = \"AS-03\""),
        (
            code::DUPLICATE_ID,
            "duty",
            "id = \"DU-03\"",
            "id = \"DU-04\"",
            "办理本村公共事务和公益事业",
        ),
        (
            code::DUPLICATE_ITEM,
            "duty",
            "title = \"调解民间纠纷\"",
            "title = \"村务公示工作\"",
            "村务公示",
        ),
        (
            code::TWO_LIST_TYPES,
            "assist",
            "title = \"兵役登记宣传\"",
            "title = \"民间纠纷（调处）\"",
            "民间纠纷（",
        ),
        (
            code::UNSUPERVISED_POWER,
            "responsibility",
            "supervised_by = [\"SU-05\"]\n",
            "",
            "id = \"RE-05\"",
        ),
        (code::UNSUPERVISED_POWER, "responsibility", "[\"SU-05\"]", "[\"SU-77\"]", "SU-77"),
        (
            code::UNSUPERVISED_POWER,
            "responsibility",
            "department = \"村“两委”\"",
            "department = \"村务监督委员会\"",
            "SU-05",
        ),
        (
            code::UNKNOWN_ENTRY,
            "responsibility",
            "services = [\"SE-02\"]",
            "services = [\"SE-99\"]",
            "SE-99",
        ),
        (
            code::NO_DOCUMENTS,
            "service",
            "documents = [\"居民身份证\", \"户口簿\", \"授权核对声明书\"]\n",
            "",
            "id = \"SE-01\"",
        ),
        (
            code::BAD_DATE,
            "assist",
            "from = \"2026-07-01\"\n\n[[entries]]\nid = \"AS-02\"",
            "from = \"2026-07-01\"\nto = \"2026-06-30\"\n\n[[entries]]\nid = \"AS-02\"",
            "from =",
        ),
        (code::WRONG_VALUE, "duty", "id = \"duty\"", "id = [\"duty\", \"assist\"]", "id = ["),
    ] {
        let mut files = good();
        edit(&mut files, &file(kind), from, to);
        let found = load(&files);
        let codes: Vec<_> = errors(&found).iter().map(|d| d.code.as_str()).collect();
        assert_eq!(codes, [want], "{to}\n{}", show(&found.diagnostics));
        let found = errors(&found)[0].clone();
        assert_eq!(found.file, file(kind), "{found:?}");
        let at_line = text(&files, &found.file).lines().position(|l| l.contains(at)).unwrap() + 1;
        let near = at_line.abs_diff(usize::try_from(found.line).unwrap());
        assert!(near <= 1, "{found:?} should stand at `{at}`, line {at_line}");
    }
}

/// A thing nobody may ask for cannot be on a list of things to ask for.
#[test]
fn what_is_negative_is_on_no_other_list_and_never_counts_as_listed() {
    let mut files = good();
    edit(&mut files, &file("duty"), "title = \"村务公开\"", "title = \"代收各种费用（委托村里）\"");
    edit(
        &mut files,
        &file("negative"),
        "title = \"委托村里代收各种费用\"",
        "title = \"代收各种费用委托村里\"",
    );
    let found = load(&files);
    let codes: Vec<_> = errors(&found).iter().map(|d| d.code.as_str()).collect();
    assert_eq!(codes, [code::TWO_LIST_TYPES], "{}", show(&found.diagnostics));

    let package = loaded(&good());
    let edition = package.editions().first().unwrap();
    let listed: Vec<&str> = edition.listed(day("2026-11-23")).collect();
    assert!(!edition.lists()[&ListKind::Negative].entries.is_empty());
    let asked = ["DU-", "AS-", "LE-", "IN-"];
    assert!(listed.iter().all(|id| asked.iter().any(|kind| id.starts_with(kind))), "{listed:?}");
}

#[test]
fn an_entry_counts_from_its_first_day_to_its_last() {
    let package = loaded(&good());
    let edition = package.editions().first().unwrap();
    for (on, new, old) in
        [("2026-06-30", false, true), ("2026-07-01", true, false), ("2027-01-01", true, false)]
    {
        let listed: Vec<&str> = edition.listed(day(on)).collect();
        assert_eq!((listed.contains(&"AS-01"), listed.contains(&"AS-08")), (new, old), "{on}");
        let rows = edition.registry(Some(day(on)), None);
        assert_eq!(rows.iter().any(|row| row.id == "AS-01"), new, "{on}");
    }
}

#[test]
fn the_registry_holds_lists_powers_and_own_items() {
    let package = loaded(&good());
    let edition = package.editions().first().unwrap();
    let code = |text: &str| model::DivisionCode::parse(text).ok();
    let rows = edition.registry(None, code("370285106000"));
    assert!(rows.iter().any(|row| row.kind == "petty-power" && row.id == "S10"));
    assert!(!rows.iter().any(|row| row.kind == "feature"), "another township's own item");
    let rows = edition.registry(None, code("370285102259"));
    assert!(rows.iter().any(|row| row.kind == "feature" && row.id == "370285102-T01"));
    for kind in ListKind::ALL {
        assert!(rows.iter().any(|row| row.kind == kind.id()), "{kind:?}");
    }
    assert!(rows.iter().all(|row| !row.owner.is_empty() && !row.basis.is_empty()));
}

#[test]
fn mistakes_in_bases() {
    let item = "editions/2026-01-01/items/P01.toml".to_owned();
    let cedar = "editions/2026-01-01/authorization/base.cedar".to_owned();
    let villagers = "《中华人民共和国村民委员会组织法》";
    let (error, warning) = (Severity::Error, Severity::Warning);
    for (want, severity, path, from, to, at) in [
        (
            code::BASIS_EXPIRED,
            error,
            &file("duty"),
            "basis_article = \"第38条\"",
            "basis_article = \"第51条\"",
            "第51条",
        ),
        (
            code::BASIS_UNKNOWN,
            warning,
            &file("duty"),
            "basis_law = \"《中华人民共和国人民调解法》\"",
            "basis_law = \"《纠纷法》\"",
            "basis_article = \"第8条\"",
        ),
        (
            code::BASIS_RENUMBERED,
            warning,
            &file("duty"),
            "basis_article = \"第38条\"",
            "basis_article = \"（2018）第24条\"",
            "（2018）",
        ),
        (
            code::BASIS_NOT_YET,
            error,
            &file("assist"),
            "basis_article = \"第39条\"\nvillage_part = \"发现急难情况马上报告镇里；先救助，后补手续\"\nfrom = \"2026-07-01\"",
            "basis_article = \"第39条\"\nvillage_part = \"x\"\nfrom = \"2026-03-01\"",
            "第39条",
        ),
        (
            code::BASIS_EXPIRED,
            error,
            &file("assist"),
            "to = \"2026-06-30\"",
            "from = \"2026-07-01\"",
            "第11条",
        ),
        (code::BASIS_EXPIRES, warning, &file("assist"), "to = \"2026-06-30\"\n", "", "第11条"),
        (
            code::BASIS_EXPIRED,
            error,
            &item,
            &format!("basis = [\"{villagers}第28条\", \"{villagers}第33条\""),
            &format!("basis = [\"{villagers}第99条\", \"{villagers}第33条\""),
            "第99条",
        ),
        (
            code::BASIS_UNKNOWN,
            warning,
            &cedar,
            "@basis(\"《中华人民共和国村民委员会组织法》第35条\")",
            "@basis(\"《村规》第1条\")",
            "forbid (principal",
        ),
        (
            code::BASIS_EXPIRED,
            error,
            &cedar,
            &format!("@basis(\"{villagers}第35条\")"),
            &format!("@basis(\"{villagers}第350条\")"),
            "forbid (principal",
        ),
    ] {
        let mut files = good();
        edit(&mut files, path, from, to);
        one(&files, want, severity, path, at);
    }
}

/// C4: an entry written for 2024 that cites article 24 means the old law.
#[test]
fn an_entry_older_than_the_change_is_told_the_new_number() {
    let mut files = good();
    let from =
        "basis_article = \"第38条\"\nvillage_part = \"每年评议一次；连续两次不称职的，职务终止\"";
    let to = "basis_article = \"第24条\"\nfrom = \"2024-03-01\"";
    edit(&mut files, &file("duty"), from, to);
    one(&files, code::BASIS_RENUMBERED, Severity::Warning, &file("duty"), "第24条");
    let found = load(&files).diagnostics.remove(0);
    assert!(found.message.contains("renumbered to 28"), "{found:?}");
    assert!(found.text.contains("第28条"), "{found:?}");
    // the same number in an entry of this edition is the number in force
    let mut files = good();
    edit(&mut files, &file("duty"), "basis_article = \"第38条\"", "basis_article = \"第24条\"");
    assert!(load(&files).diagnostics.is_empty());
}

#[test]
fn a_district_without_a_table_of_laws_is_not_held_against_one() {
    let mut files = good();
    files.retain(|path, _| !path.contains("laws/"));
    let found = load(&files);
    assert!(found.diagnostics.is_empty(), "{}", show(&found.diagnostics));
    // a township's own table is enough to be held against it
    let mut files = good();
    files.retain(|path, _| !path.starts_with("laws/"));
    assert!(files.keys().any(|path| path.starts_with(&format!("{LOCAL}laws/"))));
    assert!(load(&files).diagnostics.iter().any(|d| d.code == code::BASIS_UNKNOWN));
}

#[test]
fn forms_and_the_register_of_data_fit_together() {
    let fields = "fields.toml";
    for (want, path, from, to, at) in [
        (code::UNKNOWN_FIELD, file("ledger"), "[\"用印事由\", ", "[\"用印事山\", ", "用印事山"),
        (code::FIELD_HELD, file("ledger"), "[\"用印事由\", ", "[\"户口人数\", ", "户口人数"),
        (
            code::UNKNOWN_DEPARTMENT,
            fields.to_owned(),
            "holder = \"不动产登记中心\"",
            "holder = \"不动产登记局\"",
            "不动产登记局",
        ),
        (code::DUPLICATE_FIELD, fields.to_owned(), "[\"沙袋数\"]", "[\"户籍 人口\"]", "户籍 人口"),
        (
            code::WRONG_VALUE,
            fields.to_owned(),
            "holder = \"人民武装部\"\nsystem = \"兵役登记系统\"",
            "holder = \"人民武装部\"",
            "适龄青年人数",
        ),
    ] {
        let mut files = good();
        edit(&mut files, &path, from, to);
        one(&files, want, Severity::Error, &path, at);
    }
    let mut files = good();
    edit(&mut files, &file("ledger"), "[\"用印事由\", ", "[\"用印事山\", ");
    let found = load(&files);
    assert!(found.diagnostics[0].help.contains("是不是“用印事由”？"), "{:?}", found.diagnostics);
}
