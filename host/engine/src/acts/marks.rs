//! What happens to a matter beside its steps: written questions, objections and their answers,
//! publication of a stage, signatures of joint supervision, letting a hold pass.

use std::collections::BTreeMap;

use flow::{LATE, SPLIT};
use model::{Entity, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};

use crate::about::About;
use crate::acts::{invalid, matters, not_found, title};
use crate::course::{Mark, Pass, Query, SignOff};
use crate::explanation::Language;
use crate::flows::{self, Asked};
use crate::gather::{self, Cited};
use crate::limits;
use crate::operation::{Acting, Ask, Operation, PersonalFields, Plan, View};
use crate::record::Effect;
use crate::row::{Matter, Personal};
use crate::state::State;

fn stored<'a>(view: &View<'a>, id: &str) -> Result<&'a Matter, Refusal> {
    view.state.matters.get(id).ok_or_else(|| not_found("matter", "事项", id))
}

/// The question for an act on a matter, with the facts of a step where it is about one.
fn ask(
    view: &View<'_>,
    action: &'static str,
    row: &Matter,
    step: &str,
    post: Option<&String>,
) -> Result<Ask, Refusal> {
    let (resource, context) = if step.is_empty() {
        let edition = view.snapshot.began(row)?;
        (gather::matter(row, edition, ""), model::Record::new())
    } else {
        let asked = Asked { step, cited: None, cents: None, today: view.today() };
        matters::step_facts(view.state, view.snapshot, row, &asked)?
    };
    let resource: Entity = resource;
    let cited = Cited { post: post.cloned(), ..Cited::default() };
    Ok(Ask { action, resource, place: row.village, cited, context })
}

fn done(view: &View<'_>, row: Matter) -> Result<Plan, Refusal> {
    let (state, snapshot) = (view.state, view.snapshot);
    let reply = matters::matter_view(state, snapshot, &row, view.today(), Language::Chinese)?;
    Ok(Plan { effects: vec![Effect::Matter(row)], reply, ..Plan::default() })
}

fn note(field: &str, text: &str) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length == 0 || length > limits::NOTE_CHARS_MAX {
        return Err(invalid(field, "1 to 500 characters are needed", "应为1至500字。"));
    }
    Ok(())
}

fn aside(view: &View<'_>, text: &str) -> Vec<PersonalFields> {
    let fields = BTreeMap::from([("text".to_owned(), text.to_owned())]);
    vec![PersonalFields { subject: view.caller.person.clone(), fields }]
}

fn mark(view: &View<'_>) -> Mark {
    Mark { day: view.today(), by: view.caller.person.clone() }
}

fn query(view: &View<'_>, row: &Matter, step: &str, text: Option<&Personal>) -> Query {
    let number = i64::try_from(row.course.queries.len()).unwrap_or(i64::MAX).saturating_add(1);
    Query {
        number,
        step: step.to_owned(),
        day: view.today(),
        by: view.caller.person.clone(),
        text: text.cloned(),
        answered: None,
        answer: None,
    }
}

fn refused(code: &str, english: String, text: String, help: &str) -> Refusal {
    Refusal::new(RefusalKind::Unprocessable, code, english, text, help)
}

/// Stops a matter with a written question (村民委员会组织法 37: the supervision committee).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskMatter {
    /// Matter id; from the path over HTTP.
    #[serde(default)]
    pub matter: String,
    /// The question; it goes to the side store.
    pub text: String,
    /// Post under which the person acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
}

impl Operation for AskMatter {
    const NAME: &'static str = "ask-matter";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::matter(state, &self.matter)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        note("text", &self.text)?;
        ask(view, "AskMatter", stored(view, &self.matter)?, "", self.post.as_ref())
    }

    fn personal(&self, view: &View<'_>) -> Vec<PersonalFields> {
        aside(view, &self.text)
    }

    fn plan(&self, view: &View<'_>, _: &Acting, personal: &[Personal]) -> Result<Plan, Refusal> {
        let mut row = stored(view, &self.matter)?.clone();
        let asked = query(view, &row, "", personal.first());
        row.course.queries.push(asked);
        done(view, row)
    }
}

/// Objects to a publication while it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectToMatter {
    /// Matter id; from the path over HTTP.
    #[serde(default)]
    pub matter: String,
    /// The publication.
    pub step: String,
    /// The objection; it goes to the side store.
    pub text: String,
    /// Post under which the person acts, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
}

impl Operation for ObjectToMatter {
    const NAME: &'static str = "object-to-matter";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::matter(state, &self.matter)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        note("text", &self.text)?;
        let row = stored(view, &self.matter)?;
        ask(view, "ObjectToMatter", row, &self.step, self.post.as_ref())
    }

    fn personal(&self, view: &View<'_>) -> Vec<PersonalFields> {
        aside(view, &self.text)
    }

    fn plan(&self, view: &View<'_>, _: &Acting, personal: &[Personal]) -> Result<Plan, Refusal> {
        let mut row = stored(view, &self.matter)?.clone();
        let edition = view.snapshot.began(&row)?;
        let until = flows::stands_until(edition, &row, &self.step);
        if until.is_none_or(|until| view.today() >= until) {
            return Err(refused(
                "OBJECTION_OUT_OF_TIME",
                format!("`{}` is not published, or its time is over", self.step),
                "现在不在这项公示的期限内，不能按异议提出。".to_owned(),
                "请在公示期内提出；期满以后可以向村务监督委员会或者镇（街道）反映。",
            ));
        }
        let objection = query(view, &row, &self.step, personal.first());
        row.course.queries.push(objection);
        done(view, row)
    }
}

/// Answers a question or an objection.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerMatter {
    /// Matter id; from the path over HTTP.
    #[serde(default)]
    pub matter: String,
    /// Number of the question or objection.
    pub number: i64,
    /// The answer; it goes to the side store.
    pub text: String,
    /// Post under which the person acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
}

impl Operation for AnswerMatter {
    const NAME: &'static str = "answer-matter";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::matter(state, &self.matter)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        note("text", &self.text)?;
        let row = stored(view, &self.matter)?;
        let mut open = row.course.unanswered();
        if !open.any(|query| query.number == self.number) {
            return Err(not_found(
                "open question",
                "待答复的询问或者异议",
                &self.number.to_string(),
            ));
        }
        ask(view, "AnswerMatter", row, "", self.post.as_ref())
    }

    fn personal(&self, view: &View<'_>) -> Vec<PersonalFields> {
        aside(view, &self.text)
    }

    fn plan(&self, view: &View<'_>, _: &Acting, personal: &[Personal]) -> Result<Plan, Refusal> {
        let mut row = stored(view, &self.matter)?.clone();
        let mut open = row.course.queries.iter_mut().filter(|q| q.answered.is_none());
        if let Some(query) = open.find(|q| q.number == self.number) {
            query.answered = Some(mark(view));
            query.answer = personal.first().cloned();
        }
        done(view, row)
    }
}

/// Publishes the result of a step that has to be published.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishStep {
    /// Matter id; from the path over HTTP.
    #[serde(default)]
    pub matter: String,
    /// The step.
    pub step: String,
    /// Post under which the person acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
}

impl Operation for PublishStep {
    const NAME: &'static str = "publish-step";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::matter(state, &self.matter)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = stored(view, &self.matter)?;
        ask(view, "PublishStep", row, &self.step, self.post.as_ref())
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let mut row = stored(view, &self.matter)?.clone();
        let edition = view.snapshot.began(&row)?;
        let step = flows::item_of(edition, &row).and_then(|item| item.step(&self.step));
        if step.is_none_or(|step| !step.gates.discloses) {
            return Err(refused(
                "NOTHING_TO_PUBLISH",
                format!("the result of `{}` is not published on its own", self.step),
                format!("步骤“{}”不用单独公开。", self.step),
                "请看办理页面上写明还没有公开的环节。",
            ));
        }
        if !row.taken.iter().any(|taken| taken.step == self.step) {
            return Err(refused(
                "NOT_TAKEN",
                format!("step `{}` is not taken; publish its result afterwards", self.step),
                format!("步骤“{}”还没有办，没有情况可以公开。", self.step),
                "请先办这一步，再公开。",
            ));
        }
        row.course.published.entry(self.step.clone()).or_insert_with(|| mark(view));
        done(view, row)
    }
}

/// Signs for an organ of joint supervision.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignStep {
    /// Matter id; from the path over HTTP.
    #[serde(default)]
    pub matter: String,
    /// The step that the signatures open.
    pub step: String,
    /// Post under which the person signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
}

impl Operation for SignStep {
    const NAME: &'static str = "sign-step";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::matter(state, &self.matter)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = stored(view, &self.matter)?;
        ask(view, "SignStep", row, &self.step, self.post.as_ref())
    }

    fn plan(&self, view: &View<'_>, acting: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let mut row = stored(view, &self.matter)?.clone();
        let role = view.state.posts.get(&acting.post).map(|post| post.role.clone());
        let Some(role) = role else {
            return Err(invalid("post", "a post is needed to sign", "签字要有职务。"));
        };
        let edition = view.snapshot.began(&row)?;
        if let Some(refusal) = flows::sign_problem(edition, &row, &self.step, &role, view.caller) {
            return Err(refusal);
        }
        row.course.signed.push(SignOff {
            step: self.step.clone(),
            role,
            day: view.today(),
            by: view.caller.person.clone(),
        });
        done(view, row)
    }
}

/// Lets a hold pass, with a reason on record: suspected splitting, or a late ratification.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassHold {
    /// Matter id; from the path over HTTP.
    #[serde(default)]
    pub matter: String,
    /// Code of the hold: `SPLIT_SUSPECTED` or `RATIFIED_LATE`.
    pub hold: String,
    /// Why, in a clerk's words without names.
    pub reason: String,
    /// Post under which the person acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
}

impl Operation for PassHold {
    const NAME: &'static str = "pass-hold";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::matter(state, &self.matter)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        title("reason", &self.reason)?;
        if ![SPLIT, LATE].contains(&self.hold.as_str()) {
            return Err(invalid(
                "hold",
                &format!("one of `{SPLIT}`, `{LATE}`; other holds cannot be let pass"),
                "只有疑似化整为零和超期追认可以写明理由放行。",
            ));
        }
        ask(view, "PassHold", stored(view, &self.matter)?, "", self.post.as_ref())
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let mut row = stored(view, &self.matter)?.clone();
        let edition = view.snapshot.began(&row)?;
        if !flows::is_held(view.state, edition, &row, &self.hold, view.today()) {
            return Err(refused(
                "NOTHING_TO_PASS",
                format!("nothing of the matter is held by `{}`", self.hold),
                "这件事现在没有这样卡住，不用放行。".to_owned(),
                "卡住以后再看理由办理，不能事先放行。",
            ));
        }
        row.course.passed.push(Pass {
            hold: self.hold.clone(),
            cents: flows::linked_cents(view.state, edition, &row),
            reason: self.reason.clone(),
            day: view.today(),
            by: view.caller.person.clone(),
        });
        done(view, row)
    }
}
