//! The division list's lines.

use std::collections::BTreeMap;

use model::{DivisionCode, DivisionLevel};

use crate::diagnostic::{Findings, code, words};
use crate::source::Place;
use crate::{Division, Divisions};

const HEADER: &str = "code12,level,name,parent_code12,kind";

/// Reads `divisions.csv`; unusable lines are findings and are left out.
pub(crate) fn read(file: &str, text: &str, findings: &mut Findings) -> Divisions {
    let mut lines = text.lines().enumerate();
    if lines.next().map(|(_, line)| line.trim_end()) != Some(HEADER) {
        findings.error(
            code::SYNTAX,
            Place::top(file),
            words(
                format!("the first line must be `{HEADER}`"),
                "区划表的表头不对。",
                format!("第一行写 {HEADER}，不要用 Excel 另存成别的格式。"),
            ),
        );
        return Divisions::default();
    }
    let mut map = BTreeMap::new();
    for (index, line) in lines {
        if line.trim().is_empty() {
            continue;
        }
        let number = u32::try_from(index.saturating_add(1)).unwrap_or(u32::MAX);
        let place = |column: u32| Place { file: file.to_owned(), line: number, column };
        match parse(line) {
            Ok(division) if map.contains_key(&division.code) => findings.error(
                code::DUPLICATE_ID,
                place(1),
                crate::read::duplicate(&division.code.to_string(), None),
            ),
            Ok(division) => {
                map.insert(division.code, division);
            }
            Err(Fault::Shape) => findings.error(
                code::SYNTAX,
                place(1),
                words(
                    "a line needs five fields: code, level, name, parent, kind",
                    "这一行要有五列：代码、级别、名称、上级代码、类别。",
                    "名称里不要有逗号；缺的列补上。",
                ),
            ),
            Err(Fault::Code(said)) => findings.error(
                code::BAD_DIVISION_CODE,
                place(1),
                words(
                    said,
                    "区划代码不对。",
                    "代码是十二位数字，前几位与上级相同；不要让 Excel 把它变成 3.70285E+11。",
                ),
            ),
        }
    }
    let divisions = Divisions(map);
    orphans(file, text, &divisions, findings);
    divisions
}

enum Fault {
    Shape,
    Code(String),
}

fn parse(line: &str) -> Result<Division, Fault> {
    let fields: Vec<&str> = line.trim_end().split(',').collect();
    let [code, level, name, parent, kind] = fields.as_slice() else { return Err(Fault::Shape) };
    let read =
        |text: &str| DivisionCode::parse(text).map_err(|error| Fault::Code(error.to_string()));
    let (code, parent) = (read(code)?, read(parent)?);
    let (want, above) = match *level {
        "county" => (DivisionLevel::County, None),
        "township" => (DivisionLevel::Township, Some(code.county())),
        "village" => (DivisionLevel::Village, Some(code.township())),
        _ => return Err(Fault::Shape),
    };
    if name.trim().is_empty() {
        return Err(Fault::Shape);
    }
    if code.level() != want {
        return Err(Fault::Code(format!("`{code}` is not a {level} code")));
    }
    if above.is_some_and(|above| above != parent) {
        return Err(Fault::Code(format!("`{code}` does not lie under `{parent}`")));
    }
    let kind = kind.split('(').next().unwrap_or(kind).trim().to_owned();
    Ok(Division { code, level: want, name: (*name).to_owned(), parent, kind })
}

fn orphans(file: &str, text: &str, divisions: &Divisions, findings: &mut Findings) {
    for division in divisions.all() {
        if division.level == DivisionLevel::County || divisions.get(division.parent).is_some() {
            continue;
        }
        findings.error(
            code::UNKNOWN_DIVISION,
            line_of(file, text, division.code),
            words(
                format!("parent `{}` of `{}` is not in the list", division.parent, division.code),
                format!("{} 的上级 {} 不在区划表里。", division.name, division.parent),
                "把上级那一行补上，或改正上级代码。",
            ),
        );
    }
}

/// The place of a code's own line.
pub(crate) fn line_of(file: &str, text: &str, code: DivisionCode) -> Place {
    let wanted = format!("{code},");
    let line =
        text.lines().position(|line| line.starts_with(&wanted)).unwrap_or(0).saturating_add(1);
    Place { file: file.to_owned(), line: u32::try_from(line).unwrap_or(u32::MAX), column: 1 }
}
