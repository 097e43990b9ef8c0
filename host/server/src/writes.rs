//! From a body to an operation of the engine.

use engine::acts::{
    admissions, confirm, delegations, events, marks, matters, meetings, people, redemptions,
    reopen, reviews, rounds, signs,
};
use engine::operation::Operation;
use engine::{Caller, Engine, Reply};
use model::{Refusal, RefusalKind};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::problem::quoted;
use crate::table::Write;

/// What a write is made of.
#[derive(Debug)]
pub(crate) struct Request {
    /// Path parameters by name.
    pub(crate) path: Vec<(String, String)>,
    /// Body.
    pub(crate) body: Map<String, Value>,
    /// Who.
    pub(crate) caller: Caller,
    /// Idempotency key.
    pub(crate) key: Option<String>,
}

/// Carries a write out. Blocks until it is safe; called off the async threads.
pub(crate) fn run(engine: &Engine, write: Write, mut request: Request) -> Result<Reply, Refusal> {
    if write == Write::PutPerson
        && !request.path.iter().any(|(name, value)| name == "type" && value == "Person")
    {
        return Err(invalid(
            "only entities of type `Person` are written here; other things come about by acts",
        ));
    }
    for (name, member) in fills(write) {
        fill(&mut request, name, member)?;
    }
    match write {
        Write::PutPerson => act::<people::PutPerson>(engine, request),
        Write::ErasePerson => act::<people::ErasePerson>(engine, request),
        Write::SubmitEvents => act::<events::SubmitEvents>(engine, request),
        Write::AmendEvent => act::<events::AmendEvent>(engine, request),
        Write::OpenRound => act::<rounds::OpenRound>(engine, request),
        Write::CloseRound => act::<rounds::CloseRound>(engine, request),
        Write::ReopenRound => act::<reopen::ReopenRound>(engine, request),
        Write::ConfirmRound => act::<confirm::ConfirmRound>(engine, request),
        Write::ReviewEntries => act::<reviews::ReviewEntries>(engine, request),
        Write::Reserve => act::<redemptions::ReserveRedemption>(engine, request),
        Write::Confirm => act::<redemptions::ConfirmRedemption>(engine, request),
        Write::Cancel => act::<redemptions::CancelRedemption>(engine, request),
        Write::OpenMatter => act::<matters::OpenMatter>(engine, request),
        Write::TakeStep => act::<matters::TakeStep>(engine, request),
        Write::RecordMeeting => act::<meetings::RecordMeeting>(engine, request),
        Write::AskMatter => act::<marks::AskMatter>(engine, request),
        Write::ObjectToMatter => act::<marks::ObjectToMatter>(engine, request),
        Write::AnswerMatter => act::<marks::AnswerMatter>(engine, request),
        Write::PublishStep => act::<marks::PublishStep>(engine, request),
        Write::SignStep => act::<marks::SignStep>(engine, request),
        Write::PassHold => act::<marks::PassHold>(engine, request),
        Write::Delegate => act::<delegations::Delegate>(engine, request),
        Write::ApproveDelegation => act::<delegations::ApproveDelegation>(engine, request),
        Write::RevokeDelegation => act::<delegations::RevokeDelegation>(engine, request),
        Write::ProposeTask => act::<admissions::ProposeTask>(engine, request),
        Write::ApproveTask => act::<admissions::ApproveTask>(engine, request),
        Write::ReleaseFunds => act::<admissions::ReleaseFunds>(engine, request),
        Write::AssignTask => act::<admissions::AssignTask>(engine, request),
        Write::RegisterSign => act::<signs::RegisterSign>(engine, request),
        Write::RemoveSign => act::<signs::RemoveSign>(engine, request),
    }
}

/// Path parameters and the members of the body they stand for.
const fn fills(write: Write) -> &'static [(&'static str, &'static str)] {
    match write {
        Write::PutPerson | Write::ErasePerson => &[("id", "id")],
        Write::AmendEvent => &[("village", "village"), ("id", "event")],
        Write::CloseRound | Write::ReopenRound | Write::ConfirmRound => &[("id", "round")],
        Write::Confirm | Write::Cancel => &[("id", "redemption")],
        Write::TakeStep
        | Write::AskMatter
        | Write::ObjectToMatter
        | Write::AnswerMatter
        | Write::PublishStep
        | Write::SignStep
        | Write::PassHold => &[("id", "matter")],
        Write::ApproveDelegation | Write::RevokeDelegation => &[("id", "delegation")],
        Write::ApproveTask | Write::ReleaseFunds | Write::AssignTask => &[("id", "task")],
        Write::RemoveSign => &[("id", "sign")],
        _ => &[],
    }
}

fn fill(request: &mut Request, name: &str, member: &str) -> Result<(), Refusal> {
    let value =
        request.path.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
    match request.body.insert(member.to_owned(), Value::String(value.clone())) {
        Some(Value::String(other)) if other != value => Err(invalid(&format!(
            "`{member}` in the body is `{}`, in the path `{}`; send one of them",
            quoted(&other),
            quoted(&value)
        ))),
        Some(Value::String(_)) | None => Ok(()),
        Some(_) => {
            Err(invalid(&format!("`{member}` comes from the path; leave it out of the body")))
        }
    }
}

fn act<O: Operation + DeserializeOwned>(
    engine: &Engine,
    request: Request,
) -> Result<Reply, Refusal> {
    let operation: O = fitting(request.body)?;
    engine.act(&request.caller, request.key.as_deref(), &operation)
}

/// Reads what a body says.
///
/// # Errors
/// `INVALID_INPUT`, naming the member that does not fit.
pub(crate) fn fitting<T: DeserializeOwned>(body: Map<String, Value>) -> Result<T, Refusal> {
    serde_path_to_error::deserialize(Value::Object(body)).map_err(|error| {
        let place = error.path().to_string();
        let why = one_line(&error.inner().to_string());
        if error.path().iter().next().is_none() {
            return invalid(&format!("the body does not fit: {why}"));
        }
        let place = quoted(&place);
        let refusal = invalid(&format!("the body does not fit at `{place}`: {why}"));
        Refusal {
            text: format!("提交的内容填写有误：“{place}”这一项。"), ..refusal
        }
    })
}

/// `INVALID_INPUT` for a body that does not fit.
pub(crate) fn invalid(message: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        "INVALID_INPUT",
        message,
        "提交的内容填写有误。",
        "请对照 /openapi.json 改正后重新提交，原有数据不受影响。",
    )
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}
