//! The classifier of what is published: withholding needs a reason, and what must be out stays out.

use super::lists::one;
use super::{edit, good};
use crate::{Severity, code};

const FILE: &str = "editions/2026-01-01/publication.toml";

#[test]
fn withholding_needs_a_reason_and_an_item_a_class() {
    let held = "item = \"S13\"\nreason = \"no-decision\"";
    for (want, from, to, at) in [
        // without a reason, and with one that nobody wrote down
        (code::WITHHELD_WITHOUT_REASON, held, "item = \"S13\"", "item = \"S13\""),
        (
            code::WITHHELD_WITHOUT_REASON,
            held,
            "item = \"S13\"\nreason = \"busy\"",
            "reason = \"busy\"",
        ),
        (
            code::WITHHELD_WITHOUT_REASON,
            "rule = \"must-not\"\nreason = \"party\"",
            "rule = \"must-not\"",
            "id = \"party\"",
        ),
        // works must be out, whatever reason is given
        (code::MUST_BE_PUBLISHED, "item = \"S13\"", "item = \"P03\"", "item = \"P03\""),
        (code::UNKNOWN_ITEM, "items = [\"S15\"]", "items = [\"S15\", \"P77\"]", "P77"),
        (code::WRONG_VALUE, "rule = \"must-not\"\nreason = \"party\"", "rule = \"never\"", "never"),
    ] {
        let mut files = good();
        edit(&mut files, FILE, from, to);
        // the needle of a reason's id stands first under `reasons`; the class is the second
        if at == "id = \"party\"" {
            let loaded = crate::load(&files);
            let codes: Vec<&str> = super::errors(&loaded).iter().map(|d| d.code.as_str()).collect();
            assert_eq!(codes, [want], "{}", super::show(&loaded.diagnostics));
            continue;
        }
        one(&files, want, Severity::Error, FILE, at);
    }
    let mut files = good();
    edit(&mut files, FILE, "items = [\"S15\"]", "items = []");
    one(&files, code::UNCLASSIFIED_ITEM, Severity::Warning, FILE, "[[classes]]");
}
