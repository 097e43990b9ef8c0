//! Whose power it is (确权), and what holds it back (限权).

use package::{Carrier, May, ProofState};

use super::{Reader, Section};

impl Reader<'_> {
    /// 确权: it stands on the list, and whose it is.
    pub(super) fn confirm(&self) -> Section {
        let item = self.item;
        let bodies = item.decides.iter().map(|id| self.body(id)).collect();
        let mut length = vec![format!("{}{}", item.steps.len(), self.printer.say("步", " steps"))];
        if let Some(asked) = &item.legal_minimum {
            length.push(format!(
                "{}{}",
                self.printer.say("其中法律要求：", "of these the law asks for: "),
                asked.join(" ")
            ));
        }
        length.extend((!item.reason.is_empty()).then(|| item.reason.clone()));
        let facts = vec![
            self.fact(
                "清单事项",
                "entry",
                vec![format!("{} {}（{}）", item.id, item.title, item.area)],
            ),
            self.fact("谁决定", "decides", bodies),
            self.fact("谁执行", "executes", item.executes.clone()),
            self.fact("谁监督", "supervises", item.supervises.clone()),
            self.fact("依据", "basis", item.basis.clone()),
            self.fact("步骤", "steps", length),
        ];
        let gaps = [
            (
                item.decides.is_empty(),
                "没有写谁决定，请在事项文件写 decides。",
                "nobody decides; write `decides` in the item's file",
            ),
            (
                item.executes.is_empty(),
                "没有写谁执行，请在事项文件写 executes。",
                "nobody executes; write `executes` in the item's file",
            ),
            (
                item.basis.is_empty(),
                "没有写依据，请在事项文件写 basis。",
                "no basis; write `basis` in the item's file",
            ),
        ];
        self.section(
            "confirm",
            ("一、确权：清单上有，谁的权写明", "1. Confirmed: on the list, and whose power it is"),
            facts,
            &gaps,
        )
    }

    /// 限权: bodies, amounts, hands, and what forbids the rest.
    pub(super) fn limit(&self) -> Section {
        let item = self.item;
        let bodies = item.steps.iter().filter(|step| !step.body.is_empty());
        let bodies = bodies.map(|step| format!("{} {}", step.id, self.body(&step.body))).collect();
        let forbids = self.edition.forbids_of(self.township, &item.id);
        let invariants = self.edition.invariants_of(&item.id);
        let nobody = item.steps.iter().any(|step| step.may.is_empty());
        let facts = vec![
            self.fact("要会议记录的步骤", "steps that need a meeting's record", bodies),
            self.fact("金额", "amounts", self.amounts()),
            self.fact("各步谁能办", "which hands", self.steps(|_| true)),
            self.fact(
                "亲自签字，同一人在一件事里只签一次",
                "signed in person, one person once in a matter",
                self.steps(|step| step.signature),
            ),
            self.fact("专管这个事项的禁止", "forbids of this item", self.carriers(&forbids, true)),
            self.fact("各事项都管的禁止", "forbids of every item", self.carriers(&forbids, false)),
            self.fact(
                "专管这个事项的保证",
                "invariants of this item",
                self.carriers(&invariants, true),
            ),
            self.fact(
                "各事项都管的保证",
                "invariants of every item",
                self.carriers(&invariants, false),
            ),
        ];
        let proved = self.edition.proof() == ProofState::Holds;
        let gaps = [
            (
                nobody,
                "有的步骤没有写谁能办，请写 [[steps.may]]。",
                "a step that nobody may take; write `[[steps.may]]`",
            ),
            (forbids.is_empty(), "没有一条禁止管着它。", "no forbid holds it back"),
            (invariants.is_empty(), "没有一条保证说到它。", "no invariant speaks of it"),
            (
                !proved,
                "保证还没有证明，请运行 xiangyue prove。",
                "the invariants are not proved as they stand; run `xiangyue prove`",
            ),
        ];
        self.section(
            "limit",
            (
                "二、限权：会议、金额、经手人、禁止和保证",
                "2. Limited: bodies, amounts, hands, forbids and invariants",
            ),
            facts,
            &gaps,
        )
    }

    /// Amounts of the item, of its bands and of the steps that differ by amount.
    fn amounts(&self) -> Vec<String> {
        let whole = self.item.amounts.as_ref();
        let whole = whole.map(|own| self.edges(own.from.as_ref(), own.below.as_ref()));
        let bands = self.item.ladder.bands.iter().map(|band| {
            format!(
                "{} {} {}",
                band.title,
                self.body(&band.body),
                self.edges(None, band.below.as_ref())
            )
        });
        let edged = |may: &&May| may.from.is_some() || may.below.is_some();
        let steps = self.item.steps.iter().flat_map(|step| {
            step.may.iter().filter(edged).map(|may| {
                let bodies: Vec<String> = may.bodies.iter().map(|id| self.body(id)).collect();
                let edges = self.edges(may.from.as_ref(), may.below.as_ref());
                format!("{} {} {} {edges}", step.id, may.roles.join("、"), bodies.join("、"))
            })
        });
        let all = whole.into_iter().chain(bands).chain(steps);
        all.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    fn carriers(&self, all: &[Carrier], named: bool) -> Vec<String> {
        let these = all.iter().filter(|one| one.named == named);
        these.map(|one| format!("{} {}", one.id, self.named(&one.title, &one.title_en))).collect()
    }
}
