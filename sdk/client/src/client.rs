//! The one who asks.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use ureq::http::{HeaderName, HeaderValue};
use ureq::{Agent, RequestBuilder};

use crate::endpoints::{Base, Endpoints};
use crate::wire::{self, API_KEY, REQUEST_ID};
use crate::{
    Action, Batch, Decision, Error, ItemError, Request, Resource, Results, Search, Subject,
    decision, limits, read,
};

const NAME: &str = concat!("xiangyue-client/", env!("CARGO_PKG_VERSION"));

/// One service, asked over connections that are kept and shared by its clones.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: Base,
    endpoints: Endpoints,
    credential: Option<Credential>,
    timeout: Duration,
    refused_retries: u32,
}

/// By what the service knows the caller.
#[derive(Clone)]
enum Credential {
    Header(HeaderName, HeaderValue),
    /// It cannot be sent, so nothing is.
    Unusable(&'static str),
}

impl Credential {
    fn new(what: &'static str, name: HeaderName, prefix: &str, text: &str) -> Self {
        match wire::word(what, prefix, text) {
            Ok(mut value) => {
                // Kept out of what the HTTP library writes to a log.
                value.set_sensitive(true);
                Self::Header(name, value)
            }
            Err(_) => Self::Unusable(what),
        }
    }
}

/// Says whether there are credentials, and not which.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base.given)
            .field("credential", &self.credential.is_some())
            .field("timeout", &self.timeout)
            .field("refused_retries", &self.refused_retries)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for the service below a URL, at the default paths. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::BaseUrl`].
    pub fn new(base_url: &str) -> Result<Self, Error> {
        let base = Base::parse(base_url)?;
        Ok(Self {
            // The environment does not choose who sees the questions.
            agent: Agent::config_builder()
                .proxy(None)
                .max_idle_age(limits::IDLE_MAX)
                .build()
                .new_agent(),
            endpoints: Endpoints::of(&base),
            base,
            credential: None,
            timeout: limits::TIMEOUT_DEFAULT,
            refused_retries: 0,
        })
    }

    /// A client for the service below a URL, at the endpoints that it names itself.
    ///
    /// # Errors
    /// [`Error::BaseUrl`], or as [`Client::discovered`].
    pub fn discover(base_url: &str) -> Result<Self, Error> {
        Self::new(base_url)?.discovered()
    }

    /// This client, at the endpoints that the service names in
    /// `/.well-known/authzen-configuration`. The credentials are not shown for that.
    ///
    /// # Errors
    /// [`Error::Identifier`] when the description is not of a service that calls itself by this
    /// base URL, byte for byte; [`Error::Endpoint`]; and what a call can fail with.
    pub fn discovered(mut self) -> Result<Self, Error> {
        let url = self.base.description();
        let response =
            wire::attempt(self.refused_retries, || self.prepared(self.agent.get(&url)).call());
        let bytes = Self::received(&url, response, None)?;
        self.endpoints = Endpoints::described(&self.base, &bytes)?;
        Ok(self)
    }

    /// Known by a bearer token, in place of any credentials before.
    ///
    /// One that is not a word of visible ASCII is not sent: every call is [`Error::Header`].
    #[must_use]
    pub fn with_token(mut self, token: impl AsRef<str>) -> Self {
        self.credential = Some(Credential::new("token", AUTHORIZATION, "Bearer ", token.as_ref()));
        self
    }

    /// Known by an API key, sent as `X-API-Key`, in place of any credentials before.
    ///
    /// One that is not a word of visible ASCII is not sent: every call is [`Error::Header`].
    #[must_use]
    pub fn with_api_key(mut self, key: impl AsRef<str>) -> Self {
        self.credential = Some(Credential::new("api key", API_KEY, "", key.as_ref()));
        self
    }

    /// How long a call may take from resolving the name to the last byte.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a refused connection is tried again, 0.1 s apart. 0 unless set; nothing but a
    /// refused connection is ever tried again.
    #[must_use]
    pub const fn with_refused_retries(mut self, retries: u32) -> Self {
        self.refused_retries = retries;
        self
    }

    /// Over these connections: TLS roots, a client certificate, a proxy. Time, redirects and
    /// the meaning of a status stay this client's.
    #[must_use]
    pub fn with_agent(mut self, agent: Agent) -> Self {
        self.agent = agent;
        self
    }

    /// A client for one township of the same service, at the default paths below `/t/{code}`.
    /// It shares this client's connections and credentials.
    ///
    /// # Errors
    /// [`Error::Township`] for anything but 1 to 12 digits.
    pub fn for_township(&self, code: &str) -> Result<Self, Error> {
        Ok(Self { endpoints: Endpoints::of_township(&self.base, code)?, ..self.clone() })
    }

    /// The base URL, as it was given.
    pub fn base_url(&self) -> &str {
        &self.base.given
    }

    /// Whether this may be done; no for every error.
    pub fn allowed(&self, request: &Request) -> bool {
        self.evaluate(request).is_ok_and(|decision| decision.is_allowed())
    }

    /// Asks one question.
    ///
    /// # Errors
    /// [`Error`]; a deny is none.
    pub fn evaluate(&self, request: &Request) -> Result<Decision, Error> {
        self.one(request, false)
    }

    /// Asks one question and for the reasons of the answer.
    ///
    /// # Errors
    /// [`Error`]; a deny is none.
    pub fn explain(&self, request: &Request) -> Result<Decision, Error> {
        self.one(request, true)
    }

    fn one(&self, request: &Request, explain: bool) -> Result<Decision, Error> {
        let url = self.endpoints.evaluation();
        let bytes = self.post(url, &request.body(explain), request.request_id.as_deref())?;
        read::object::<decision::Body>(&bytes)?.decision()
    }

    /// Asks many questions at once. The answers come in the order of the items; under
    /// [`Semantic::DenyOnFirstDeny`](crate::Semantic::DenyOnFirstDeny) and
    /// [`Semantic::PermitOnFirstPermit`](crate::Semantic::PermitOnFirstPermit) they end with the
    /// one that settled it, and items after that have none.
    ///
    /// # Errors
    /// [`Error`] when there is no answer to trust as a whole. An item that the service could not
    /// decide is an [`ItemError`] in its place.
    pub fn evaluations(&self, batch: &Batch) -> Result<Vec<Result<Decision, ItemError>>, Error> {
        let url = self.endpoints.evaluations()?;
        let bytes = self.post(url, &batch.body()?, batch.request_id.as_deref())?;
        batch.answers(read::object(&bytes)?)
    }

    /// Which subjects may do this?
    pub fn search_subjects<'a>(&'a self, search: &'a Search<Subject>) -> Results<'a, Subject> {
        Results::subjects(self, search)
    }

    /// On which resources may this be done?
    pub fn search_resources<'a>(&'a self, search: &'a Search<Resource>) -> Results<'a, Resource> {
        Results::resources(self, search)
    }

    /// What may be done here?
    pub fn search_actions<'a>(&'a self, search: &'a Search<Action>) -> Results<'a, Action> {
        Results::actions(self, search)
    }

    pub(crate) const fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Sends a question; the bytes of what counts as an answer.
    pub(crate) fn post(
        &self,
        url: &str,
        body: &impl Serialize,
        request_id: Option<&str>,
    ) -> Result<Vec<u8>, Error> {
        let bytes = serde_json::to_vec(body).map_err(|source| Error::Encode { source })?;
        let mut headers = vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        if let Some(id) = request_id {
            headers.push((REQUEST_ID, wire::word("request id", "", id)?));
        }
        match &self.credential {
            None => {}
            Some(Credential::Header(name, value)) => headers.push((name.clone(), value.clone())),
            Some(Credential::Unusable(what)) => return Err(Error::Header { what }),
        }
        let response = wire::attempt(self.refused_retries, || {
            let request = self.prepared(self.agent.post(url));
            let request =
                headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            request.send(bytes.as_slice())
        });
        Self::received(url, response, request_id)
    }

    /// A request under this client's terms, whatever the agent's are.
    fn prepared<Any>(&self, request: RequestBuilder<Any>) -> RequestBuilder<Any> {
        request
            .header(USER_AGENT, NAME)
            .header(ACCEPT, "application/json")
            .config()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(self.timeout))
            .build()
    }

    fn received(
        url: &str,
        response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
        request_id: Option<&str>,
    ) -> Result<Vec<u8>, Error> {
        match response {
            Ok(response) => wire::answer(url, response, request_id),
            Err(source) => Err(Error::Transport { url: url.to_owned(), source: Box::new(source) }),
        }
    }
}
