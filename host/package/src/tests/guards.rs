//! What points may not touch, and the clauses they rest on.

use super::mutations::{local, mistake, one};
use super::{edit, good};
use crate::code;

#[test]
fn mistakes_about_what_points_may_touch() {
    let offer = local("editions/2026-01-01/offers/tissues.toml");
    let exchange = local("editions/2026-01-01/schemes/exchange.toml");
    let round = local("editions/2026-01-01/schemes/household-sanitation.toml");
    let township = local("township.toml");
    for (want, path, from, to, at) in [
        (code::PROTECTED_CONDUCT, &round, "评议员打分表", "没有进京上访", "title = \"没有"),
        (code::FINE_FORBIDDEN, &round, "title = \"庭院\"", "title = \"罚款\"", "courtyard"),
        (code::DATA_NOT_NEEDED, &round, "title = \"门前\"", "title = \"身份证\"", "gate"),
        (code::COMPULSION_FORBIDDEN, &round, "title = \"厕所\"", "title = \"打卡\"", "toilet"),
        (code::MINOR_SCORED, &round, "垃圾分类", "考试成绩", "waste"),
        (code::STATUTORY_ENTITLEMENT, &offer, "抽纸（6 包）", "优先办理低保", "title = "),
        (code::CLAUSE_NOT_FILED, &exchange, "办法（演示）》第2条", "办法（演示）》第9条", "clause"),
        (code::CLAUSE_NOT_FILED, &exchange, "《夏格庄镇文明", "《莱西市文明", "clause"),
        (
            code::COVENANT_NOT_YET,
            &township,
            "title = \"夏格庄镇户容户貌评比办法（演示）\"\nfiled = \"2025-12-20\"",
            "title = \"夏格庄镇户容户貌评比办法（演示）\"\nfiled = \"2026-01-02\"",
            "",
        ),
        (code::WRONG_VALUE, &township, "\"fiscal-award\"", "\"land-compensation\"", "kind = "),
    ] {
        if want == code::COVENANT_NOT_YET {
            let mut files = good();
            edit(&mut files, path, from, to);
            one(want, &round, "clause = ", &files);
        } else {
            mistake(want, path, from, to, at);
        }
    }
    // a district adds words and takes none away
    let mut files = good();
    let more = "[[words]]\ncode = \"PROTECTED_CONDUCT\"\nwords = [\"畜禽\"]\n";
    files.insert("guards.toml".to_owned(), more.into());
    one(code::PROTECTED_CONDUCT, &round, "livestock", &files);
}
