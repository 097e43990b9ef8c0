use super::{LOCAL, edit, errors, good, show, text};
use crate::{Files, code, load};

const ITEM: &str = "editions/2026-01-01/items/P01.toml";
const CEDAR: &str = "editions/2026-01-01/authorization/base.cedar";

fn local(path: &str) -> String {
    format!("{LOCAL}{path}")
}

fn local_cedar() -> String {
    local("editions/2026-01-01/authorization/local.cedar")
}

/// The line on which `needle` first stands.
fn line(files: &Files, path: &str, needle: &str) -> u32 {
    let text = text(files, path);
    let at = text
        .lines()
        .position(|line| line.contains(needle))
        .unwrap_or_else(|| panic!("`{needle}` not in {path}"));
    u32::try_from(at).unwrap() + 1
}

/// One mistake gives exactly one error with this code, on the line that holds `needle`.
fn one(want: &str, path: &str, needle: &str, files: &Files) {
    let loaded = load(files);
    assert!(loaded.package.is_none(), "{want}: still loads");
    let found = errors(&loaded);
    assert_eq!(found.len(), 1, "{want}:\n{}", show(&loaded.diagnostics));
    let found = found[0];
    let line = if needle.is_empty() { 1 } else { line(files, path, needle) };
    assert_eq!(
        (found.code.as_str(), found.file.as_str(), found.line),
        (want, path, line),
        "{found:?}"
    );
    assert!(found.column >= 1 && !found.message.is_empty() && !found.help.is_empty(), "{found:?}");
    assert!(found.text.chars().any(|c| c > '\u{4e00}'), "{found:?}");
    assert!(code::ALL.contains(&found.code.as_str()));
}

/// Edits one place of one file and expects one error there (or where `at` stands).
pub(super) fn mistake(want: &str, path: &str, from: &str, to: &str, at: &str) {
    let mut files = good();
    edit(&mut files, path, from, to);
    one(want, path, at, &files);
}

#[test]
fn the_starting_point_is_clean() {
    let loaded = load(&good());
    assert!(loaded.diagnostics.is_empty(), "{}", show(&loaded.diagnostics));
}

/// One mistake in a variant file that is otherwise good, or in a calendar.
#[test]
fn mistakes_in_variants_calendars_and_gates() {
    let variant = "editions/2026-01-01/items/P01-five-five.variant.toml";
    let calendar = "calendar/2026.toml";
    for (want, path, from, to, at) in [
        (code::UNKNOWN_ITEM, variant, "extends = \"P01\"", "extends = \"P99\"", "extends"),
        (code::UNKNOWN_STEP, variant, "before = [\"PRO\"]", "before = [\"PRX\"]", "before"),
        (code::UNKNOWN_STEP, variant, "step = \"PTY\"", "step = \"PTX\"", "PTX"),
        (code::DUPLICATE_ID, variant, "id = \"SUG\"", "id = \"EXE\"", "id = \"EXE\""),
        (code::WRONG_VALUE, variant, "id = \"five-five\"", "id = \"Five\"", "id = \"Five\""),
        (code::UNKNOWN_KEY, variant, "\"EXE\"\ndiscloses", "\"EXE\"\ndisclose", "disclose ="),
        (
            code::BAD_DATE,
            calendar,
            "to = \"2026-10-07\"",
            "to = \"2026-09-30\"",
            "to = \"2026-09-30\"",
        ),
        (
            code::BAD_DATE,
            calendar,
            "from = \"2026-06-19\"",
            "from = \"2025-06-19\"",
            "from = \"2025-06-19\"",
        ),
        (code::BAD_DATE, calendar, "\"2026-09-20\", ", "\"2026-10-03\", ", "2026-10-03"),
        (
            code::WRONG_VALUE,
            ITEM,
            "title = \"组织实施\"",
            "needs_review = true\ntitle = \"组织实施\"",
            "needs_review",
        ),
        (
            code::MISSING_KEY,
            ITEM,
            "title = \"组织实施\"",
            "ratifies = true\ntitle = \"组织实施\"",
            "ratifies",
        ),
        (
            code::UNKNOWN_ROLE,
            ITEM,
            "title = \"组织实施\"",
            "joint = { needed = 1, mandatory = [{ role = \"mayor\", title = \"市长\" }] }\ntitle = \"组织实施\"",
            "mayor",
        ),
        (
            code::UNKNOWN_BODY,
            ITEM,
            "kinds = [",
            "bands = [{ title = \"小额\", body = \"NOBODY\" }]\nkinds = [",
            "bands",
        ),
    ] {
        mistake(want, path, from, to, at);
    }
}

#[test]
fn mistakes_in_data_files() {
    for (want, path, from, to, at) in [
        (code::UNKNOWN_KEY, ITEM, "disclosure = ", "disclosed = ", "disclosed = "),
        (
            code::UNKNOWN_KEY,
            ITEM,
            "title = \"“两委”商议\"",
            "titel = \"x\"\ntitle = \"“两委”商议\"",
            "titel",
        ),
        (code::MISSING_KEY, ITEM, "area = \"重大决策\"\n", "", "id = \"P01\""),
        (code::WRONG_VALUE, ITEM, "area = \"重大决策\"", "area = 3", "area = 3"),
        (code::WRONG_VALUE, ITEM, "id = \"P01\"", "id = \"Q1\"", "id = \"Q1\""),
        (code::NO_DECIMALS, "demo.toml", "seed = 370285", "seed = 0.5", "seed = 0.5"),
        (code::SYNTAX, ITEM, "area = \"重大决策\"", "area = “重大决策”", "area = “"),
        (
            code::BAD_DIVISION_CODE,
            "demo.toml",
            "\"370285102259\"",
            "\"37028510225\"",
            "matters_village",
        ),
        (code::WRONG_VALUE, "demo.toml", "\"2026-10-20\"", "\"2026-02-30\"", "2026-02-30"),
        (
            code::BAD_DIVISION_CODE,
            "divisions.csv",
            "370285102259,",
            "37028510225X,",
            "37028510225X",
        ),
        (
            code::BAD_DIVISION_CODE,
            "divisions.csv",
            "370285102259,village,双山村村民委员会,370285102000",
            "370285102259,village,双山村村民委员会,370285101000",
            "双山村",
        ),
        (code::DUPLICATE_ID, "divisions.csv", "370285102260,", "370285102259,", "岭西村"),
        (code::SYNTAX, "divisions.csv", "370285102259,village,", "370285102259,", "双山村"),
        (code::UNKNOWN_DIVISION, "district.toml", "370285000000", "370285102000", "code = "),
        (
            code::UNKNOWN_BODY,
            "bodies.toml",
            "stands_for = [\"REP\"]",
            "stands_for = [\"RPE\"]",
            "RPE",
        ),
        (code::UNKNOWN_BODY, ITEM, "body = \"PTY\"", "body = \"XYZ\"", "body = \"XYZ\""),
        (code::UNKNOWN_STEP, ITEM, "after = [\"TWO\"]", "after = [\"TWOO\"]", "TWOO"),
        (
            code::STEP_CYCLE,
            ITEM,
            "\nbody = \"BRANCH\"",
            "\nafter = [\"ARC\"]\nbody = \"BRANCH\"",
            "after = [\"ARC\"]",
        ),
        (
            code::UNKNOWN_PARAMETER,
            ITEM,
            "\"notice_days_party\"",
            "\"notice_days_pty\"",
            "notice_days_pty",
        ),
        (
            code::PARAMETER_WITHOUT_VALUE,
            "parameters/p01_gap_days.toml",
            "[values.2026-01-01]",
            "[values.2026-01-02]",
            "[values.",
        ),
        (
            code::UNKNOWN_ROLE,
            "posts.toml",
            "role = \"finance-office\"",
            "role = \"finance\"",
            "role = \"finance\"",
        ),
    ] {
        mistake(want, path, from, to, at);
    }
}

/// The finding stands where the kind is used, and where the id is used again.
#[test]
fn some_mistakes_show_elsewhere() {
    let mut files = good();
    edit(&mut files, "kinds.toml", "id = \"quasi-village\"", "id = \"quasi-villages\"");
    one(code::UNKNOWN_KIND, "divisions.csv", "quasi-village(", &files);

    let mut files = good();
    edit(&mut files, ITEM, "\"PUB2\", \"ARC\"]", "\"PUB2\"]");
    edit(&mut files, ITEM, "id = \"ARC\"", "id = \"EXE\"");
    let loaded = load(&files);
    let found: Vec<_> =
        errors(&loaded).iter().map(|d| (d.code.as_str(), d.file.as_str(), d.line)).collect();
    let item = text(&files, ITEM);
    let last = item.lines().count() - item.lines().rev().position(|l| l == "id = \"EXE\"").unwrap();
    assert_eq!(found, [(code::DUPLICATE_ID, ITEM, u32::try_from(last).unwrap())]);
}

#[test]
fn mistakes_between_files() {
    let mut files = good();
    files.remove("roles.toml");
    one(code::MISSING_FILE, "roles.toml", "", &files);

    let mut files = good();
    let copy = text(&files, ITEM);
    files.insert("editions/2026-01-01/items/P99.toml".to_owned(), copy.into_bytes());
    one(code::DUPLICATE_ID, "editions/2026-01-01/items/P99.toml", "id = \"P01\"", &files);

    let mut files = good();
    files.remove(&local("township.toml"));
    let loaded = load(&files);
    assert!(
        errors(&loaded)
            .iter()
            .any(|d| d.code == code::MISSING_FILE && d.file == local("township.toml"))
    );

    let mut files = good();
    files.remove(&local("editions/2026-01-01/rules/exchange.rhai"));
    one(code::MISSING_FILE, &local("editions/2026-01-01/schemes/exchange.toml"), "rule = ", &files);

    let mut files = good();
    files.insert("editions/soon/items/P01.toml".to_owned(), text(&files, ITEM).into_bytes());
    one(code::BAD_DATE, "editions/soon/items/P01.toml", "", &files);

    let mut files = good();
    files.insert(
        "entities.json".to_owned(),
        b"[\n  {\"uid\": {\"type\": \"Person\", \"id\": \"x\"}, \"attrs\": {}}\n]".to_vec(),
    );
    one(code::MISSING_KEY, "entities.json", "uid", &files);

    let files: Files =
        (0..=crate::limits::FILES_MAX).map(|n| (format!("f{n}"), Vec::new())).collect();
    one(code::TOO_MANY_FILES, "", "", &files);

    let mut files = good();
    files.insert("bodies.toml".to_owned(), vec![b' '; crate::limits::TEXT_BYTES_MAX + 1]);
    let loaded = load(&files);
    assert!(errors(&loaded).iter().any(|d| d.code == code::TOO_LARGE && d.file == "bodies.toml"));

    let mut files = good();
    files.insert("../etc/x.toml".to_owned(), Vec::new());
    one(code::BAD_PATH, "../etc/x.toml", "", &files);
}

#[test]
fn mistakes_in_townships() {
    let item = local("editions/2026-01-01/items/370285102-T01.toml");
    let offer = local("editions/2026-01-01/offers/tissues.toml");
    let scheme = local("editions/2026-01-01/schemes/exchange.toml");
    let parameter = local("parameters/p15_representatives_below_cents.toml");
    let added = local("editions/2026-01-01/items/P01.added.toml");
    for (want, path, from, to, at) in [
        (
            code::LOOSENS_PARAMETER,
            parameter.as_str(),
            "value = 1500000",
            "value = 2000001",
            "value = 2000001",
        ),
        (code::UNKNOWN_SCHEME, &offer, "rule = \"exchange\"", "rule = \"exchnge\"", "rule = "),
        (
            code::WRONG_SCHEME_LAW,
            &offer,
            "rule = \"exchange\"",
            "rule = \"household-sanitation\"",
            "rule = ",
        ),
        (code::UNKNOWN_FUND, &offer, "fund = \"points-fund\"", "fund = \"land-fund\"", "fund = "),
        (code::FUND_TOO_SMALL, &offer, "stock = 5000", "stock = 50000", "stock = "),
        (code::BAD_DATE, &offer, "to = \"2026-12-31\"", "to = \"2025-12-31\"", "to = "),
        (code::LOOSENS_PARAMETER, &scheme, "notice_days = 7", "notice_days = 6", "notice_days = 6"),
        (code::WRONG_VALUE, &scheme, "notice_days = 7", "notice_days = 0", "notice_days = 0"),
        (code::WIDENS_POWER, &item, "id = \"RETURN\"", "id = \"PAY\"", "id = \"PAY\""),
        (
            code::BAD_DIVISION_CODE,
            &local("township.toml"),
            "code = \"370285102000\"",
            "code = \"370285101000\"",
            "code = ",
        ),
        (code::UNKNOWN_ITEM, &added, "extends = \"P01\"", "extends = \"P99\"", "extends = "),
        (code::DUPLICATE_ID, &added, "id = \"LEG\"", "id = \"PTY\"", "id = \"PTY\""),
        (code::STEP_CYCLE, &added, "before = [\"PTY\"]", "before = [\"PRO\"]", "after = "),
    ] {
        mistake(want, path, from, to, at);
    }
}

#[test]
fn mistakes_in_policies() {
    for (want, from, to, at) in [
        (code::CEDAR_SYNTAX, "\"board-chair\" };", "\"board-chair\" }", "@id(\"laixi/P15"),
        (code::CEDAR_TYPE, "resource.amountCents >=", "resource.amountCent >=", "amountCent "),
        (
            code::CEDAR_TYPE,
            "context.parameters.p15_director_below_cents",
            "context.parameters.p15_director",
            "p15_director",
        ),
        (
            code::CEDAR_TYPE,
            "context has post && context.post.role",
            "context.post.role",
            "context.post.role",
        ),
        (
            code::FULL_WIDTH_MARK,
            "forbid (principal, action",
            "forbid (principal， action",
            "forbid",
        ),
        (code::POLICY_WITHOUT_ID, "@id(\"laixi/P15/limit\")\n", "", "forbid"),
        (code::POLICY_WITHOUT_TITLE, "@title(\"超过上限\")\n", "", "forbid"),
        (
            code::POLICY_WITHOUT_BASIS,
            "@basis(\"《中华人民共和国村民委员会组织法》第35条\")\n",
            "",
            "forbid",
        ),
        (code::POLICY_OUTSIDE_PACKAGE, "laixi/P15/limit", "nanshu/P15/limit", "forbid"),
        (code::DUPLICATE_ID, "laixi/P15/limit", "laixi/S10/drafts", "forbid"),
    ] {
        mistake(want, CEDAR, from, to, at);
    }
}

#[test]
fn a_township_permit_cannot_widen_power() {
    for (want, from, to) in [
        (code::WIDENS_POWER, "resource.item == \"370285102-T01\" && ", ""),
        (code::WIDENS_POWER, "\"370285102-T01\"", "\"S10\""),
        (code::WIDENS_POWER, "\"370285102-T01\"", "\"370285106-T01\""),
        (code::WIDENS_POWER, "action == Action::\"TakeStep\"", "action"),
        (code::POLICY_OUTSIDE_PACKAGE, "xiagezhuang/T01/asks", "laixi/S10/plan"),
        (code::POLICY_OUTSIDE_PACKAGE, "xiagezhuang/T01/asks", "nanshu/T01/apply"),
    ] {
        mistake(want, &local_cedar(), from, to, "permit");
    }
    let mut files = good();
    edit(
        &mut files,
        &local_cedar(),
        "action == Action::\"TakeStep\", resource)\nwhen { resource.item == \"370285102-T01\" && resource.step == \"APPLY\" };",
        "action == Action::\"Delegate\", resource)\nwhen { resource.village == \"370285102259\" };",
    );
    one(code::WIDENS_POWER, &local_cedar(), "permit", &files);

    let mut files = good();
    let item = local("editions/2026-01-01/items/370285102-T01.toml");
    edit(&mut files, &item, "id = \"370285102-T01\"", "id = \"S12\"");
    edit(&mut files, &local_cedar(), "\"370285102-T01\"", "\"S12\"");
    let loaded = load(&files);
    let codes: Vec<_> =
        errors(&loaded).iter().map(|d| (d.code.as_str(), d.file.as_str())).collect();
    assert_eq!(
        codes,
        [(code::WIDENS_POWER, local_cedar().as_str()), (code::WIDENS_POWER, item.as_str())]
    );
}

#[test]
fn warnings_leave_the_package_usable() {
    let mut files = good();
    files.insert(".DS_Store".to_owned(), vec![0, 159, 146, 150]);
    let found = load(&files);
    assert!(found.package.is_some());
    assert_eq!(
        found.diagnostics.iter().map(|d| d.code.as_str()).collect::<Vec<_>>(),
        [code::UNKNOWN_FILE]
    );

    let mut files = good();
    edit(&mut files, CEDAR, "resource.item == \"P15\" &&", "resource.item == \"P15\" && false &&");
    let found = load(&files);
    assert!(found.package.is_some());
    assert_eq!(
        found.diagnostics.iter().map(|d| d.code.as_str()).collect::<Vec<_>>(),
        [code::CEDAR_WARNING]
    );
}

/// Several mistakes come back together, each with its own place.
#[test]
fn all_findings_come_in_one_pass() {
    let mut files = good();
    edit(&mut files, ITEM, "disclosure = ", "disclosed = ");
    edit(&mut files, CEDAR, "resource.amountCents >=", "resource.amountCent >=");
    edit(&mut files, "divisions.csv", "370285102259,", "3702851O2259,");
    files.remove("roles.toml");
    let loaded = load(&files);
    let codes: Vec<_> = errors(&loaded).iter().map(|d| d.code.as_str()).collect();
    assert_eq!(
        codes,
        [code::BAD_DIVISION_CODE, code::CEDAR_TYPE, code::UNKNOWN_KEY, code::MISSING_FILE]
    );
}
