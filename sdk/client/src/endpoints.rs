//! Where a service answers.

use serde::Deserialize;
use ureq::http::Uri;

use crate::{Error, limits, read};

/// The URL of a service, as it was given and in its parts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Base {
    /// Byte for byte as it was given.
    pub(crate) given: String,
    /// Scheme, host and port.
    origin: String,
    /// Empty, or a path without a slash at its end.
    path: String,
}

impl Base {
    pub(crate) fn parse(given: &str) -> Result<Self, Error> {
        let refuse = |why| Error::BaseUrl { url: given.to_owned(), why };
        check(given).map_err(refuse)?;
        if given.contains('?') {
            return Err(refuse("it has a query"));
        }
        let host = given.find("://").map_or(0, |at| at.saturating_add(3));
        let rest = given.get(host..).unwrap_or_default();
        let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
        let origin = given.strip_suffix(path).unwrap_or(given);
        Ok(Self {
            given: given.to_owned(),
            origin: origin.to_owned(),
            path: path.trim_end_matches('/').to_owned(),
        })
    }

    /// Where the service describes itself: the well-known path goes between host and path.
    pub(crate) fn description(&self) -> String {
        format!("{}/.well-known/authzen-configuration{}", self.origin, self.path)
    }
}

/// A URL that can be asked: `http` or `https`, a host, no user, no fragment.
fn check(url: &str) -> Result<(), &'static str> {
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it is not one word of visible ascii");
    }
    if url.contains('#') {
        return Err("it has a fragment");
    }
    let uri: Uri = url.parse().map_err(|_| "it cannot be read")?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err("it starts with neither `http://` nor `https://`");
    }
    let authority = uri.authority().ok_or("it has no host")?;
    if authority.as_str().contains('@') {
        return Err("it names a user; use `with_token` or `with_api_key`");
    }
    if authority.host().is_empty() {
        return Err("it has no host");
    }
    if authority.as_str() != authority.host() && authority.port_u16().is_none() {
        return Err("its port is no port");
    }
    Ok(())
}

/// The five endpoints.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Endpoints {
    evaluation: String,
    evaluations: Option<String>,
    subjects: Option<String>,
    resources: Option<String>,
    actions: Option<String>,
}

const EVALUATION: &str = "access_evaluation_endpoint";
const EVALUATIONS: &str = "access_evaluations_endpoint";
const SUBJECTS: &str = "search_subject_endpoint";
const RESOURCES: &str = "search_resource_endpoint";
const ACTIONS: &str = "search_action_endpoint";

impl Endpoints {
    /// The default paths of a service.
    pub(crate) fn of(base: &Base) -> Self {
        Self::below(base, "")
    }

    /// The default paths of one township of a service.
    pub(crate) fn of_township(base: &Base, code: &str) -> Result<Self, Error> {
        let digits = (1..=limits::TOWNSHIP_DIGITS_MAX).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            return Err(Error::Township { code: code.to_owned() });
        }
        Ok(Self::below(base, &format!("/t/{code}")))
    }

    fn below(base: &Base, township: &str) -> Self {
        let at = |name: &str| format!("{}{}{township}/access/v1/{name}", base.origin, base.path);
        Self {
            evaluation: at("evaluation"),
            evaluations: Some(at("evaluations")),
            subjects: Some(at("search/subject")),
            resources: Some(at("search/resource")),
            actions: Some(at("search/action")),
        }
    }

    /// What the service's description names, if it is the description of this service.
    pub(crate) fn described(base: &Base, bytes: &[u8]) -> Result<Self, Error> {
        let found: Description = read::object(bytes)?;
        if found.policy_decision_point != base.given {
            let (expected, found) = (base.given.clone(), found.policy_decision_point);
            return Err(Error::Identifier { expected, found });
        }
        let secure = secure(&base.given);
        let usable = |what, url: String| {
            // What is asked over TLS is answered over TLS.
            if check(&url).is_err() || (secure && !self::secure(&url)) {
                return Err(Error::Endpoint { what, url });
            }
            Ok(url)
        };
        let optional = |what, url: Option<String>| url.map(|url| usable(what, url)).transpose();
        Ok(Self {
            evaluation: usable(EVALUATION, found.access_evaluation_endpoint)?,
            evaluations: optional(EVALUATIONS, found.access_evaluations_endpoint)?,
            subjects: optional(SUBJECTS, found.search_subject_endpoint)?,
            resources: optional(RESOURCES, found.search_resource_endpoint)?,
            actions: optional(ACTIONS, found.search_action_endpoint)?,
        })
    }

    pub(crate) fn evaluation(&self) -> &str {
        &self.evaluation
    }

    pub(crate) fn evaluations(&self) -> Result<&str, Error> {
        offered(self.evaluations.as_deref(), EVALUATIONS)
    }

    pub(crate) fn subjects(&self) -> Result<&str, Error> {
        offered(self.subjects.as_deref(), SUBJECTS)
    }

    pub(crate) fn resources(&self) -> Result<&str, Error> {
        offered(self.resources.as_deref(), RESOURCES)
    }

    pub(crate) fn actions(&self) -> Result<&str, Error> {
        offered(self.actions.as_deref(), ACTIONS)
    }
}

fn offered<'a>(url: Option<&'a str>, what: &'static str) -> Result<&'a str, Error> {
    url.ok_or(Error::NotOffered { what })
}

fn secure(url: &str) -> bool {
    url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))
}

/// A service's description of itself; `signed_metadata` and whatever else is left unread.
#[derive(Debug, Deserialize)]
struct Description {
    policy_decision_point: String,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: Option<String>,
    search_subject_endpoint: Option<String>,
    search_resource_endpoint: Option<String>,
    search_action_endpoint: Option<String>,
}
