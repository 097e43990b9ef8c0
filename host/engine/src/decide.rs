//! Select edition → gather facts → decide, for writes and for questions alike.

use model::{
    Decision, Digest, DivisionCode, Effect, English, Entity, Facts, Minute, Reason, ReasonKind,
    Record, Request, Value,
};

use crate::about::About;
use crate::gather::{self, Cited};
use crate::operation::Acting;
use crate::row::Post;
use crate::snapshot::{Compiled, Snapshot};
use crate::state::State;

/// A decision with what it rested on.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The answer.
    pub decision: Decision,
    /// Post id under which it was reached, or empty.
    pub post: String,
    /// Digest of the facts.
    pub facts: Digest,
}

impl Decided {
    /// The post and the decision, for planning.
    pub fn acting(&self, id: &str) -> Acting {
        Acting {
            post: self.post.clone(),
            decision: Some(self.decision.clone()),
            facts: self.facts,
            id: id.to_owned(),
        }
    }

    /// Ids of the deciding policies.
    pub fn policies(&self) -> Vec<String> {
        self.decision.reasons.iter().map(|reason| reason.policy.clone()).collect()
    }
}

/// One question: who, what, on which thing, citing what.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Person id.
    pub person: &'a str,
    /// Cedar action.
    pub action: &'a str,
    /// The thing, stored or candidate.
    pub resource: Entity,
    /// Where it lies.
    pub place: DivisionCode,
    /// What is cited.
    pub cited: &'a Cited,
    /// Action-specific context from the record.
    pub context: Record,
}

/// Asks the policies. The post is the cited one, or each post of the person that covers the place in
/// turn; the first that is allowed answers. Nobody, nothing or no edition is a deny.
pub fn decide(state: &State, snapshot: &Snapshot, now: Minute, question: Question<'_>) -> Decided {
    let about = match question.resource.id.kind.as_str() {
        "Matter" => About::matter(state, &question.resource.id.id),
        _ => About::Place(question.place),
    };
    let Some(compiled) = snapshot.deciding(now.day(), about) else {
        return refused(
            "no-edition",
            "当日没有生效的规矩，一律不能办。请市里发布现行版本。",
            Digest::default(),
        );
    };
    let edition = compiled.edition.digest();
    let Some(person) = state.persons.get(question.person) else {
        return refused(
            "subject-unknown",
            "办事人未登记，不能办。请先由市级数据管理员登记。",
            edition,
        );
    };
    let township =
        (question.place.level() != model::DivisionLevel::County).then(|| question.place.township());
    let mut context = gather::base_context(&compiled.edition, township, now);
    context.extend(question.context);
    cite(state, question.cited, &mut context);
    let facts = Facts { principal: gather::person(person), resource: question.resource, context };
    let request = Request {
        principal: facts.principal.id.clone(),
        action: question.action.to_owned(),
        resource: facts.resource.id.clone(),
    };
    let posts = candidate_posts(state, question.person, question.place, question.cited);
    best(compiled, township, &request, facts, &posts)
}

/// Puts cited records into the context. A cited record that is not stored is not put there, so the
/// policies see that nothing lawful was cited.
fn cite(state: &State, cited: &Cited, context: &mut Record) {
    if let Some(row) = cited.record.as_ref().and_then(|id| state.meetings.get(id)) {
        context.insert("record".to_owned(), gather::meeting(row));
    }
    if let Some(row) = cited.grant.as_ref().and_then(|id| state.delegations.get(id)) {
        context.insert("grant".to_owned(), gather::grant(row));
    }
}

fn candidate_posts<'a>(
    state: &'a State,
    person: &str,
    place: DivisionCode,
    cited: &Cited,
) -> Vec<Option<&'a Post>> {
    // a post that is not there is as if none were cited; else a word nobody knows would hide the posts one holds
    let named = cited.post.as_ref().and_then(|id| state.posts.get(id));
    let mut posts: Vec<Option<&Post>> = match named {
        Some(post) => vec![Some(post)],
        None => state
            .posts_of(person)
            .into_iter()
            .filter(|post| post.unit.contains(place))
            .map(Some)
            .collect(),
    };
    if posts.is_empty() {
        posts.push(None);
    }
    posts
}

fn best(
    compiled: &Compiled,
    township: Option<DivisionCode>,
    request: &Request,
    mut facts: Facts,
    posts: &[Option<&Post>],
) -> Decided {
    let mut denied: Option<Decided> = None;
    for post in posts {
        match post {
            Some(post) => facts.context.insert("post".to_owned(), gather::post(post)),
            None => facts.context.remove("post"),
        };
        let decision = compiled.decider.decide(township, request, &facts);
        let decided = Decided {
            post: post.map_or_else(String::new, |post| post.id.clone()),
            facts: digest(request, &facts),
            decision,
        };
        if decided.decision.allowed() {
            return decided;
        }
        // Keep the denial that says most: one by a named prohibition before one by absence.
        let named = |d: &Decided| d.decision.reasons.iter().any(|r| r.effect == ReasonKind::Forbid);
        if denied.as_ref().is_none_or(|kept| !named(kept) && named(&decided)) {
            denied = Some(decided);
        }
    }
    denied.unwrap_or_else(|| refused("nobody", "没有办事人，不能办。", compiled.edition.digest()))
}

/// Digest of everything a decision looked at, for replay and for the log.
fn digest(request: &Request, facts: &Facts) -> Digest {
    let mut text =
        format!("{}\u{1f}{}\u{1f}{}\u{1e}", request.principal, request.action, request.resource);
    for part in [&facts.principal.attrs, &facts.resource.attrs, &facts.context] {
        write_record(part, &mut text);
        text.push('\u{1e}');
    }
    Digest::of([text.as_bytes()])
}

fn write_record(record: &Record, out: &mut String) {
    for (name, value) in record {
        out.push_str(name);
        out.push('=');
        write_value(value, out);
        out.push('\u{1f}');
    }
}

fn write_value(value: &Value, out: &mut String) {
    use std::fmt::Write as _;
    match value {
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Long(n) => {
            let _ = write!(out, "{n}");
        }
        Value::Text(s) => {
            let _ = write!(out, "{s:?}");
        }
        Value::Set(items) => {
            out.push('[');
            for item in items {
                write_value(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Record(record) => {
            out.push('{');
            write_record(record, out);
            out.push('}');
        }
    }
}

fn english(code: &str) -> English {
    let text = match code {
        "no-edition" => {
            "No rules are in force on this day. Ask the district to publish an edition."
        }
        "subject-unknown" => {
            "This person is not registered. Ask the district's data administrator to do so first."
        }
        "subject-not-a-person" => {
            "Only a registered person can act. A body acts through its meeting record, which the person cites."
        }
        "resource-unknown" => {
            "This matter is not registered. Register it first, or check its number."
        }
        "not-fresh" => {
            "This host cannot tell that its record is up to date. Try again, or ask the leader."
        }
        "another-township" => {
            "This matter belongs to another township. Ask at the address of the township where it lies."
        }
        "record-unknown" => {
            "The meeting record that is cited is not registered. Register it first."
        }
        "item-unknown" => {
            "This item is not on the list for this village. A power that is not listed is not used."
        }
        "grant-unknown" => "The delegation that is cited is not registered.",
        _ => "Nobody is named who could do this.",
    };
    let title = match code {
        "not-fresh" => "what may be out of date decides nothing",
        _ => "what is not registered cannot be done",
    };
    English { title: title.to_owned(), text: text.to_owned() }
}

/// A deny that no policy gave: nobody, nothing or no rules.
pub fn refused(code: &str, text: &str, edition: Digest) -> Decided {
    Decided {
        decision: Decision {
            effect: Effect::Deny,
            reasons: vec![Reason {
                policy: format!("engine/{code}"),
                code: String::new(),
                effect: ReasonKind::Absent,
                title: match code {
                    "not-fresh" => "记录可能不是最新的，不能办",
                    _ => "未登记的不能办",
                }
                .to_owned(),
                basis: Vec::new(),
                text: text.to_owned(),
                english: english(code),
            }],
            edition,
        },
        post: String::new(),
        facts: Digest::default(),
    }
}
