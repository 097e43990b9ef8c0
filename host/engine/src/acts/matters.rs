//! Matters: opening one, entering a meeting's record, taking a step.

use model::{CivilDay, DivisionCode, Refusal, RefusalKind, Value};
use package::ListKind;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::about::About;
use crate::acts::{id, invalid, not_found, not_negative, title, year};
use crate::course::Course;
use crate::explanation::Language;
use crate::flows::{self, Asked};
use crate::gather::{self, Cited};
use crate::operation::{Acting, Ask, Operation, Plan, View};
use crate::papers::{self, Papers};
use crate::record::Effect;
use crate::row::{Matter, Personal, TakenStep};
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::terms;

/// Opens a matter of an item in a village.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenMatter {
    /// Item id, e.g. `P01`.
    pub item: String,
    /// Village.
    pub village: DivisionCode,
    /// What it is about, without names.
    pub title: String,
    /// Amount in cents.
    #[serde(default)]
    pub amount_cents: i64,
    /// Seal class, for `S11`.
    #[serde(default)]
    pub seal_class: String,
    /// Variant of the item, e.g. `five-five`; empty for the item as it stands.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// Site or project it belongs to; matters of one site count together.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub site: String,
    /// Kind of project, where an item's joint supervision asks for it, e.g. `water`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub project: String,
    /// Certificate it is for: id or title on the list, or the words of whoever asked for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub certificate: String,
    /// Id of the service it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// Documents the villager is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<String>,
}

impl OpenMatter {
    fn papers(&self) -> Papers<'_> {
        Papers {
            certificate: &self.certificate,
            service: &self.service,
            documents: &self.documents,
        }
    }

    fn row(&self, view: &View<'_>) -> Matter {
        let prefix = format!("{}-{}-{}-", self.village, self.item, year(view.today()));
        let number = view.next_number(view.state.matters.starting_with(&prefix).map(|row| &row.id));
        Matter {
            id: format!("{prefix}{number:03}"),
            item: self.item.clone(),
            village: self.village,
            title: self.title.clone(),
            amount_cents: self.amount_cents,
            seal_class: self.seal_class.clone(),
            relatives: std::collections::BTreeSet::new(),
            opened_by: view.caller.person.clone(),
            opened: view.today(),
            taken: Vec::new(),
            course: Course {
                edition: view.snapshot.kept_of(view.edition, view.today()),
                variant: self.variant.clone(),
                site: self.site.clone(),
                project: self.project.clone(),
                certificate: papers::certificate(view.edition, view.today(), &self.certificate)
                    .to_owned(),
                service: papers::entry(
                    view.edition,
                    view.today(),
                    ListKind::Service,
                    &self.service,
                )
                .map_or_else(String::new, |entry| entry.id.clone()),
                documents: self.documents.clone(),
                ..Course::default()
            },
        }
    }

    /// The item by the variant chosen.
    ///
    /// # Errors
    /// `ITEM_NOT_ON_LIST`, `VARIANT_UNKNOWN`, `PROJECT_NEEDED` or `SITE_NEEDED`.
    fn item<'v>(
        &self,
        view: &View<'v>,
        village: DivisionCode,
    ) -> Result<(&'v package::Item, Option<&'v package::Variant>), Refusal> {
        let township = Some(village.township());
        let law = gather::law(view.edition, village);
        let item = view.edition.item(township, &self.item);
        let Some(item) = item.filter(|item| law.is_some_and(|law| item.applies_to(law))) else {
            return Err(Refusal::new(
                RefusalKind::Unprocessable,
                "ITEM_NOT_ON_LIST",
                format!("item `{}` is not on the list for `{village}`", self.item),
                format!("清单上没有适用于本村（社区）的事项“{}”。", self.item),
                "请查清单；清单之外的权力不能行使。",
            ));
        };
        let variant = view.edition.variant(township, &self.item, &self.variant);
        if !self.variant.is_empty() && variant.is_none() {
            let shown: String = self.variant.chars().take(40).collect();
            return Err(Refusal::new(
                RefusalKind::Unprocessable,
                "VARIANT_UNKNOWN",
                format!("item `{}` has no variant `{shown}`; choose one of the package", self.item),
                format!("事项“{}”没有“{shown}”这种办法。", item.title),
                "请从本事项已有的办法里选，或者不填，按通常的步骤办。",
            ));
        }
        let item = variant.map_or(item, |variant| &variant.item);
        self.project_fits(item)?;
        if item.ladder.split_window_days.is_some() && self.site.is_empty() {
            return Err(invalid(
                "site",
                "the item counts matters of one site together; name the site",
                "这类事项要写明地点或者项目编号，同一地点的合并计算金额。",
            ));
        }
        Ok((item, variant))
    }

    fn project_fits(&self, item: &package::Item) -> Result<(), Refusal> {
        let joint = item.steps.iter().filter_map(|step| step.gates.joint.as_ref());
        for kinds in joint.map(|joint| &joint.by_project).filter(|kinds| !kinds.is_empty()) {
            if !kinds.contains_key(&self.project) {
                let known = kinds.keys().cloned().collect::<Vec<_>>().join("`, `");
                return Err(invalid(
                    "project",
                    &format!("the kind of project decides who supervises; one of `{known}`"),
                    "要写明项目类别，由它定哪个主管部门参加联合监管。",
                ));
            }
        }
        Ok(())
    }
}

impl Operation for OpenMatter {
    const NAME: &'static str = "open-matter";

    fn about<'a>(&self, _: &'a State) -> About<'a> {
        About::Place(self.village)
    }

    fn told(&self, view: &View<'_>, code: &str) -> Option<(String, String)> {
        match code {
            "CERT_NOT_KEPT" => {
                Some(papers::not_kept(view.edition, view.today(), &self.certificate))
            }
            "DOCUMENT_NOT_LISTED" => {
                Some(papers::beyond(view.edition, view.today(), &self.papers()))
            }
            _ => None,
        }
    }

    fn chain(&self, view: &View<'_>) -> Result<Option<DivisionCode>, Refusal> {
        Ok(Some(view.village(self.village)?.township()))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        title("title", &self.title)?;
        not_negative("amount_cents", self.amount_cents)?;
        let village = view.village(self.village)?;
        let (item, variant) = self.item(view, village)?;
        self.papers().fit(view.edition, view.today())?;
        for (field, text) in [("site", &self.site), ("project", &self.project)] {
            if !text.is_empty() {
                id(field, text)?;
            }
        }
        if !self.seal_class.is_empty() && !["A", "B", "C", "X"].contains(&self.seal_class.as_str())
        {
            return Err(invalid("seal_class", "one of A, B, C, X", "用印类别只能是A、B、C、X。"));
        }
        let resource = gather::unit(view.edition, village)
            .ok_or_else(|| crate::operation::unknown_division(village))?;
        let one_shoulder = terms::one_shoulder(view.state, village, view.today()).is_some();
        let mut context = gather::record([
            ("item", self.item.as_str().into()),
            ("local", item.local.into()),
            ("variantNeeds", variant_needs(variant).into()),
            ("oneShoulder", one_shoulder.into()),
        ]);
        context.extend(papers::facts(view.edition, view.today(), &self.papers()));
        if !self.variant.is_empty() {
            context.insert("variant".to_owned(), self.variant.as_str().into());
        }
        Ok(Ask { action: "OpenMatter", resource, place: village, cited: Cited::default(), context })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = self.row(view);
        // The reply is recorded for whoever asks again, in whatever language.
        let reply = matter_view(view.state, view.snapshot, &row, view.today(), Language::Chinese)?;
        Ok(Plan { effects: vec![Effect::Matter(row)], reply, ..Plan::default() })
    }
}

/// What a variant needs, as the policies read it; empty where it needs nothing.
pub(crate) const fn variant_needs(variant: Option<&package::Variant>) -> &'static str {
    match variant {
        Some(package::Variant { needs: Some(package::Needs::OneShoulder), .. }) => "one-shoulder",
        _ => "",
    }
}

/// Takes one step of a matter.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeStep {
    /// Matter id; from the path over HTTP.
    #[serde(default)]
    pub matter: String,
    /// Step id.
    pub step: String,
    /// Meeting record cited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Delegation cited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// Post under which the person acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// Price the step puts on record, in cents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cents: Option<i64>,
}

impl TakeStep {
    fn matter<'a>(&self, view: &View<'a>) -> Result<&'a Matter, Refusal> {
        view.state
            .matters
            .get(&self.matter)
            .ok_or_else(|| not_found("matter", "事项", &self.matter))
    }

    fn asked<'a>(&'a self, view: &View<'a>) -> Asked<'a> {
        let cited = self.record.as_ref().and_then(|id| view.state.meetings.get(id));
        Asked { step: &self.step, cited, cents: self.cents, today: view.today() }
    }
}

impl Operation for TakeStep {
    const NAME: &'static str = "take-step";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::matter(state, &self.matter)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = self.matter(view)?;
        if let Some(id) = &self.record
            && view.state.meetings.get(id).is_none()
        {
            return Err(not_found("meeting record", "会议记录", id));
        }
        if let Some(id) = &self.grant
            && view.state.delegations.get(id).is_none()
        {
            return Err(not_found("delegation", "委托", id));
        }
        not_negative("cents", self.cents.unwrap_or(0))?;
        let asked = self.asked(view);
        let (resource, mut context) = step_facts(view.state, view.snapshot, row, &asked)?;
        context.extend(self.cents.map(|cents| ("cents".to_owned(), cents.into())));
        Ok(Ask {
            action: "TakeStep",
            resource,
            place: row.village,
            cited: Cited {
                post: self.post.clone(),
                record: self.record.clone(),
                grant: self.grant.clone(),
                ..Cited::default()
            },
            context,
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = self.matter(view)?;
        let edition = view.snapshot.began(row)?;
        flows::check(view.state, edition, row, &self.asked(view))?;
        let mut row = row.clone();
        row.taken.push(TakenStep {
            step: self.step.clone(),
            day: view.today(),
            by: view.caller.person.clone(),
            record: self.record.clone().unwrap_or_default(),
            grant: self.grant.clone().unwrap_or_default(),
            cents: self.cents,
        });
        let reply = matter_view(view.state, view.snapshot, &row, view.today(), Language::Chinese)?;
        Ok(Plan { effects: vec![Effect::Matter(row)], reply, ..Plan::default() })
    }
}

/// The facts of a step: the matter under the edition it began with, and what the flow says of the step.
///
/// # Errors
/// `NO_EDITION` when that edition is not in the package any more.
pub fn step_facts(
    state: &State,
    snapshot: &Snapshot,
    row: &Matter,
    asked: &Asked<'_>,
) -> Result<(model::Entity, model::Record), Refusal> {
    let edition = snapshot.began(row)?;
    let mut context = model::Record::new();
    if let Some(rule) = flows::step_rule(state, edition, row, asked) {
        context.insert("rule".to_owned(), Value::Record(rule));
    }
    Ok((gather::matter(row, edition, asked.step), context))
}

/// A matter with its next lawful steps, as callers see it: `open`, `stopped` by a question, or
/// `terminal` when no step is left.
///
/// # Errors
/// `NO_EDITION` when the edition the matter began under is not in the package any more, `NO_FLOW` when
/// the edition no longer has its item, its variant or a number of theirs.
pub fn matter_view(
    state: &State,
    snapshot: &Snapshot,
    row: &Matter,
    today: CivilDay,
    language: Language,
) -> Result<serde_json::Value, Refusal> {
    let edition = snapshot.began(row)?;
    let Some(next) = flows::next(state, edition, row, today, language) else {
        return Err(Refusal::new(
            RefusalKind::Unprocessable,
            "NO_FLOW",
            format!("the steps of `{}` are not in the edition it began under", row.id),
            format!("立这件事时的规矩里已经没有“{}”的步骤。", row.item),
            "请联系市里恢复当时的规矩版本。",
        ));
    };
    let none_left = next.as_array().is_none_or(Vec::is_empty);
    let stopped = row.course.open_questions().next().is_some();
    let standing = match (none_left, stopped) {
        (true, _) => "terminal",
        (false, true) => "stopped",
        (false, false) => "open",
    };
    let mut view = json!({
        "id": row.id, "item": row.item, "village": row.village, "title": row.title,
        "amount_cents": row.amount_cents, "seal_class": row.seal_class, "opened": row.opened,
        "taken": row.taken, "state": standing, "next": next,
    });
    if let Some(map) = view.as_object_mut().filter(|_| !row.course.is_empty()) {
        map.insert("course".to_owned(), course_view(&row.course));
    }
    Ok(view)
}

/// The course as every reader of the matter may see it: without who objected, and without texts.
fn course_view(course: &Course) -> serde_json::Value {
    let query = |query: &crate::course::Query| {
        let kind = if query.step.is_empty() { "question" } else { "objection" };
        json!({
            "number": query.number, "kind": kind, "step": query.step, "day": query.day,
            "answered": query.answered.as_ref().map(|mark| mark.day),
        })
    };
    json!({
        "variant": course.variant, "site": course.site, "project": course.project,
        "certificate": course.certificate, "service": course.service, "documents": course.documents,
        "published": course.published, "signed": course.signed, "passed": course.passed,
        "queries": course.queries.iter().map(query).collect::<Vec<_>>(),
    })
}
