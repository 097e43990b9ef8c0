//! `xiangyue items PATH ITEM --to proof`: the four proofs of one item, or what is missing of them.
//!
//! 确权 who decides, 限权 what holds the power back, 晒权 what is shown, 制权 who supervises. Everything is
//! read from the package; nothing is asked of a running host.

mod power;
mod watch;

use std::collections::BTreeMap;

use engine::explanation::Language;
use model::{CivilDay, DivisionCode};
use package::{Edition, Item, Number, Step};
use serde::Serialize;

use crate::exit::Exit;
use crate::render::Printer;

/// One of the four proofs.
#[derive(Debug, Serialize)]
struct Section {
    id: &'static str,
    title: &'static str,
    facts: Vec<Fact>,
    /// What is not there, and what to do about it; empty for a whole proof.
    missing: Vec<String>,
}

/// One thing that is said, with everything that is said about it.
#[derive(Debug, Serialize)]
struct Fact {
    title: &'static str,
    says: Vec<String>,
}

/// Prints the four proofs; a yes only when nothing is missing.
pub(crate) fn run(
    printer: Printer,
    edition: &Edition,
    township: Option<DivisionCode>,
    item: &Item,
    day: CivilDay,
) -> Exit {
    let reader =
        Reader { printer, edition, township, item, values: edition.parameters_at(township, day) };
    let sections = [reader.confirm(), reader.limit(), reader.show(), reader.control()];
    let complete = sections.iter().all(|section| section.missing.is_empty());
    if printer.json() {
        printer.answer(&serde_json::json!({
            "item": item.id, "title": reader.named(&item.title, &item.title_en), "on": day,
            "complete": complete, "proofs": sections,
        }));
    } else {
        printer.line(&format!("{} {}", item.id, reader.named(&item.title, &item.title_en)));
        for section in &sections {
            print(printer, section);
        }
        printer.line(if complete {
            printer.say("四项都齐。", "all four are complete")
        } else {
            printer.say("不齐，缺的见上面各项。", "not complete; what is missing is named above")
        });
    }
    if complete { Exit::Yes } else { Exit::No }
}

fn print(printer: Printer, section: &Section) {
    printer.line(&format!("\n{}", section.title));
    let colon = printer.say("：", ": ");
    for Fact { title, says } in section.facts.iter().filter(|fact| !fact.says.is_empty()) {
        match says.as_slice() {
            [one] => printer.line(&format!("  {title}{colon}{one}")),
            all => {
                printer.line(&format!("  {title}{colon}"));
                for one in all {
                    printer.line(&format!("    {one}"));
                }
            }
        }
    }
    for missing in &section.missing {
        printer.line(&format!("  {}{missing}", printer.say("缺：", "missing: ")));
    }
}

/// Reads one item for one reader.
struct Reader<'a> {
    printer: Printer,
    edition: &'a Edition,
    township: Option<DivisionCode>,
    item: &'a Item,
    values: BTreeMap<String, i64>,
}

impl Reader<'_> {
    fn named(&self, chinese: &str, english: &str) -> String {
        match self.printer.language() {
            Language::English if !english.is_empty() => english.to_owned(),
            _ => chinese.to_owned(),
        }
    }

    fn fact(&self, chinese: &'static str, english: &'static str, says: Vec<String>) -> Fact {
        let title = match self.printer.language() {
            Language::English => english,
            Language::Chinese => chinese,
        };
        Fact { title, says }
    }

    fn section(
        &self,
        id: &'static str,
        (chinese, english): (&'static str, &'static str),
        facts: Vec<Fact>,
        gaps: &[(bool, &str, &str)],
    ) -> Section {
        let title = match self.printer.language() {
            Language::English => english,
            Language::Chinese => chinese,
        };
        let missing = gaps.iter().filter(|gap| gap.0);
        let missing = missing.map(|gap| self.printer.say(gap.1, gap.2).to_owned()).collect();
        Section { id, title, facts, missing }
    }

    fn body(&self, id: &str) -> String {
        let known = self.edition.bodies().get(id);
        known.map_or_else(|| id.to_owned(), |body| self.named(&body.title, &body.title_en))
    }

    /// `VAL 造价评审：镇财政所人员`.
    fn step(&self, step: &Step) -> String {
        let (title, who) =
            (self.named(&step.title, &step.title_en), self.named(&step.who, &step.who_en));
        format!("{} {title}{}{who}", step.id, self.printer.say("：", ": "))
    }

    fn steps(&self, which: impl Fn(&Step) -> bool) -> Vec<String> {
        self.item.steps.iter().filter(|step| which(step)).map(|step| self.step(step)).collect()
    }

    fn number(&self, number: &Number) -> Option<i64> {
        number.value(&self.values)
    }

    /// An edge in yuan; a parameter without a value is named, never read as nothing.
    fn yuan(&self, number: &Number) -> String {
        let Some(cents) = self.number(number) else { return "?".to_owned() };
        let (sign, size) = (if cents < 0 { "-" } else { "" }, cents.unsigned_abs());
        let unit = self.printer.say("元", " yuan");
        format!("{sign}{}.{:02}{unit}", size.div_euclid(100), size.rem_euclid(100))
    }

    /// Lower edge included, upper edge not; empty where there is none.
    fn edges(&self, from: Option<&Number>, below: Option<&Number>) -> String {
        let from = from.map(|n| {
            format!(
                "{}{}{}",
                self.printer.say("", "from "),
                self.yuan(n),
                self.printer.say("以上（含）", "")
            )
        });
        let below = below.map(|n| {
            format!(
                "{}{}{}",
                self.printer.say("", "below "),
                self.yuan(n),
                self.printer.say("以下（不含）", "")
            )
        });
        from.into_iter().chain(below).collect::<Vec<_>>().join(self.printer.say("、", ", "))
    }
}
