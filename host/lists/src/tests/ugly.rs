use package::{Every, ListKind};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::read;
use crate::{read_csv, read_xlsx};

/// A sheet as offices make them: a title over everything, two rows of header with merged groups, a
/// department merged over three rows, numbers as text and as numbers, three ways to write a date.
fn office_sheet() -> Vec<u8> {
    let mut book = Workbook::new();
    let plain = Format::new();
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, 8, "某区职责事项一览表（2026年）", &plain).unwrap();
    sheet.write_string(1, 0, "单位：某区民政局").unwrap();
    for (column, name) in [(0, "序号"), (1, "工作事项"), (2, "牵头部门")] {
        sheet.merge_range(3, column, 4, column, name, &plain).unwrap();
    }
    sheet.merge_range(3, 3, 3, 4, "依 据", &plain).unwrap();
    sheet.write_string(4, 3, "法律名称").unwrap();
    sheet.write_string(4, 4, "条款").unwrap();
    for (column, name) in [(5, "频次"), (6, "次数上限"), (7, "生效日期"), (8, "联系电话")]
    {
        sheet.merge_range(3, column, 4, column, name, &plain).unwrap();
    }
    sheet.merge_range(5, 0, 5, 8, "一、村务管理（3项）", &plain).unwrap();
    sheet.merge_range(6, 2, 8, 2, "民政局", &plain).unwrap();
    let day = Format::new().set_num_format("yyyy/m/d");
    for (row, title, article, every) in [
        (6, "村务\n公开 ", "３５", "每季度"),
        (7, "民主评议", "第38条", "年度"),
        (8, "村规民约备案", "31", ""),
    ] {
        sheet.write_number(row, 0, f64::from(row - 5)).unwrap();
        sheet.write_string(row, 1, title).unwrap();
        sheet.write_string(row, 3, "村民委员会组织法").unwrap();
        sheet.write_string(row, 4, article).unwrap();
        sheet.write_string(row, 5, every).unwrap();
    }
    sheet.write_number(6, 6, 4.0).unwrap();
    sheet.write_string(7, 6, "１次").unwrap();
    sheet.write_string(6, 7, "2026.9.1").unwrap();
    sheet
        .write_datetime_with_format(7, 7, ExcelDateTime::from_ymd(2026, 9, 1).unwrap(), &day)
        .unwrap();
    sheet.write_string(8, 7, "2026年9月1日").unwrap();
    // an empty row, then the sums
    sheet.merge_range(10, 0, 10, 1, "合  计", &plain).unwrap();
    sheet.write_number(10, 6, 5.0).unwrap();
    sheet.write_string(11, 0, "填表人：张某").unwrap();
    book.add_worksheet().write_string(0, 0, "另一张表").unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn an_office_sheet_is_read() {
    let grid = read_xlsx(&office_sheet(), None).unwrap();
    let done = read(&grid, ListKind::Duty);
    assert!(!done.refused(), "{:#?}", done.findings);
    let warned: Vec<_> = done.findings.iter().map(|f| (f.code.as_str(), f.cell.as_str())).collect();
    assert_eq!(warned, [("UNKNOWN_COLUMN", "I5")]);
    let said: Vec<_> = done
        .entries
        .iter()
        .map(|e| {
            (e.id.as_str(), e.title.as_str(), e.department.as_str(), e.basis(), e.every, e.quota)
        })
        .collect();
    let law = |n: u8| format!("《村民委员会组织法》第{n}条");
    assert_eq!(
        said,
        [
            ("DU-01", "村务公开", "民政局", law(35), Some(Every::Quarter), Some(4)),
            ("DU-02", "民主评议", "民政局", law(38), Some(Every::Year), Some(1)),
            ("DU-03", "村规民约备案", "民政局", law(31), None, None),
        ]
    );
    assert!(done.entries.iter().all(|e| e.from.unwrap().to_string() == "2026-09-01"));
}

#[test]
fn a_sheet_is_chosen_by_name_and_must_exist() {
    let bytes = office_sheet();
    assert!(read_xlsx(&bytes, Some("Sheet2")).is_ok());
    let missing = read_xlsx(&bytes, Some("清单")).unwrap_err();
    assert!(missing.message.contains("Sheet1, Sheet2"), "{missing:?}");
}

/// The same office, saved as CSV by an old Excel: GB18030, no merged cells, groups over one cell.
#[test]
fn a_csv_with_two_rows_of_header_is_read() {
    let text = "某区清单,,,,\r\n,,,,\r\n编号,事项,责任单位,法律依据,\r\n,,,名称,条款\r\n\
        ＤＵ－０１,\"召集会议,村民代表\",民政局,《村民委员会组织法》,第30条\r\n\
        2,财务公开,农业农村局,村民委员会组织法,35\r\n,,,,\r\n总计,2,,,\r\n";
    let text = text.replace(",名称,条款", ",法律名称,条款");
    let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
    let done = read(&read_csv(&bytes).unwrap(), ListKind::Duty);
    assert!(done.findings.is_empty(), "{:#?}", done.findings);
    let said: Vec<_> =
        done.entries.iter().map(|e| (e.id.as_str(), e.title.as_str(), e.basis())).collect();
    assert_eq!(
        said,
        [
            ("DU-01", "召集会议,村民代表", "《村民委员会组织法》第30条".to_owned()),
            ("DU-02", "财务公开", "《村民委员会组织法》第35条".to_owned()),
        ]
    );
}

/// A wide line of sums is passed over; an item that only starts like one is read.
#[test]
fn sums_are_no_items_and_items_are_no_sums() {
    let text = "事项名称,主管部门,依据,次数,备注\n合计表填报,民政局,《某法》第1条,1,\n合计（1项）,1,1,1,1\n共1项,,,,\n注：演示,,,,\n填表人：甲,,审核人：乙,,日期\n";
    let done = read(&read_csv(text.as_bytes()).unwrap(), ListKind::Ledger);
    assert!(done.findings.is_empty(), "{:?}", done.findings);
    assert_eq!(done.entries.iter().map(|e| e.title.as_str()).collect::<Vec<_>>(), ["合计表填报"]);
}

#[test]
fn rows_of_other_lists_are_counted_and_two_lists_are_refused() {
    let text = "清单,事项名称,主管部门,依据\n依法履职,甲,民政局,《某法》第1条\n协助政府事项,乙,民政局,《某法》第2条\n\
        小微权力,丙,村委会,《某法》第3条\n履职、协助,丁,民政局,《某法》第4条\n";
    let done = read(&read_csv(text.as_bytes()).unwrap(), ListKind::Duty);
    assert_eq!((done.entries.len(), done.others), (1, 2));
    let found: Vec<_> =
        done.findings.iter().map(|f| (f.code.as_str(), f.cell.as_str(), f.item.as_str())).collect();
    assert_eq!(found, [("TWO_LIST_TYPES", "A5", "丁")]);
}

#[test]
fn items_without_a_number_keep_the_one_they_have() {
    let wording = package::Wording::default();
    let existing = [super::entry("DU-07", "村务公开"), super::entry("DU-02", "评议")];
    let text = "名称,部门,依据\n新事项,民政局,《某法》第1条\n村务公开,民政局,《某法》第1条\n";
    let grid = read_csv(text.as_bytes()).unwrap();
    let asked = crate::Asked { kind: ListKind::Duty, wording: &wording, existing: &existing };
    let done = crate::import(&grid, asked);
    let ids: Vec<_> = done.entries.iter().map(|e| (e.title.as_str(), e.id.as_str())).collect();
    assert_eq!(ids, [("新事项", "DU-08"), ("村务公开", "DU-07")]);
}
