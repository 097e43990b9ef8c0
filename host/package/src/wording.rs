//! When two titles say the same: verb and object, whatever the width, marks and synonyms.

use std::collections::BTreeSet;

use serde::Deserialize;

/// Words that mean the same, and words that add nothing. A district's own file, `wording.toml`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
pub struct Wording {
    /// Verbs with their synonyms.
    #[serde(default)]
    pub verbs: Vec<Synonyms>,
    /// Nouns with their synonyms.
    #[serde(default)]
    pub nouns: Vec<Synonyms>,
    /// Words that add nothing, e.g. `工作`.
    #[serde(default)]
    pub filler: Vec<String>,
    /// Names of columns in the sheets departments send: the usual name, and what they call it.
    #[serde(default)]
    pub columns: Vec<Synonyms>,
}

/// A word and the words that mean the same.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Synonyms {
    /// The word kept.
    pub word: String,
    /// The words replaced by it.
    pub same: Vec<String>,
}

impl Wording {
    /// What two titles of the same work have in common: the object, then the verbs in order.
    ///
    /// Width, letter case, spaces and marks do not count; synonyms are one word; a verb may stand
    /// before or after its object. Never empty for a title that holds a letter.
    pub fn key(&self, title: &str) -> String {
        let plain = folded(title);
        let nouns = replaced(&plain, &self.nouns, str::to_owned);
        // a mark no title holds keeps a verb apart from its neighbours while the rest is cut out
        let marked = replaced(&nouns, &self.verbs, |word| format!("\u{1}{word}\u{2}"));
        let (mut object, mut verbs) = (String::new(), BTreeSet::new());
        let mut rest = marked.as_str();
        while let Some((before, tail)) = rest.split_once('\u{1}') {
            object.push_str(before);
            let Some((verb, after)) = tail.split_once('\u{2}') else { break };
            verbs.insert(verb);
            rest = after;
        }
        object.push_str(rest.trim_start_matches('\u{1}'));
        for word in longest_first(self.filler.iter().map(String::as_str)) {
            let cut = object.replace(word, "");
            if !cut.is_empty() {
                object = cut;
            }
        }
        let verbs: Vec<&str> = verbs.into_iter().collect();
        format!("{object}|{}", verbs.join("+"))
    }
}

/// Half-width, lower case, letters and digits only.
pub fn folded(text: &str) -> String {
    text.chars()
        .map(half_width)
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// The half-width form of a full-width letter, digit or mark; every other character as it is.
pub fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => {
            u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c)
        }
        _ => c,
    }
}

fn longest_first<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.sort_by(|a, b| b.chars().count().cmp(&a.chars().count()).then(a.cmp(b)));
    words
}

/// Replaces every synonym, longest first, in one walk from left to right.
fn replaced(text: &str, groups: &[Synonyms], write: impl Fn(&str) -> String) -> String {
    let mut pairs: Vec<(&str, &str)> = groups
        .iter()
        .flat_map(|group| {
            let own = std::iter::once(group.word.as_str());
            own.chain(group.same.iter().map(String::as_str)).map(|word| (word, group.word.as_str()))
        })
        .filter(|(word, _)| !word.is_empty())
        .collect();
    pairs.sort_by(|a, b| b.0.chars().count().cmp(&a.0.chars().count()).then(a.cmp(b)));
    let (mut done, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let hit = pairs.iter().find_map(|(word, kept)| rest.strip_prefix(word).map(|r| (*kept, r)));
        if let Some((kept, after)) = hit {
            done.push_str(&write(kept));
            rest = after;
        } else {
            done.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording() -> Wording {
        let group = |word: &str, same: &[&str]| Synonyms {
            word: word.to_owned(),
            same: same.iter().map(|s| (*s).to_owned()).collect(),
        };
        Wording {
            verbs: vec![group("核实", &["核查", "核对", "审核"]), group("发放", &["派发", "分发"])],
            nouns: vec![group("最低生活保障", &["低保"])],
            filler: vec!["工作".to_owned(), "的".to_owned()],
            columns: Vec::new(),
        }
    }

    #[test]
    fn the_same_work_has_one_key() {
        let wording = wording();
        for (a, b) in [
            ("低保入户核查", "核实最低生活保障（入户）工作"),
            ("发放救灾款物", "救灾款物派发"),
            ("ＡＢ表　发放", "发放 ab 表"),
            ("残疾人的补贴核对", "残疾人补贴审核"),
        ] {
            assert_eq!(wording.key(a), wording.key(b), "{a} / {b}");
        }
    }

    #[test]
    fn other_work_has_another_key() {
        let wording = wording();
        for (a, b) in
            [("低保入户核实", "特困入户核实"), ("救灾款物发放", "救灾款物核实"), ("工作", "的")]
        {
            assert_ne!(wording.key(a), wording.key(b), "{a} / {b}");
        }
        assert_eq!(Wording::default().key("发放 表"), "发放表|");
    }
}
