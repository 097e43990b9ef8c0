//! Citations as people write them: `《…法》第28条；《…条例》（2018年修正）第三十四条`.

use crate::wording::half_width;

/// One law or document with the articles cited.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Citation {
    /// Name without its marks.
    pub law: String,
    /// The year of the version meant, when the text says so.
    pub year: Option<u16>,
    /// Article numbers, in the order written; none for a document as a whole.
    pub articles: Vec<u16>,
}

/// The citations in a text, in order. Text outside `《》` that names no article is passed over; a
/// text without `《》` is read as one citation.
pub fn citations(text: &str) -> Vec<Citation> {
    let mut found = Vec::new();
    let mut rest = text;
    if !rest.contains('《') {
        let plain: String = rest.chars().map(half_width).collect();
        let at = plain.find(['第', '(']).or_else(|| plain.find(|c: char| c.is_ascii_digit()));
        let (law, tail) = at.map_or((plain.as_str(), ""), |at| plain.split_at(at));
        let law = law.trim().to_owned();
        if !law.is_empty() {
            let mut articles = articles(tail, true);
            articles.dedup();
            found.push(Citation { law, year: year(tail), articles });
        }
        return found;
    }
    while let Some((_, tail)) = rest.split_once('《') {
        let (name, after) = balanced(tail);
        let own = after.split('《').next().unwrap_or(after);
        rest = after;
        let own: String = own.chars().map(half_width).collect();
        let law = name.trim().to_owned();
        if !law.is_empty() {
            found.push(Citation { law, year: year(&own), articles: articles(&own, false) });
        }
    }
    found
}

/// The text up to the closing mark that belongs to an opening one before it, and what follows.
fn balanced(text: &str) -> (&str, &str) {
    let mut depth = 1_u32;
    for (at, c) in text.char_indices() {
        match c {
            '《' => depth = depth.saturating_add(1),
            '》' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            let (name, rest) = text.split_at(at);
            return (name, rest.strip_prefix('》').unwrap_or(rest));
        }
    }
    (text, "")
}

/// A year in brackets, e.g. `(2018年修正)`; a document number such as `(国办发〔2001〕52号)` is none.
fn year(text: &str) -> Option<u16> {
    text.split('(').skip(1).find_map(|part| {
        let inner = part.split(')').next().unwrap_or(part);
        if inner.contains(['〔', '[', '号']) {
            return None;
        }
        let digits: String = inner.trim_start().chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u16>().ok().filter(|year| (1949..=2999).contains(year))
    })
}

/// The numbers of `第…条`; with `bare`, plain numbers count too.
fn articles(text: &str, bare: bool) -> Vec<u16> {
    let mut found = Vec::new();
    for part in text.split('条').filter(|_| text.contains('条')) {
        // what stands after the last 第, so that `第2款` before it does not count
        let Some((_, numbers)) = part.rsplit_once('第') else { continue };
        spans(numbers, &mut found);
    }
    if found.is_empty() && bare {
        let outside = text.rsplit(')').next().unwrap_or(text);
        spans(outside, &mut found);
    }
    found
}

/// Numbers divided by marks, e.g. `28、31` or `28-31`.
fn spans(text: &str, found: &mut Vec<u16>) {
    for part in text.split(['、', ',', ' ', '和', '及']) {
        let mut ends = part.split(['-', '—', '–', '至', '~']).map(str::trim).map(number);
        let (first, last) = (ends.next().flatten(), ends.next().flatten());
        match (first, last) {
            (Some(first), Some(last)) if first < last && last.abs_diff(first) < 100 => {
                found.extend(first..=last);
            }
            (Some(first), _) => found.push(first),
            _ => {}
        }
    }
}

/// A number in Arabic or Chinese digits, below 1000.
fn number(text: &str) -> Option<u16> {
    if let Ok(number) = text.parse::<u16>() {
        return (1..1000).contains(&number).then_some(number);
    }
    let (mut total, mut digit): (u16, Option<u16>) = (0, None);
    for c in text.chars() {
        let unit = match c {
            '百' => 100_u16,
            '十' => 10,
            _ => 1,
        };
        if unit > 1 {
            total = total.checked_add(digit.take().unwrap_or(1).checked_mul(unit)?)?;
        } else {
            let at = "零一二三四五六七八九".chars().position(|known| known == c)?;
            digit = Some(u16::try_from(at).ok()?);
        }
    }
    let total = total.checked_add(digit.unwrap_or(0))?;
    (total > 0 && total < 1000).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_read_as_people_write_them() {
        for (text, want) in [
            ("《村民委员会组织法》第28条", vec![("村民委员会组织法", None, vec![28])]),
            (
                "《A法》第二十八条第二款；《B法》第一百零三条",
                vec![("A法", None, vec![28]), ("B法", None, vec![103])],
            ),
            ("《A法》第28、31条", vec![("A法", None, vec![28, 31])]),
            ("《A法》第28条、第31条", vec![("A法", None, vec![28, 31])]),
            ("《A法》第４３—４５条", vec![("A法", None, vec![43, 44, 45])]),
            ("《A法》（2018年修正）第24条", vec![("A法", Some(2018), vec![24])]),
            ("《通知》（国办发〔2001〕52号）", vec![("通知", None, vec![])]),
            ("《浙江省实施〈A法〉办法》第23条", vec![("浙江省实施〈A法〉办法", None, vec![23])]),
            ("《实施《A法》办法》第2条", vec![("实施《A法》办法", None, vec![2])]),
            ("村民委员会组织法第24条", vec![("村民委员会组织法", None, vec![24])]),
            ("村民委员会组织法 24", vec![("村民委员会组织法", None, vec![24])]),
            ("村民委员会组织法（2018）24", vec![("村民委员会组织法", Some(2018), vec![24])]),
            (
                "《夏格庄镇特色服务清单（演示）》第1项",
                vec![("夏格庄镇特色服务清单（演示）", None, vec![])],
            ),
            ("", vec![]),
            ("《", vec![]),
            ("《》第3条", vec![]),
            ("《A法》第0条第9999条", vec![("A法", None, vec![])]),
        ] {
            let found = citations(text);
            let found: Vec<_> =
                found.iter().map(|c| (c.law.as_str(), c.year, c.articles.clone())).collect();
            assert_eq!(found, want, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_much(text in "[《》〈〉第条款（）()0-9一二三十百零〇年号、—a ]{0,40}") {
            for citation in citations(&text) {
                proptest::prop_assert!(!citation.law.is_empty());
                proptest::prop_assert!(citation.articles.iter().all(|n| (1..1000).contains(n)));
            }
        }
    }
}
