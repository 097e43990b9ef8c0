//! What is shown (晒权), and who supervises (制权).

use package::{Number, Shown};

use super::{Reader, Section};

impl Reader<'_> {
    /// 晒权: what the public is shown, and when.
    pub(super) fn show(&self) -> Section {
        let item = self.item;
        let class = self.edition.publication().of(&item.id, item.local);
        let rule = class.rule.map(|rule| match rule {
            _ if !class.shown => self.printer.say("不公开", "not shown"),
            Shown::Must => self.printer.say("应当公开", "must be shown"),
            Shown::May => self.printer.say("可以公开", "may be shown"),
            Shown::MustNot => self.printer.say("不得公开", "must not be shown"),
        });
        let why = class.reason.map(|why| self.named(&why.title, &why.title_en));
        let days = |number: &Number| self.number(number).filter(|days| *days != 0);
        let boards: Vec<String> = item
            .steps
            .iter()
            .filter_map(|step| {
                let stay = days(&step.stay_days)?;
                let within = step.within_days.as_ref().and_then(days);
                let within = within.map(|n| {
                    format!(
                        "{}{n}{}",
                        self.printer.say("，前一步以后", ", within "),
                        self.printer.say("天以内", " days of the step before")
                    )
                });
                let posted = format!(
                    "{}{stay}{}",
                    self.printer.say("贴", "stays "),
                    self.printer.say("天", " days")
                );
                let gap = self.printer.say("，", ", ");
                Some(format!("{}{gap}{posted}{}", self.step(step), within.unwrap_or_default()))
            })
            .collect();
        let gates = self.steps(|step| step.gates.discloses);
        let unseen = class.shown && boards.is_empty() && gates.is_empty();
        let facts = vec![
            self.fact("公开分类", "class", rule.map(str::to_owned).into_iter().collect()),
            self.fact("不公开的理由", "reason not to show", why.into_iter().collect()),
            self.fact("怎样公开", "disclosure", vec![item.disclosure.clone()]),
            self.fact("公示", "notices", boards),
            self.fact("先公开才能往下办的步骤", "shown before the next step", gates),
        ];
        let gaps = [
            (
                class.rule.is_none(),
                "publication.toml 里哪一类都没有它，所以不公开；请归进一类。",
                "no class of `publication.toml` holds it, so it is not shown; put it into one",
            ),
            (
                item.disclosure.is_empty(),
                "没有写怎样公开，请写 disclosure。",
                "not said how it is disclosed; write `disclosure`",
            ),
            (
                unseen,
                "要公开，可是没有一步是公示，也没有 discloses = true 的步骤。",
                "it is to be shown, and no step puts up a notice or has `discloses = true`",
            ),
        ];
        self.section(
            "show",
            ("三、晒权：什么时候公开什么", "3. Shown: what is published, and when"),
            facts,
            &gaps,
        )
    }

    /// 制权: who supervises, with which step.
    pub(super) fn control(&self) -> Section {
        let steps = self.steps(|step| step.control);
        let joint: Vec<String> = self
            .item
            .steps
            .iter()
            .filter_map(|step| {
                let joint = step.gates.joint.as_ref()?;
                let organs = joint.mandatory.iter().chain(joint.by_project.values());
                let organs: Vec<String> =
                    organs.map(|organ| self.named(&organ.title, &organ.title_en)).collect();
                let needed = self.number(&joint.needed).map_or("?".to_owned(), |n| n.to_string());
                let (open, close) =
                    (self.printer.say("至少", "at least "), self.printer.say("个：", " of "));
                let gap = self.printer.say("、", ", ");
                Some(format!("{} {open}{needed}{close}{}", step.id, organs.join(gap)))
            })
            .collect();
        let gaps = [
            (
                self.item.supervises.is_empty(),
                "没有写谁监督，请写 supervises。",
                "nobody supervises; write `supervises`",
            ),
            (
                steps.is_empty() && joint.is_empty(),
                "没有一步由监督的人来办；请给监督环节写 control = true，或者写联合监管 [steps.joint]。",
                "no step is the supervisors' own; mark one `control = true`, or write `[steps.joint]`",
            ),
        ];
        let facts = vec![
            self.fact("谁监督", "supervises", self.item.supervises.clone()),
            self.fact("监督的步骤", "their steps", steps),
            self.fact("联合监管，签够才能办", "joint supervision, signed before the step", joint),
        ];
        self.section(
            "control",
            ("四、制权：谁监督，用哪一步", "4. Controlled: who supervises, with which step"),
            facts,
            &gaps,
        )
    }
}
