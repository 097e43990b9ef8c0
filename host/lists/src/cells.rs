//! One cell to one value: numbers as text, full-width digits, dates as people write them.

use model::CivilDay;
use package::citation::citations;
use package::{Every, half_width};

use crate::finding::{Words, words};

/// A cell's text without what a spreadsheet or a typist leaves around it.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{feff}' | '\u{200b}' | '\u{200c}' | '\u{200d}' | '\r' | '\n'))
        .map(|c| if c == '\t' || c == '\u{a0}' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Half-width letters, digits and marks.
fn narrow(text: &str) -> String {
    text.chars().map(half_width).filter(|c| !c.is_whitespace()).collect()
}

/// Whether a cell says that there is nothing.
fn nothing(text: &str) -> bool {
    matches!(text, "" | "-" | "—" | "——" | "/" | "\\" | "无" | "长期" | "长期有效" | "不限")
}

/// An id such as `AS-03`; a plain number gets the list's letters.
pub(crate) fn id(text: &str, prefix: &str) -> Result<String, Words> {
    let id = narrow(text).to_ascii_uppercase().replace(['—', '–', '－'], "-");
    let digits = |text: &str| {
        (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if digits(&id) {
        return Ok(format!("{prefix}-{id:0>2}"));
    }
    let good = id.split_once('-').is_some_and(|(letters, number)| {
        letters.len() == 2
            && letters.bytes().all(|byte| byte.is_ascii_uppercase())
            && number.len() >= 2
            && digits(number)
    });
    if good {
        return Ok(id);
    }
    Err(words(
        format!("`{}` is no id", short(text)),
        format!("编号“{}”写法不对。", short(text)),
        format!("写成 {prefix}-01 这样，或者留空由系统编号。"),
    ))
}

/// Ids divided by marks.
pub(crate) fn ids(text: &str, prefix: &str) -> Result<Vec<String>, Words> {
    parts(text).iter().map(|part| id(part, prefix)).collect()
}

/// Texts divided by `；`, or by `、` where no `；` stands.
pub(crate) fn parts(text: &str) -> Vec<String> {
    let marks: &[char] = if text.contains(['；', ';']) { &['；', ';'] } else { &['、'] };
    text.split(marks).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Texts as [`parts`] reads them back.
pub(crate) fn joined(parts: &[String]) -> String {
    let divided = parts.iter().any(|part| part.contains('、'));
    let text = parts.join(if divided { "；" } else { "、" });
    if divided && parts.len() == 1 { format!("{text}；") } else { text }
}

/// A day: `2026-09-01`, `2026.9.1`, `2026/9/1`, `2026年9月1日`, `20260901`, or the day number a
/// spreadsheet keeps for a date whose cell lost its form.
pub(crate) fn day(text: &str) -> Result<Option<CivilDay>, Words> {
    let plain = narrow(text);
    if nothing(&plain) {
        return Ok(None);
    }
    let wrong = || {
        words(
            format!("`{}` is no date", short(text)),
            format!("“{}”不是日期。", short(text)),
            "写成 2026-09-01 或 2026年9月1日；没有的留空。",
        )
    };
    let all_digits = plain.bytes().all(|byte| byte.is_ascii_digit());
    let written = if all_digits && plain.len() == 8 {
        let part = |range| plain.get(range).unwrap_or_default();
        format!("{}-{}-{}", part(0..4), part(4..6), part(6..8))
    } else if all_digits && plain.len() == 5 {
        // days since 1899-12-30, which is day -25,569
        let serial: i64 = plain.parse().map_err(|_| wrong())?;
        let number = serial.checked_sub(25_569).ok_or_else(wrong)?;
        return CivilDay::from_number(number).map(Some).map_err(|_| wrong());
    } else {
        let divided = plain.trim_end_matches('日').replace(['年', '月', '.', '/', '．', '。'], "-");
        let mut numbers = divided.split('-');
        let mut next = |width: usize| {
            let number = numbers.next().unwrap_or_default();
            format!("{number:0>width$}")
        };
        let date = format!("{}-{}-{}", next(4), next(2), next(2));
        if numbers.next().is_some() {
            return Err(wrong());
        }
        date
    };
    CivilDay::parse(&written).map(Some).map_err(|_| wrong())
}

/// How often.
pub(crate) fn every(text: &str) -> Result<Option<Every>, Words> {
    let plain = narrow(text);
    if nothing(&plain) {
        return Ok(None);
    }
    let bare =
        plain.trim_start_matches(['每', '按', '一']).trim_end_matches(['度', '报', '次', '一']);
    match bare {
        "月" | "month" => Ok(Some(Every::Month)),
        "季" | "quarter" => Ok(Some(Every::Quarter)),
        "半年" | "half-year" => Ok(Some(Every::HalfYear)),
        "年" | "year" => Ok(Some(Every::Year)),
        _ => Err(words(
            format!("`{}` is no period", short(text)),
            format!("“{}”不是周期。", short(text)),
            "只能写“每月”“每季度”“每半年”“每年”，没有的留空。",
        )),
    }
}

/// A count such as `4`, `４次` or `4.0`.
pub(crate) fn count(text: &str) -> Result<Option<u32>, Words> {
    let plain = narrow(text);
    if nothing(&plain) {
        return Ok(None);
    }
    let bare = plain.trim_end_matches("/年").trim_end_matches('次').trim_start_matches("每年");
    match bare.parse::<u32>() {
        Ok(number) if number <= 366 => Ok(Some(number)),
        _ => Err(words(
            format!("`{}` is no whole number from 0 to 366", short(text)),
            format!("“{}”不是 0 到 366 的整数。", short(text)),
            "只写数字，例如 4；没有限制的留空。",
        )),
    }
}

/// `第28条` for `28`; a text that names its own article stays as it is, with half-width digits.
pub(crate) fn article(text: &str) -> Result<String, Words> {
    let text: String =
        text.chars().map(|c| if c.is_numeric() { half_width(c) } else { c }).collect();
    let plain = narrow(&text);
    if nothing(&plain) {
        return Ok(String::new());
    }
    if plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(format!("第{plain}条"));
    }
    if text.contains(['条', '项', '章', '节', '款']) {
        return Ok(text);
    }
    Err(words(
        format!("`{}` names no article", short(&text)),
        format!("条款“{}”写法不对。", short(&text)),
        "写成“第28条”；文件不分条的留空。",
    ))
}

/// A law's name with its marks.
pub(crate) fn law(text: &str) -> String {
    if text.contains('《') { text.to_owned() } else { format!("《{text}》") }
}

/// One citation in one cell, as law and article.
pub(crate) fn basis(text: &str) -> Result<(String, String), Words> {
    let found = citations(text);
    let whole = text.contains('《');
    if found.len() != 1 || !whole {
        return Err(words(
            format!("`{}` is not one citation", short(text)),
            format!("依据“{}”看不出是哪部法第几条。", short(text)),
            "写成“《法律全名》第28条”，一格只写一个；别的写进备注。",
        ));
    }
    // the article starts at the last 第 outside the name
    let end = text.rfind('》').unwrap_or(0);
    let at = text.get(end..).and_then(|rest| rest.find('第')).map(|at| end.saturating_add(at));
    let (law, rest) = at.map_or((text, ""), |at| text.split_at(at));
    Ok((law.trim().to_owned(), article(rest)?))
}

/// The start of a text, for a message.
pub(crate) fn short(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        for text in [
            "2026-09-01",
            "2026.9.1",
            "2026/9/1",
            "2026年9月1日",
            "２０２６．９．１",
            "20260901",
            "46266",
            " 2026-9-1 ",
        ] {
            let found = day(text).ok().flatten().map(|day| day.to_string());
            assert_eq!(found.as_deref(), Some("2026-09-01"), "{text}");
        }
        for text in ["", "—", "长期"] {
            assert!(matches!(day(text), Ok(None)), "{text}");
        }
        for text in ["2026-02-30", "九月", "2026", "2026-9", "1-2-3-4", "99999999", "2026.13.1"] {
            assert!(day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_ids_and_articles_survive_a_typist() {
        for (text, want) in
            [("DU-03", "DU-03"), ("3", "DU-03"), ("ｄｕ－０３", "DU-03"), ("12", "DU-12")]
        {
            assert_eq!(id(text, "DU").ok().as_deref(), Some(want), "{text}");
        }
        for text in ["DU03", "D-03", "DU-3", "1234", "三"] {
            assert!(id(text, "DU").is_err(), "{text}");
        }
        for (text, want) in
            [("28", "第28条"), ("２８", "第28条"), ("第二十八条", "第二十八条"), ("—", "")]
        {
            assert_eq!(article(text).ok().as_deref(), Some(want), "{text}");
        }
        assert!(article("二八").is_err());
        for (text, want) in [("4", Some(4)), ("４次", Some(4)), ("4次/年", Some(4)), ("", None)]
        {
            assert_eq!(count(text).ok(), Some(want), "{text}");
        }
        assert!(count("4.5").is_err() && count("367").is_err() && count("-1").is_err());
        for (text, want) in [
            ("每月", Every::Month),
            ("每季度", Every::Quarter),
            ("季报", Every::Quarter),
            ("半年", Every::HalfYear),
            ("年度", Every::Year),
        ] {
            assert_eq!(every(text).ok().flatten(), Some(want), "{text}");
        }
        assert!(every("随时").is_err());
    }

    #[test]
    fn a_basis_is_one_citation() {
        let split = |text: &str| basis(text).ok();
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(split("《村民委员会组织法》第２８条"), pair("《村民委员会组织法》", "第28条"));
        assert_eq!(
            split("《某意见》（厅字〔2022〕28号）"),
            pair("《某意见》（厅字〔2022〕28号）", "")
        );
        for text in ["村民委员会组织法", "《A》第1条；《B》第2条", "有关规定"]
        {
            assert_eq!(split(text), None, "{text}");
        }
    }

    #[test]
    fn joined_parts_come_apart_again() {
        for parts_in in [
            vec![],
            vec!["身份证"],
            vec!["身份证", "户口簿"],
            vec!["身份证、户口簿"],
            vec!["甲、乙", "丙"],
        ] {
            let owned: Vec<String> = parts_in.iter().map(|s| (*s).to_owned()).collect();
            assert_eq!(parts(&joined(&owned)), owned);
        }
    }
}
