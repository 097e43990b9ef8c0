//! What no scheme, offer or fund may be about, and what every scheme must rest on: a clause of a covenant that was voted
//! and filed.

use model::CivilDay;

use crate::diagnostic::{Findings, code, words};
use crate::gather::{Gathered, Level};
use crate::guards::{self, Guard, WordPlace};
use crate::source::Place;
use crate::{Covenant, RuleLaw, Scheme};

/// Checks the schemes, offers and funds of every township.
pub(crate) fn guards(all: &Gathered<'_>, findings: &mut Findings) {
    let Ok(shipped) = guards::shipped() else {
        let place = Place::top("guards.toml");
        let told =
            words("the guards' words cannot be read", "底线字词表读不出来。", "请联系开发者。");
        findings.error(code::INTERNAL, place, told);
        return;
    };
    let mut list = shipped.to_vec();
    for more in all.guards.iter().flat_map(|read| &read.value.words) {
        if let Some(guard) = list.iter_mut().find(|guard| guard.code == more.code) {
            guard.words.extend(more.words.iter().cloned());
        }
    }
    for level in all.townships.values() {
        funds(level, &list, findings);
        for (day, folder) in &level.editions {
            for read in &folder.schemes {
                for (pointer, place, text) in said(&read.value) {
                    report(&list, place, text, &read.doc.place(&pointer), findings);
                }
                filed(level, &read.value.clause, *day, &read.doc.place("/clause"), findings);
            }
            for read in &folder.offers {
                let place = read.doc.place("/title");
                report(&list, WordPlace::Benefit, &read.value.title, &place, findings);
            }
            for read in &folder.tables {
                for head in table::read(&read.value).0.heads() {
                    let place = read.doc.place(&head.spot.pointer());
                    report(&list, WordPlace::Event, &head.title, &place, findings);
                    if !head.clause.is_empty() {
                        filed(level, &head.clause, *day, &place, findings);
                    }
                }
            }
        }
    }
}

/// The words of a scheme, with where they stand.
fn said(scheme: &Scheme) -> Vec<(String, WordPlace, &str)> {
    let place = match scheme.law {
        RuleLaw::Quote | RuleLaw::Qualify | RuleLaw::Grade | RuleLaw::Distribute => {
            WordPlace::Benefit
        }
        _ => WordPlace::Event,
    };
    let mut all = vec![("/title".to_owned(), place, scheme.title.as_str())];
    for (index, event) in scheme.events.iter().enumerate() {
        all.push((format!("/events/{index}/title"), WordPlace::Event, &event.title));
        for (name, quantity) in &event.quantities {
            let pointer = format!("/events/{index}/quantities/{name}/title");
            all.push((pointer, WordPlace::Event, &quantity.title));
        }
    }
    all
}

fn report(list: &[Guard], at: WordPlace, text: &str, place: &Place, findings: &mut Findings) {
    if let Some((guard, word)) = guards::broken(list, at, text) {
        let told = words(
            format!("`{text}` (`{word}`) {} ({})", guard.message, guard.guard),
            format!("“{text}”里的“{word}”{}（{}）。", guard.text, guard.basis),
            guard.help.clone(),
        );
        findings.error(&guard.code, place.clone(), told);
    }
}

/// A fund's title; its kind is a closed list in the schema, its source is told in free words and may say what it is not.
fn funds(level: &Level<'_>, list: &[Guard], findings: &mut Findings) {
    let Some(read) = &level.township else { return };
    for (index, fund) in read.value.funds.iter().enumerate() {
        let place = read.doc.place(&format!("/funds/{index}/title"));
        report(list, WordPlace::Benefit, &fund.title, &place, findings);
    }
}

/// A clause names a covenant of the township that was filed before the edition takes effect, and a clause in it.
fn filed(level: &Level<'_>, clause: &str, from: CivilDay, place: &Place, findings: &mut Findings) {
    // a township file that cannot be read is told of by itself
    let Some(township) = &level.township else { return };
    let covenants = &township.value.covenants;
    let Some(covenant) = covenants.iter().find(|covenant| covenant.holds(clause)) else {
        let told = words(
            format!(
                "`{clause}` is no clause of a covenant that was filed; add it to `covenants` in township.toml"
            ),
            format!("“{clause}”不在备案的村规民约、办法里。"),
            "经村民会议表决并报镇（街道）备案后，在 township.toml 的 covenants 里写上名称、备案日期和条款；或者改正这里的条款。",
        );
        findings.error(code::CLAUSE_NOT_FILED, place.clone(), told);
        return;
    };
    if covenant.filed > from {
        let told = words(
            format!(
                "`{}` was filed on {}, after the edition takes effect on {from}",
                covenant.title, covenant.filed
            ),
            format!("《{}》{}才备案，晚于这一版的生效日期{from}。", covenant.title, covenant.filed),
            "先备案，再生效：把生效日期改到备案以后。",
        );
        findings.error(code::COVENANT_NOT_YET, place.clone(), told);
    }
}

impl Covenant {
    /// Whether a citation, `《name》第4条`, names a clause of it.
    pub fn holds(&self, citation: &str) -> bool {
        let rest = citation.strip_prefix('《').and_then(|rest| rest.strip_prefix(&self.title));
        let rest = rest.and_then(|rest| rest.strip_prefix('》'));
        rest.is_some_and(|rest| self.clauses.iter().any(|clause| rest.starts_with(clause)))
    }
}
