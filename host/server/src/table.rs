//! What a route is, and which listener and whose right it belongs to.

use folder::Act;

use crate::Desk;
use crate::authzen::Endpoint;
use crate::shapes::Field;

/// HTTP method of a route.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Method {
    /// Reads.
    Get,
    /// Asks or acts.
    Post,
    /// Writes whole.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// Upper-case name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What a route does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Does {
    /// A question or a search of AuthZEN.
    Access(Endpoint),
    /// The document that tells where to ask.
    Metadata,
    /// Stored entities of a plain folder, by its name in `store.rs`.
    Entities(Entities),
    /// The package in force.
    Package(Package),
    /// What a host that follows is sent.
    Feed,
    /// A write, by its name in `writes.rs`.
    Write(Write),
    /// A reading, by its name in `reads.rs`.
    Read(Read),
}

/// What is done with stored entities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entities {
    /// One, as stored.
    Get,
    /// Those of a type.
    List,
    /// Written whole.
    Put,
    /// Removed.
    Remove,
    /// Many at once.
    Load,
}

/// What is done with the package.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Package {
    /// How it stands.
    Status,
    /// Read again and swapped in when it is good.
    Reload,
    /// A recorded decision.
    Decision,
}

/// Writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Write {
    PutPerson,
    ErasePerson,
    SubmitEvents,
    AmendEvent,
    OpenRound,
    CloseRound,
    ReopenRound,
    ConfirmRound,
    ReviewEntries,
    Reserve,
    Confirm,
    Cancel,
    OpenMatter,
    TakeStep,
    AskMatter,
    ObjectToMatter,
    AnswerMatter,
    PublishStep,
    SignStep,
    PassHold,
    RecordMeeting,
    Delegate,
    ApproveDelegation,
    RevokeDelegation,
    ProposeTask,
    ApproveTask,
    ReleaseFunds,
    AssignTask,
    RegisterSign,
    RemoveSign,
}

/// Readings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Read {
    Entity,
    Entries,
    Statement,
    Round,
    Offers,
    Quote,
    Matter,
    Clock,
    MoveClock,
    Live,
    Ready,
    Metrics,
    Version,
    OpenApi,
    Start,
    Township,
    Lists,
    Listed,
    Items,
    Item,
    PublicMatters,
    PublicMatter,
    Clues,
    Signs,
    Certificates,
    Supervision,
    Duties,
}

/// One route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// Method.
    pub(crate) method: Method,
    /// Path, parameters in braces.
    pub(crate) path: &'static str,
    /// What it does.
    pub(crate) does: Does,
    /// 中文说明.
    pub(crate) zh: &'static str,
    /// English summary.
    pub(crate) en: &'static str,
    /// Whether a bearer token is needed.
    pub(crate) token: bool,
    /// Members of the request body.
    pub(crate) body: &'static [Field],
    /// Query parameters.
    pub(crate) query: &'static [&'static str],
    /// Whether success is 201.
    pub(crate) creates: bool,
}

impl Route {
    /// Whether a listener has the route.
    pub(crate) fn at(&self, desk: Desk) -> bool {
        let admin = matches!(self.does, Does::Package(_) | Does::Feed | Does::Read(Read::Metrics));
        let both = matches!(self.does, Does::Read(Read::Live | Read::Ready | Read::Version));
        match desk {
            Desk::Both => true,
            Desk::Public => !admin,
            Desk::Admin => admin || both,
        }
    }

    /// What a calling system must be allowed to do at a listener; none where no system is asked for.
    pub(crate) const fn act(&self, desk: Desk) -> Option<Act> {
        match self.does {
            Does::Access(Endpoint::Evaluation | Endpoint::Evaluations) => Some(Act::Ask),
            Does::Access(_) => Some(Act::Search),
            Does::Entities(Entities::Get | Entities::List) => Some(Act::ReadEntities),
            Does::Entities(_) => Some(Act::WriteEntities),
            Does::Feed => Some(Act::Follow),
            Does::Package(Package::Status) => Some(Act::ReadPackage),
            Does::Package(Package::Reload) => Some(Act::PublishPackage),
            Does::Package(Package::Decision) => Some(Act::ReadDecision),
            // A listener of administration is closed off by its address; what scrapes it has no key.
            Does::Read(Read::Metrics) if matches!(desk, Desk::Both) => Some(Act::ReadMetrics),
            Does::Metadata | Does::Read(_) | Does::Write(_) => None,
        }
    }
}

/// A route without body, query and token.
pub(crate) const fn route(
    method: Method,
    path: &'static str,
    does: Does,
    zh: &'static str,
    en: &'static str,
) -> Route {
    Route { method, path, does, zh, en, token: false, body: &[], query: &[], creates: false }
}

/// A write of a person.
pub(crate) const fn write(
    path: &'static str,
    write: Write,
    zh: &'static str,
    en: &'static str,
    body: &'static [Field],
) -> Route {
    Route { token: true, body, ..route(Method::Post, path, Does::Write(write), zh, en) }
}

/// A write that answers with 201.
pub(crate) const fn create(
    path: &'static str,
    kind: Write,
    zh: &'static str,
    en: &'static str,
    body: &'static [Field],
) -> Route {
    Route { creates: true, ..write(path, kind, zh, en, body) }
}

/// A question of another system.
pub(crate) const fn access(
    path: &'static str,
    endpoint: Endpoint,
    zh: &'static str,
    en: &'static str,
    body: &'static [Field],
    query: &'static [&'static str],
) -> Route {
    Route { body, query, ..route(Method::Post, path, Does::Access(endpoint), zh, en) }
}

/// A reading that is open to all.
pub(crate) const fn read(
    path: &'static str,
    read: Read,
    zh: &'static str,
    en: &'static str,
) -> Route {
    route(Method::Get, path, Does::Read(read), zh, en)
}

/// Methods a path takes, for `Allow`.
pub(crate) fn allowed(path: &str) -> String {
    let mut names: Vec<&str> =
        crate::routes::ROUTES.iter().filter(|r| r.path == path).map(|r| r.method.name()).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.join(", ")
}
