//! Scoring standards in sheets: the way out and back in, and sheets as offices really write them.

use ::table::{Column, EventShape, Kind, QuantityShape, Table, check, parse, write};
use proptest::prelude::*;
use rust_xlsxwriter::{Format, Workbook};

use crate::{
    CellFinding, Grid, Imported, TableAsked, import_table, read_csv, read_sheets, table_csv,
    table_xlsx,
};

const TABLES: [&str; 5] = [
    include_str!("../../../../tests/golden/tables/hours-award.table.toml"),
    include_str!("../../../../tests/golden/tables/donation.table.toml"),
    include_str!("../../../../tests/golden/tables/hours-rate.table.toml"),
    include_str!("../../../../tests/golden/tables/household-round.table.toml"),
    include_str!(
        "../../../../policies/laixi/townships/370285007-guhe/editions/2026-01-01/rules/four-virtues.table.toml"
    ),
];

fn events() -> Vec<EventShape> {
    let times = QuantityShape { name: "times".to_owned(), min: 1, max: 1, unit: "次".to_owned() };
    [("visit", "看望老人"), ("snow", "清扫积雪"), ("talk", "参加宣讲")]
        .map(|(kind, title)| EventShape {
            kind: kind.to_owned(),
            title: title.to_owned(),
            quantities: vec![times.clone()],
        })
        .to_vec()
}

fn read(sheets: &[(String, Grid)], old: Option<&Table>) -> Imported {
    let events = events();
    import_table(sheets, TableAsked { id: "t", title: "表", old, events: &events })
}

/// Everything that is wrong, by the cell.
fn found(imported: &Imported) -> Vec<CellFinding> {
    let scheme = ::table::Scheme { settles: false, period: None, events: events() };
    let faults = check(&imported.table, &scheme);
    imported
        .findings
        .iter()
        .cloned()
        .chain(faults.iter().map(|fault| imported.located(fault)))
        .collect()
}

fn csv(text: &str) -> Imported {
    read(&[(String::new(), read_csv(text.as_bytes()).unwrap())], None)
}

/// The remarks at the top of a file, which a package keeps.
fn remarks(text: &str) -> String {
    text.lines().take_while(|line| line.starts_with('#')).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_workbook_comes_back_as_the_same_bytes() {
    for text in TABLES {
        let table = parse(text).unwrap();
        let book = table_xlsx(&table).unwrap();
        assert_eq!(table_xlsx(&table).unwrap(), book, "same table, same bytes");
        let imported = read(&read_sheets(&book).unwrap(), None);
        assert_eq!(imported.findings, [], "{}", table.id);
        assert_eq!(write(&imported.table, &remarks(text)).text, text);
    }
}

#[test]
fn each_kind_of_rows_comes_back_from_csv() {
    for text in TABLES {
        let table = parse(text).unwrap();
        for kind in table.rows.keys() {
            let grid = read_csv(table_csv(&table, *kind).as_bytes()).unwrap();
            // without the name of a sheet, classes cannot be told from items
            let name = if *kind == Kind::Class { kind.title() } else { "" };
            let imported = read(&[(name.to_owned(), grid)], Some(&table));
            assert_eq!(imported.findings, []);
            assert_eq!(write(&imported.table, &remarks(text)).text, text, "{kind:?}");
            assert_eq!(imported.kept.len(), table.rows.len() - 1);
        }
    }
}

#[test]
fn a_sheet_as_offices_write_it_is_understood() {
    let imported = csv("某镇积分标准（２０２６年）,,,,,,,,\n\
        序号,类别,项目,单位,分值,封顶,,起始日期,依据条款\n\
        ,,,,,每月,每季度,,\n\
        一、孝,,,,,,,,\n\
        1,孝,看望老人,每次,３分,９,,2026.9.1,《办法》第4条\n\
        2,勤,清扫积雪,次,1,3.0,,2026年9月1日,《办法》第5条\n\
        3,学,参加宣讲,１次,0.5,,2,20260901,《办法》第6条\n\
        合计,,,,4.5,,,,\n\
        备注：自愿参加,,,,,,,,\n");
    assert_eq!(found(&imported), []);
    let rows = imported.table.rows(Kind::Item);
    let of = |row: usize, column| rows[row].text(column).to_owned();
    assert_eq!(rows.len(), 3);
    let want = [
        (0, Column::Id, "visit"),
        (0, Column::Event, "visit"),
        (0, Column::Points, "3.00"),
        (0, Column::CapMonth, "9.00"),
        (0, Column::From, "2026-09-01"),
        (1, Column::From, "2026-09-01"),
        (2, Column::Per, "1次"),
        (2, Column::Points, "0.50"),
        (2, Column::CapQuarter, "2.00"),
        (2, Column::From, "2026-09-01"),
    ];
    for (row, column, text) in want {
        assert_eq!(of(row, column), text, "{row} {column:?}");
    }
}

#[test]
fn every_bad_cell_is_named_in_one_pass() {
    let imported = csv("编号,项目,事件,计分单位,分值,每月封顶,起（含）,条款\n\
        a,看望老人,visit,次,三分,9,2026.13.1,《办法》第4条\n\
        b,清扫积雪,清扫积雪,次,1,0.5,,\n\
        B2,参加宣讲,talks,半小时,,,,《办法》第6条\n");
    let all = found(&imported);
    let places: Vec<String> =
        all.iter().map(|f| format!("{} {} {}", f.cell, f.code, f.field)).collect();
    for want in [
        "E2 TABLE_WRONG_CELL 分值",
        "G2 TABLE_WRONG_CELL 起（含）",
        "F3 CAP_BELOW_ONE 每月封顶",
        "H3 NO_CLAUSE 条款",
        "A4 TABLE_WRONG_CELL 编号",
        "C4 UNKNOWN_EVENT 事件",
        "D4 TABLE_WRONG_CELL 计分单位",
        "E4 TABLE_EMPTY_CELL 分值",
    ] {
        assert!(places.contains(&want.to_owned()), "{want}: {places:#?}");
    }
    assert!(all.iter().all(|finding| !finding.text.is_empty() && !finding.help.is_empty()));
}

#[test]
fn merged_cells_cover_their_rows_and_a_merged_cap_is_asked_about() {
    let mut book = Workbook::new();
    let plain = Format::new();
    let sheet = book.add_worksheet();
    let head = ["类别", "项目", "单位", "分值", "每月封顶", "条款"];
    for (at, title) in (0_u16..).zip(head) {
        sheet.write_string(0, at, title).unwrap();
    }
    sheet.merge_range(1, 0, 2, 0, "勤", &plain).unwrap();
    sheet.merge_range(1, 5, 2, 5, "《办法》第5条", &plain).unwrap();
    sheet.merge_range(1, 4, 2, 4, "9", &plain).unwrap();
    for (line, title) in (1_u32..).zip(["看望老人", "清扫积雪"]) {
        sheet.write_string(line, 1, title).unwrap();
        sheet.write_string(line, 2, "次").unwrap();
        sheet.write_number(line, 3, 3.0).unwrap();
    }
    sheet.set_name("积分表").unwrap();
    let imported = read(&read_sheets(&book.save_to_buffer().unwrap()).unwrap(), None);
    let rows = imported.table.rows(Kind::Item);
    assert_eq!(
        (rows[1].text(Column::Class), rows[1].text(Column::Clause)),
        ("勤", "《办法》第5条")
    );
    let [finding] = &imported.findings[..] else { panic!("{:?}", imported.findings) };
    assert_eq!((finding.cell.as_str(), finding.list.as_str()), ("E3", "积分表"));
    assert!(finding.help.contains("类别封顶"), "{finding:?}");
}

#[test]
fn steps_of_one_row_agree_and_a_sheet_without_a_header_is_told() {
    let imported = csv("编号,项目,事件,累计周期,条款,达到,分值\n\
        h,宣讲,talk,全部,《办法》第1条,≥1次,1\n\
        ,,,,,≥2次,2\n\
        h,宣讲,talk,每年,《办法》第1条,≥3次,3\n");
    assert_eq!(imported.table.rows(Kind::Ladder)[0].steps.len(), 3);
    let [finding] = &imported.findings[..] else { panic!("{:?}", imported.findings) };
    assert_eq!((finding.cell.as_str(), finding.field.as_str()), ("D4", "累计周期"));
    let imported = csv("甲,乙\n1,2\n");
    assert_eq!(imported.findings[0].code, "NO_HEADER");
}

proptest! {
    #[test]
    fn any_cells_are_imported_without_a_panic(cells in prop::collection::vec(prop::collection::vec("\\PC{0,8}", 1..9), 0..12)) {
        let heads = ["编号", "类别", "项目", "事件", "计分单位", "分值", "下限", "条款"].map(str::to_owned);
        let rows = std::iter::once(heads.to_vec()).chain(cells);
        let rows = (1_u32..).zip(rows).collect();
        let imported = read(&[(String::new(), Grid { rows, ..Grid::default() })], None);
        for finding in found(&imported) {
            prop_assert!(!finding.code.is_empty() && !finding.text.is_empty());
        }
    }
}
