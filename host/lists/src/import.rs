//! Rows to entries of one list, with a finding for each bad cell, all in one pass.

use std::collections::{BTreeMap, BTreeSet};

use package::{ListEntry, ListKind, Wording};

use crate::cells;
use crate::columns::{Field, Names};
use crate::finding::{CellFinding, Words, code, words};
use crate::header::{Header, find};
use crate::limits;
use crate::sheet::{Grid, Spot};

/// Which list is read, and what it is read against.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The list.
    pub kind: ListKind,
    /// The district's synonyms and column names.
    pub wording: &'a Wording,
    /// The entries in force, whose ids items without one keep.
    pub existing: &'a [ListEntry],
}

/// What a sheet holds.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// Entries without a bad cell, in the order of the sheet.
    pub entries: Vec<ListEntry>,
    /// Where each entry's values stand.
    pub spots: Vec<BTreeMap<Field, Spot>>,
    /// Everything found, in the order of the sheet.
    pub findings: Vec<CellFinding>,
    /// Rows that belong to other lists.
    pub others: usize,
}

impl Import {
    /// Whether the list must not be written.
    pub fn refused(&self) -> bool {
        self.findings.iter().any(|finding| !finding.warning)
    }

    /// Where a value of an entry stands; the entry's title where the column is not in the sheet.
    pub fn spot(&self, entry: usize, field: Field) -> Option<Spot> {
        let spots = self.spots.get(entry)?;
        let whole = matches!(field, Field::BasisLaw | Field::BasisArticle).then_some(Field::Basis);
        [Some(field), whole, Some(Field::Title)]
            .into_iter()
            .flatten()
            .find_map(|field| spots.get(&field).copied())
    }
}

/// Reads a sheet as one list. Never panics, whatever the cells.
pub fn import(grid: &Grid, asked: Asked<'_>) -> Import {
    let mut done = Import::default();
    let Some(header) = find(grid, &Names::new(asked.wording), &mut done.findings) else {
        finish(&mut done, asked.kind);
        return done;
    };
    // without a column that every row needs, every row would be wrong in the same way
    if done.findings.iter().any(|finding| finding.code == code::MISSING_COLUMN) {
        finish(&mut done, asked.kind);
        return done;
    }
    let mut numbers = Numbers::new(grid, &header, asked);
    for row in header.body..grid.rows.len() {
        let reading = Row { grid, at: row, header: &header, asked };
        if reading.passed_over() {
            continue;
        }
        match reading.kind() {
            Ok(Some(kind)) if kind != asked.kind => {
                done.others = done.others.saturating_add(1);
                continue;
            }
            Ok(None) => {
                done.others = done.others.saturating_add(1);
                continue;
            }
            Ok(Some(_)) => {}
            Err(finding) => {
                done.findings.push(*finding);
                continue;
            }
        }
        let mut bad = Vec::new();
        let entry = reading.entry(&mut numbers, &mut bad);
        if bad.is_empty() {
            done.spots.push(reading.spots());
            done.entries.push(entry);
        }
        done.findings.extend(bad);
    }
    if done.entries.is_empty() && !done.refused() {
        done.findings.push(CellFinding::of_sheet(
            code::NO_ROWS,
            grid.spot(header.body.saturating_sub(1), 0).line,
            words(
                "the sheet holds no item of this list",
                "表里没有这张清单的事项。",
                "检查是不是选错了文件、工作表或 --type。",
            ),
        ));
    }
    finish(&mut done, asked.kind);
    done
}

fn finish(done: &mut Import, kind: ListKind) {
    for finding in &mut done.findings {
        kind.id().clone_into(&mut finding.list);
    }
    done.findings.sort_by(|a, b| a.order().cmp(&b.order()));
    let dropped = done.findings.len().saturating_sub(limits::FINDINGS_MAX);
    if dropped > 0 {
        done.findings.truncate(limits::FINDINGS_MAX);
        done.findings.push(CellFinding::of_sheet(
            code::MORE_FINDINGS,
            1,
            words(
                format!("{dropped} further findings are not listed; correct these first"),
                format!("还有 {dropped} 处问题没有列出。"),
                "请先改好上面列出的问题，再导入一次。",
            ),
        ));
    }
}

/// Ids for items that come without one.
struct Numbers<'a> {
    wording: &'a Wording,
    /// Ids in force by what the item says, each to be given once.
    known: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    next: u32,
    prefix: &'static str,
}

impl<'a> Numbers<'a> {
    fn new(grid: &Grid, header: &Header, asked: Asked<'a>) -> Self {
        let prefix = asked.kind.prefix();
        let written = header.columns.get(&Field::Id).into_iter().flat_map(|column| {
            (header.body..grid.rows.len())
                .filter_map(|row| cells::id(&cells::clean(grid.text(row, *column)), prefix).ok())
        });
        let taken: BTreeSet<String> = written.collect();
        let known: BTreeMap<String, String> = asked
            .existing
            .iter()
            .filter(|entry| !taken.contains(&entry.id))
            .map(|entry| (asked.wording.key(&entry.title), entry.id.clone()))
            .collect();
        let all = taken.iter().chain(asked.existing.iter().map(|entry| &entry.id));
        let number = |id: &String| id.split_once('-').and_then(|(_, n)| n.parse::<u32>().ok());
        let last = all.filter_map(number).max().unwrap_or(0);
        Self { wording: asked.wording, known, taken, next: last.saturating_add(1), prefix }
    }

    fn give(&mut self, title: &str) -> String {
        let known = self.known.remove(&self.wording.key(title));
        let id = known.unwrap_or_else(|| {
            let id = format!("{}-{:02}", self.prefix, self.next);
            self.next = self.next.saturating_add(1);
            id
        });
        self.taken.insert(id.clone());
        id
    }
}

/// One row of the sheet.
struct Row<'a> {
    grid: &'a Grid,
    at: usize,
    header: &'a Header,
    asked: Asked<'a>,
}

impl Row<'_> {
    fn text(&self, field: Field) -> String {
        let column = self.header.columns.get(&field);
        column.map(|column| cells::clean(self.grid.text(self.at, *column))).unwrap_or_default()
    }

    fn spot(&self, field: Field) -> Spot {
        let column = self.header.columns.get(&field).copied().unwrap_or(0);
        self.grid.spot(self.at, column)
    }

    fn spots(&self) -> BTreeMap<Field, Spot> {
        let columns = self.header.columns.iter();
        columns.map(|(field, column)| (*field, self.grid.spot(self.at, *column))).collect()
    }

    /// Empty rows, sums, remarks, headings of sections, and the header printed again.
    fn passed_over(&self) -> bool {
        let width = self.grid.width();
        let texts: Vec<String> = (0..width)
            .map(|column| cells::clean(self.grid.text(self.at, column)))
            .filter(|text| !text.is_empty())
            .collect();
        let Some(first) = texts.first() else { return true };
        let title = self.text(Field::Title);
        let plain: String = first.chars().filter(|c| !c.is_whitespace()).collect();
        let starts = |words: &[&str]| words.iter().any(|word| plain.starts_with(word));
        let one = texts.iter().all(|text| text == first);
        // a sum says how many and nothing else; `合计表的填报` would be an item
        let sum = ["合计", "总计", "小计", "共计", "共"].iter().any(|word| {
            let rest = plain.strip_prefix(word);
            rest.is_some_and(|rest| {
                rest.chars().all(|c| c.is_numeric() || "项件条个:：()（）共".contains(c))
            })
        });
        // an item has a department; a line for signatures does not
        let nobodys = self.text(Field::Department);
        let remark = (nobodys.is_empty() || nobodys == *first)
            && starts(&[
                "注：",
                "注:",
                "说明：",
                "说明:",
                "备注：",
                "备注:",
                "填表人",
                "审核人",
                "单位：",
                "制表",
            ]);
        let section = one
            && first.split_once(['、', '）', ')']).is_some_and(|(number, _)| {
                let number = number.trim_start_matches(['（', '(']);
                !number.is_empty() && number.chars().all(|c| "一二三四五六七八九十".contains(c))
            });
        let again = title == Field::Title.title()
            && self.text(Field::Department) == Field::Department.title();
        sum || remark || section || again
    }

    /// The list the row names: the one asked for where it names none, `None` for one of another
    /// registry (小微权力、特色清单).
    fn kind(&self) -> Result<Option<ListKind>, Box<CellFinding>> {
        let text = self.text(Field::Kind);
        if text.is_empty() {
            return Ok(Some(self.asked.kind));
        }
        if text.contains("小微") || text.contains("特色") {
            return Ok(None);
        }
        let kinds = kinds_named(&text);
        let wrong = |code: &str, words: Words| {
            let finding = CellFinding::of_cell(code, self.spot(Field::Kind), Field::Kind, words);
            Err(Box::new(CellFinding { item: self.item(), ..finding }))
        };
        match kinds.as_slice() {
            [kind] => Ok(Some(*kind)),
            [] => wrong(
                code::WRONG_CELL,
                words(
                    format!("`{}` is no list", cells::short(&text)),
                    format!("没有“{}”这张清单。", cells::short(&text)),
                    "写“依法履职”“协助政府”这样的清单名，或者删去这一列。",
                ),
            ),
            _ => wrong(
                code::TWO_LIST_TYPES,
                words(
                    format!("an item is on exactly one list, not on `{}`", cells::short(&text)),
                    format!("一件事只能在一张清单上，这里写了“{}”。", cells::short(&text)),
                    "想清楚放哪一张，只留一个。",
                ),
            ),
        }
    }

    fn item(&self) -> String {
        let title = self.text(Field::Title);
        cells::short(if title.is_empty() { self.text(Field::Id) } else { title }.as_str())
    }

    fn entry(&self, numbers: &mut Numbers<'_>, bad: &mut Vec<CellFinding>) -> ListEntry {
        let prefix = self.asked.kind.prefix();
        let title = self.must(Field::Title, 80, bad);
        let department = self.must(Field::Department, 200, bad);
        let (basis_law, basis_article) = self.basis(bad);
        let id = self.text(Field::Id);
        let id = if id.is_empty() {
            numbers.give(&title)
        } else {
            self.read(Field::Id, |text| cells::id(text, prefix), bad)
        };
        let links = |prefix: &'static str| {
            move |text: &str| {
                if matches!(text, "" | "无" | "-" | "—") {
                    Ok(Vec::new())
                } else {
                    cells::ids(text, prefix)
                }
            }
        };
        ListEntry {
            id,
            title,
            department,
            support: cells::parts(&self.text(Field::Support)),
            basis_law,
            basis_article,
            village_part: self.limited(Field::VillagePart, 400, bad),
            supervised_by: self.read(Field::SupervisedBy, links("SU"), bad),
            services: self.read(Field::Services, links("SE"), bad),
            audience: self.limited(Field::Audience, 100, bad),
            documents: cells::parts(&self.text(Field::Documents)),
            every: self.read(Field::Every, cells::every, bad),
            quota: self.read(Field::Quota, cells::count, bad),
            quota_per: self.read(Field::QuotaPer, cells::every, bad),
            fields: cells::parts(&self.text(Field::Fields)),
            from: self.read(Field::From, cells::day, bad),
            to: self.read(Field::To, cells::day, bad),
            was: match self.text(Field::Was) {
                text if text.is_empty() => text,
                _ => self.read(Field::Was, |text| cells::id(text, prefix), bad),
            },
            note: self.limited(Field::Note, 400, bad),
        }
    }

    /// Law and article: from two columns, or from one that holds both.
    fn basis(&self, bad: &mut Vec<CellFinding>) -> (String, String) {
        let (law, whole) = (self.text(Field::BasisLaw), self.text(Field::Basis));
        if law.is_empty() && !whole.is_empty() {
            let read = |text: &str| cells::basis(text).map(|(law, article)| vec![law, article]);
            let mut pair = self.read(Field::Basis, read, bad).into_iter();
            return (pair.next().unwrap_or_default(), pair.next().unwrap_or_default());
        }
        let field = if self.header.columns.contains_key(&Field::BasisLaw) {
            Field::BasisLaw
        } else {
            Field::Basis
        };
        let law = self.must(field, 120, bad);
        let article = self.read(Field::BasisArticle, cells::article, bad);
        (if law.is_empty() { law } else { cells::law(&law) }, article)
    }

    fn must(&self, field: Field, max: usize, bad: &mut Vec<CellFinding>) -> String {
        let text = self.limited(field, max, bad);
        if text.is_empty() {
            let words = words(
                format!("the cell `{}` is empty", field.title()),
                format!("“{}”没有填。", field.title()),
                "补上这一格；合并单元格的，检查是不是合并错了行。",
            );
            self.report(code::EMPTY_CELL, field, words, bad);
        }
        text
    }

    fn limited(&self, field: Field, max: usize, bad: &mut Vec<CellFinding>) -> String {
        let text = self.text(field);
        let count = text.chars().count();
        if count > max {
            let words = words(
                format!("{count} characters are more than the {max} this cell may have"),
                format!("“{}”太长：{count} 个字，最多 {max} 个字。", field.title()),
                "写短一点，细节写进备注。",
            );
            self.report(code::WRONG_CELL, field, words, bad);
        }
        text
    }

    fn read<T: Default>(
        &self,
        field: Field,
        read: impl FnOnce(&str) -> Result<T, Words>,
        bad: &mut Vec<CellFinding>,
    ) -> T {
        read(&self.text(field)).unwrap_or_else(|words| {
            self.report(code::WRONG_CELL, field, words, bad);
            T::default()
        })
    }

    fn report(&self, code: &str, field: Field, words: Words, bad: &mut Vec<CellFinding>) {
        let finding = CellFinding::of_cell(code, self.spot(field), field, words);
        bad.push(CellFinding { item: self.item(), ..finding });
    }
}

/// The lists a text names, by id, title or the words they are known by.
fn kinds_named(text: &str) -> Vec<ListKind> {
    if let Some(kind) = ListKind::ALL.into_iter().find(|k| text == k.title() || text == k.id()) {
        return vec![kind];
    }
    let known = |kind: ListKind| -> &[&str] {
        match kind {
            ListKind::Duty => &["履职", "正面"],
            ListKind::Assist => &["协助", "配合"],
            ListKind::Negative => &["负面"],
            ListKind::Responsibility => &["责任"],
            ListKind::Supervision => &["监督"],
            ListKind::Service => &["服务"],
            ListKind::Certificate => &["证明", "盖章"],
            ListKind::Ledger => &["台账", "报表"],
            ListKind::Inspection => &["检查", "评比"],
            ListKind::Sign => &["挂牌", "牌子"],
        }
    };
    let named = |kind: &ListKind| known(*kind).iter().any(|word| text.contains(word));
    ListKind::ALL.into_iter().filter(named).collect()
}
