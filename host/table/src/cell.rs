//! One cell to one value, and to the one way it is written.

use model::{CivilDay, Points};

use crate::Form;
use crate::fault::{Words, words};

/// A number with its unit, and the number in what the record keeps: minutes for hours, cents for yuan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Amount {
    /// As written.
    pub number: i64,
    /// As written, e.g. `小时`; may be empty.
    pub unit: String,
    /// In the unit of the record.
    pub base: i64,
}

/// A number with the side on which the range lies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edge {
    /// Whether the range lies above the number.
    pub lower: bool,
    /// Whether the number itself belongs to the range.
    pub inclusive: bool,
    /// The number.
    pub amount: Amount,
}

/// A share of the village from the top.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// ‰.
    pub permille: i64,
    /// Whether a place exactly at the share belongs to the band.
    pub inclusive: bool,
}

/// How long values are added up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Window {
    /// Each event by itself.
    Event,
    /// A day.
    Day,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
    /// Everything the rule is given: the scheme's period.
    All,
}

/// How several values become one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// Their sum.
    Sum,
    /// Their mean, halves up.
    Mean,
    /// From five values on, the mean without one highest and one lowest.
    Trimmed,
}

/// Half-width form of a full-width character.
pub fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => {
            u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c)
        }
        _ => c,
    }
}

/// A text without what a spreadsheet or a typist leaves around it.
pub fn clean(text: &str) -> String {
    let seen =
        text.chars().filter(|c| !matches!(c, '\u{feff}' | '\u{200b}'..='\u{200d}' | '\r' | '\n'));
    let plain: String = seen.map(|c| if c == '\t' || c == '\u{a0}' { ' ' } else { c }).collect();
    plain.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

fn narrow(text: &str) -> String {
    clean(text).chars().map(half_width).filter(|c| !c.is_whitespace()).collect()
}

/// Enough of a text to recognise it.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn wrong(text: &str, what: &str, said: &str, help: &str) -> Words {
    let cell = short(&clean(text));
    words(format!("`{cell}` is no {what}"), format!("“{cell}”{said}。"), help)
}

/// Digits with at most two decimals, in hundredths.
fn hundredths(text: &str) -> Option<i64> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = rest.split_once('.').unwrap_or((rest, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 10 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    let value = whole.checked_mul(100)?.checked_add(part)?;
    if negative { value.checked_neg() } else { Some(value) }
}

pub(crate) fn points(text: &str) -> Result<Points, Words> {
    let plain = narrow(text).replace(['－', '−', '—'], "-");
    let bare = plain.strip_suffix('分').unwrap_or(&plain);
    hundredths(bare).map(Points).ok_or_else(|| {
        wrong(
            text,
            "number of points",
            "不是分值",
            "写最多两位小数的数，例如 3.00 或 0.5；扣分写 -5.00。",
        )
    })
}

/// What one unit is in the record: hours in minutes, yuan in cents.
fn factor(unit: &str) -> i64 {
    match unit {
        "小时" => 60,
        "元" => 100,
        "万元" => 1_000_000,
        _ => 1,
    }
}

pub(crate) fn amount(text: &str) -> Result<Amount, Words> {
    let plain = narrow(text);
    let plain = plain.strip_prefix('每').unwrap_or(&plain);
    let digits: String = plain.chars().take_while(char::is_ascii_digit).collect();
    let unit = plain.get(digits.len()..).unwrap_or_default();
    let bad = || {
        wrong(
            text,
            "whole number with a unit",
            "不是带单位的整数",
            "写成“次”“4小时”“100元”这样；半小时写“30分钟”。",
        )
    };
    let number: i64 = if digits.is_empty() { 1 } else { digits.parse().map_err(|_| bad())? };
    let unit = match unit {
        "h" | "时" | "个小时" => "小时",
        "min" | "分" if !digits.is_empty() => "分钟",
        unit => unit,
    };
    let plain_unit = unit.chars().all(char::is_alphabetic) && unit.chars().count() <= 6;
    if !plain_unit || unit.starts_with('半') || (digits.is_empty() && unit.is_empty()) {
        return Err(bad());
    }
    let base = number.checked_mul(factor(unit)).filter(|base| *base <= 1_000_000_000_000);
    Ok(Amount { number, unit: unit.to_owned(), base: base.ok_or_else(bad)? })
}

/// Why an edge cannot be read.
pub(crate) enum EdgeFault {
    /// The number is there, its side is not.
    Side(Words),
    /// Something else.
    Cell(Words),
}

/// Sides as people write them; the words are those of 《民法典》第1259条.
fn side(plain: &str) -> Option<(bool, bool, &str)> {
    const BEFORE: [(&str, bool, bool); 14] = [
        ("≥", true, true),
        (">=", true, true),
        ("≧", true, true),
        ("不少于", true, true),
        ("不低于", true, true),
        ("至少", true, true),
        (">", true, false),
        ("超过", true, false),
        ("≤", false, true),
        ("<=", false, true),
        ("≦", false, true),
        ("不超过", false, true),
        ("<", false, false),
        ("不满", false, false),
    ];
    const AFTER: [(&str, bool, bool); 5] = [
        ("及以上", true, true),
        ("以上", true, true),
        ("及以下", false, true),
        ("以下", false, true),
        ("以内", false, true),
    ];
    let before = BEFORE.iter().find_map(|(word, lower, inclusive)| {
        plain.strip_prefix(word).map(|rest| (*lower, *inclusive, rest))
    });
    before.or_else(|| {
        AFTER.iter().find_map(|(word, lower, inclusive)| {
            plain.strip_suffix(word).map(|rest| (*lower, *inclusive, rest))
        })
    })
}

pub(crate) fn edge(text: &str) -> Result<Edge, EdgeFault> {
    let plain = narrow(text);
    let Some((lower, inclusive, rest)) = side(&plain) else {
        return Err(EdgeFault::Side(words(
            format!("edge `{}` does not say its side", short(&plain)),
            format!("“{}”没有写明包不包括这个数本身。", short(&plain)),
            "写成 ≥20小时（包括）、>20小时（不包括）、≤80小时（包括）或 <80小时（不包括）。",
        )));
    };
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(EdgeFault::Cell(wrong(text, "edge", "缺少数字", "写成 ≥20小时 这样。")));
    }
    let amount = amount(rest).map_err(EdgeFault::Cell)?;
    Ok(Edge { lower, inclusive, amount })
}

pub(crate) fn share(text: &str) -> Result<Share, EdgeFault> {
    let plain = narrow(text);
    let Some((false, inclusive, rest)) = side(&plain) else {
        return Err(EdgeFault::Side(words(
            format!("share `{}` does not say its side", short(&plain)),
            format!("“{}”没有写明正好在这个比例上的算不算。", short(&plain)),
            "写成 ≤10%（正好算在内）或 <10%（正好不算）。",
        )));
    };
    let permille = match (rest.strip_suffix('%'), rest.strip_suffix('‰')) {
        (Some(percent), _) => {
            hundredths(percent).filter(|h| h.rem_euclid(10) == 0).map(|h| h.div_euclid(10))
        }
        (_, Some(permille)) => permille.parse().ok(),
        _ => None,
    };
    permille
        .filter(|p| (1..=1_000).contains(p))
        .map(|permille| Share { permille, inclusive })
        .ok_or_else(|| {
            EdgeFault::Cell(wrong(
                text,
                "share of the village",
                "不是比例",
                "写成 ≤10% 或 ≤12.5%。",
            ))
        })
}

pub(crate) fn weight(text: &str) -> Result<i64, Words> {
    let plain = narrow(text);
    let permille = match (plain.strip_suffix('%'), plain.strip_suffix('‰')) {
        (Some(percent), _) => {
            hundredths(percent).filter(|h| h.rem_euclid(10) == 0).map(|h| h.div_euclid(10))
        }
        (_, Some(permille)) => permille.parse().ok(),
        _ => None,
    };
    permille
        .filter(|p| (0..=1_000).contains(p))
        .ok_or_else(|| wrong(text, "weight", "不是权重", "写成千分数，例如 200‰，最多 1000‰。"))
}

const WINDOWS: [(&str, Window, &[&str]); 6] = [
    ("每次", Window::Event, &["次", "单次"]),
    ("每日", Window::Day, &["日", "每天", "天"]),
    ("每月", Window::Month, &["月", "月度"]),
    ("每季", Window::Quarter, &["季", "季度", "每季度"]),
    ("每年", Window::Year, &["年", "年度"]),
    ("全部", Window::All, &["累计", "本期", "不限"]),
];

const MEASURES: [(&str, Measure, &[&str]); 3] = [
    ("合计", Measure::Sum, &["总和", "累计", "总分"]),
    ("平均", Measure::Mean, &["平均分", "平均数"]),
    ("去高去低平均", Measure::Trimmed, &["去掉最高最低平均", "去头去尾平均"]),
];

fn chosen<T: Copy>(
    text: &str,
    among: &[(&'static str, T, &[&str])],
) -> Result<(&'static str, T), Words> {
    let plain = narrow(text);
    let found =
        among.iter().find(|(word, _, also)| *word == plain || also.contains(&plain.as_str()));
    found.map(|(word, value, _)| (*word, *value)).ok_or_else(|| {
        let known: Vec<&str> = among.iter().map(|(word, ..)| *word).collect();
        wrong(
            text,
            "choice of this column",
            "不是这一列能写的",
            &format!("只能写：{}。", known.join("、")),
        )
    })
}

pub(crate) fn window(text: &str) -> Result<Window, Words> {
    chosen(text, &WINDOWS).map(|(_, value)| value)
}

pub(crate) fn measure(text: &str) -> Result<Measure, Words> {
    chosen(text, &MEASURES).map(|(_, value)| value)
}

/// A day: `2026-09-01`, `2026.9.1`, `2026/9/1`, `2026年9月1日` or `20260901`.
pub(crate) fn day(text: &str) -> Result<CivilDay, Words> {
    let plain = narrow(text);
    let bad = || wrong(text, "date", "不是日期", "写成 2026-09-01 或 2026年9月1日；没有的留空。");
    let digits = plain.bytes().all(|byte| byte.is_ascii_digit());
    if digits && plain.len() == 5 {
        // days since 1899-12-30, which is day -25,569: a date whose cell lost its form
        let serial: i64 = plain.parse().map_err(|_| bad())?;
        return serial
            .checked_sub(25_569)
            .and_then(|n| CivilDay::from_number(n).ok())
            .ok_or_else(bad);
    }
    let divided = if digits && plain.len() == 8 {
        let part = |range: std::ops::Range<usize>| plain.get(range).unwrap_or_default().to_owned();
        format!("{}-{}-{}", part(0..4), part(4..6), part(6..8))
    } else {
        plain.trim_end_matches('日').replace(['年', '月', '.', '/', '。'], "-")
    };
    let numbers: Vec<&str> = divided.split('-').collect();
    let [year, month, day] = numbers[..] else { return Err(bad()) };
    CivilDay::parse(&format!("{year:0>4}-{month:0>2}-{day:0>2}")).map_err(|_| bad())
}

pub(crate) fn count(text: &str) -> Result<u32, Words> {
    let plain = narrow(text);
    let bare = plain.trim_end_matches(['份', '张', '次', '个']);
    bare.parse().ok().filter(|n| (1..=1_000).contains(n)).ok_or_else(|| {
        wrong(text, "whole number from 1 to 1000", "不是 1 到 1000 的整数", "只写数字，例如 3。")
    })
}

/// An id: lower-case letters, digits and `-`.
pub(crate) fn id(text: &str) -> Result<String, Words> {
    let plain = narrow(text);
    let good = plain.starts_with(|c: char| c.is_ascii_lowercase())
        && plain.len() <= 41
        && plain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if good {
        return Ok(plain);
    }
    Err(wrong(text, "id", "写法不对", "写小写字母、数字和短横线，例如 good-deed。"))
}

/// Names of quantities.
pub(crate) fn names(text: &str) -> Result<Vec<String>, Words> {
    let plain = narrow(text);
    let parts: Vec<String> = plain.split(['、', ',', ';']).map(str::to_owned).collect();
    let good = |name: &String| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.len() <= 32
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    if parts.iter().all(good) {
        return Ok(parts);
    }
    Err(wrong(
        text,
        "name of a quantity",
        "不是数量的名称",
        "照办法文件 [events.quantities] 里的名称写，例如 minutes。",
    ))
}

/// A cell's text in the one way it is written; an empty cell stays empty.
///
/// # Errors
/// When the cell cannot be read; an edge without its side stays as it is, [`crate::read()`] reports it by its own code.
pub fn tidy(form: Form, text: &str) -> Result<String, Words> {
    let text = clean(text);
    let nothing = matches!(text.as_str(), "-" | "—" | "——" | "/" | "无" | "不限" | "不封顶");
    if text.is_empty() || (nothing && !matches!(form, Form::Text(_))) {
        return Ok(String::new());
    }
    let shown = |amount: &Amount| format!("{}{}", amount.number, amount.unit);
    Ok(match form {
        Form::Text(max) if text.chars().count() > max => {
            let count = text.chars().count();
            return Err(words(
                format!("{count} characters are more than the {max} this cell may have"),
                format!("太长：{count} 个字，最多 {max} 个字。"),
                "写短一点，细节写进备注。",
            ));
        }
        Form::Text(_) => text,
        Form::Id => id(&text)?,
        Form::Names => names(&text)?.join("、"),
        Form::Points => points(&text)?.to_string(),
        Form::Amount => shown(&amount(&text)?),
        Form::Edge => match edge(&text) {
            Ok(edge) => {
                let mark = match (edge.lower, edge.inclusive) {
                    (true, true) => "≥",
                    (true, false) => ">",
                    (false, true) => "≤",
                    (false, false) => "<",
                };
                format!("{mark}{}", shown(&edge.amount))
            }
            Err(EdgeFault::Side(_)) => text,
            Err(EdgeFault::Cell(words)) => return Err(words),
        },
        Form::Share => match share(&text) {
            Ok(share) => {
                let mark = if share.inclusive { "≤" } else { "<" };
                let (whole, part) = (share.permille.div_euclid(10), share.permille.rem_euclid(10));
                if part == 0 { format!("{mark}{whole}%") } else { format!("{mark}{whole}.{part}%") }
            }
            Err(EdgeFault::Side(_)) => text,
            Err(EdgeFault::Cell(words)) => return Err(words),
        },
        Form::Window => chosen(&text, &WINDOWS)?.0.to_owned(),
        Form::Measure => chosen(&text, &MEASURES)?.0.to_owned(),
        Form::Weight => format!("{}‰", weight(&text)?),
        Form::Day => day(&text)?.to_string(),
        Form::Count => count(&text)?.to_string(),
        Form::Yes => match text.as_str() {
            "是" | "√" | "✓" | "y" | "Y" => "是".to_owned(),
            "否" | "×" => String::new(),
            _ => return Err(wrong(&text, "yes or no", "不是“是”或“否”", "写“是”，或者留空。")),
        },
    })
}
