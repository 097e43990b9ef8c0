//! What a clerk reads: every bad cell at once, each with list, item, field, cell and the fix.

use package::ListKind;

use super::read;
use crate::{CellFinding, read_csv};

const BAD: &str = "编号,事项名称,主管部门,依据法律,依据条款,多久一次,每年最多次数,生效日期,由谁监督,名称\n\
DU-1,村务公开,民政局,《某法》,三五,每季度,4,2026-09-01,,\n\
DU-02,,,《某法》,第1条,随时,4.5,2026-02-30,SU-1,\n\
DU-03,好的一行,民政局,某法,2,,,,,\n\
DU-04,没有依据,民政局,,,,,,,\n";

fn lines(findings: &[CellFinding], text: fn(&CellFinding) -> String) -> String {
    findings.iter().fold(String::new(), |out, f| {
        let warning = if f.warning { "warning " } else { "" };
        format!(
            "{out}{warning}{} {} {} {} {}\n  {}\n",
            f.code,
            f.list,
            f.cell,
            f.field,
            f.item,
            text(f)
        )
    })
}

#[test]
fn messages_in_chinese() {
    let done = read(&read_csv(BAD.as_bytes()).unwrap(), ListKind::Duty);
    let said = lines(&done.findings, |f| format!("{} {}", f.text, f.help));
    assert_eq!(said, include_str!("messages.zh.txt"), "{said}");
}

#[test]
fn messages_in_english() {
    let done = read(&read_csv(BAD.as_bytes()).unwrap(), ListKind::Duty);
    let said = lines(&done.findings, |f| f.message.clone());
    assert_eq!(said, include_str!("messages.en.txt"), "{said}");
}

#[test]
fn a_sheet_without_header_or_rows_says_so() {
    for (text, code) in [
        ("", "NO_HEADER"),
        ("一,二,三\n1,2,3\n", "NO_HEADER"),
        ("事项名称,编号\n甲,1\n", "MISSING_COLUMN"),
        ("事项名称,主管部门,依据\n合计,,\n", "NO_ROWS"),
    ] {
        let done = read(&read_csv(text.as_bytes()).unwrap(), ListKind::Duty);
        assert!(done.refused(), "{text}");
        assert!(done.findings.iter().any(|f| f.code == code), "{text}: {:?}", done.findings);
        assert!(done.entries.is_empty());
    }
}
