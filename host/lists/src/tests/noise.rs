use std::sync::LazyLock;

use package::ListKind;
use proptest::prelude::*;

use super::{entry, list, read};
use crate::{read_csv, read_xlsx, xlsx};

static BOOK: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let duty = list(ListKind::Duty, [entry("DU-01", "甲"), entry("DU-02", "乙")]);
    xlsx("一览表", &package::rows([&duty])).unwrap()
});

/// Cells that headers, sums, dates and links are made of.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("事项名称".to_owned()),
        Just("主管部门".to_owned()),
        Just("依据".to_owned()),
        Just("编号".to_owned()),
        Just("生效日期".to_owned()),
        Just("由谁监督".to_owned()),
        Just("清单".to_owned()),
        "[合计总第条款《》（）0-9０-９年月日.、；一二三\\-/ A-Za-z\n\u{feff}]{0,12}",
        any::<String>().prop_map(|s| s.chars().take(20).collect()),
    ]
}

fn csv_text(rows: &[Vec<String>]) -> String {
    rows.iter().fold(String::new(), |text, row| {
        let cells: Vec<String> =
            row.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect();
        format!("{text}{}\n", cells.join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(grid) = read_csv(&bytes) {
            read(&grid, ListKind::Service);
        }
        prop_assert!(read_xlsx(&bytes, None).is_err());
    }

    /// A good workbook with a few bytes changed, cut or doubled.
    #[test]
    fn a_damaged_workbook_is_refused_or_read(at in any::<prop::sample::Index>(), new in any::<u8>(), how in 0_u8..3) {
        let mut bytes = BOOK.clone();
        let at = at.index(bytes.len());
        match how {
            0 => bytes[at] = new,
            1 => bytes.truncate(at),
            _ => bytes.insert(at, new),
        }
        if let Ok(grid) = read_xlsx(&bytes, None) {
            read(&grid, ListKind::Duty);
        }
    }

    /// Whatever the cells, what comes out as an entry is whole, and everything else is a finding.
    #[test]
    fn no_cells_are_too_much(rows in proptest::collection::vec(proptest::collection::vec(cell(), 1..8), 0..12)) {
        let grid = read_csv(csv_text(&rows).as_bytes()).unwrap();
        let done = read(&grid, ListKind::Responsibility);
        prop_assert_eq!(done.entries.len(), done.spots.len());
        for entry in &done.entries {
            prop_assert!(!entry.title.is_empty() && !entry.department.is_empty());
            prop_assert!(entry.basis_law.contains('《'));
            prop_assert!(entry.id.len() >= 5);
        }
        prop_assert!(done.refused() || !done.entries.is_empty());
        for finding in &done.findings {
            prop_assert!(!finding.message.is_empty() && !finding.text.is_empty() && !finding.help.is_empty());
            prop_assert!(!finding.message.contains('\n') && finding.line >= 1);
        }
    }
}
