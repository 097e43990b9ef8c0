//! The due table: a row that could never be met, or met by nothing, is refused where it is written.

use super::lists::one;
use super::{edit, good};
use crate::{Severity, code};

const FILE: &str = "editions/2026-01-01/dues.toml";

#[test]
fn a_row_names_what_is_there_and_what_its_kind_needs() {
    let d06 = "after = \"PAY\"\nstep = \"PUB2\"\nwithin = 31\nfrom = \"2026-10-01\"\ndeduct = 100";
    for (want, from, to, at) in [
        (code::UNKNOWN_ENTRY, "entry = \"DU-07\"", "entry = \"DU-77\"", "DU-77"),
        // DU-03 does not come round
        (code::MISSING_KEY, "entry = \"DU-07\"", "entry = \"DU-03\"", "entry = \"DU-03\""),
        (code::MISSING_KEY, "entry = \"DU-07\"\n", "", "id = \"D01\""),
        (code::UNKNOWN_BODY, "meetings = [\"VS\"]", "meetings = [\"VZ\"]", "VZ"),
        (code::UNKNOWN_ITEM, "items = [\"S11\"]", "items = [\"S91\"]", "S91"),
        (code::UNKNOWN_STEP, d06, &d06.replace("PUB2", "PUB7"), "step = \"PUB7\""),
        (
            code::WRONG_VALUE,
            "meetings = [\"VS\"]\n",
            "meetings = [\"VS\"]\nstep = \"ARC\"\n",
            "step = \"ARC\"",
        ),
        (code::DUPLICATE_ID, "id = \"D08\"", "id = \"D07\"", "no such line"),
        (code::UNKNOWN_KEY, "within = 20", "withn = 20", "withn"),
        (code::WRONG_VALUE, "within = 20", "within = -1", "within = -1"),
    ] {
        let mut files = good();
        edit(&mut files, FILE, from, to);
        if want == code::DUPLICATE_ID || want == code::UNKNOWN_STEP {
            let found = crate::load(&files).diagnostics;
            // an unknown step is named once for each item
            assert!(!found.is_empty() && found.iter().all(|d| d.code == want), "{found:?}");
            assert!(found.iter().all(|d| d.file == FILE && d.line > 1), "{found:?}");
            continue;
        }
        one(&files, want, Severity::Error, FILE, at);
    }
}

#[test]
fn strata_name_what_is_there_and_none_is_out_of_reach() {
    let file = "editions/2026-01-01/spot-checks.toml";
    for (want, from, to, at) in [
        (code::UNKNOWN_ITEM, "\"S10\"]", "\"S99\"]", "S99"),
        (code::UNKNOWN_PARAMETER, "\"p15_director_below_cents\"", "\"p15_nobody\"", "p15_nobody"),
        (code::WRONG_VALUE, "share_permille = 500", "share_permille = 1001", "1001"),
        (
            code::WRONG_VALUE,
            "items = [\"P03\", \"P04\", \"P05\", \"P06\", \"P07\"]\n",
            "",
            "id = \"works\"",
        ),
    ] {
        let mut files = good();
        edit(&mut files, file, from, to);
        one(&files, want, Severity::Error, file, at);
    }
}
