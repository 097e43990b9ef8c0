//! Who may come in: calling systems by key, token or certificate, at the rate each may have.
//!
//! An open server does not look at credentials at all; it listens on loopback only.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use callers::{AuthFailure, Callers, Credentials, PeerInfo, RateLimiter};
use engine::service::Service;
use folder::{Act, Who};
use model::{DivisionCode, Refusal, RefusalKind};

use crate::metrics::Metrics;
use crate::problem::Problem;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Answers of the administrative policies that are kept.
const KEPT_MAX: usize = 10_000;

/// Who may come in.
#[derive(Debug, Default)]
pub enum Gate {
    /// Everybody; for demonstrations on loopback.
    #[default]
    Open,
    /// Known callers only.
    Callers(Box<Known>),
}

/// Known callers, their rates, and what the administrative policies said of them.
#[derive(Debug)]
pub struct Known {
    callers: Callers,
    limiter: RateLimiter,
    from: Instant,
    kept: Mutex<BTreeMap<Kept, bool>>,
}

/// Who, what, where, under which load of the package.
type Kept = (String, Act, Option<DivisionCode>, u64);

/// A calling system that was let in.
#[derive(Clone, Default, Debug)]
pub(crate) struct System {
    /// Its id; empty where the server is open.
    pub(crate) id: String,
    /// As the administrative policies see it; none where the server is open.
    pub(crate) who: Option<Who>,
}

impl Gate {
    /// A gate for these callers.
    #[expect(
        clippy::disallowed_methods,
        reason = "rates are counted on a clock that only moves forward"
    )]
    pub fn of(callers: Callers) -> Self {
        Self::Callers(Box::new(Known {
            callers,
            limiter: RateLimiter::new(),
            from: Instant::now(),
            kept: Mutex::new(BTreeMap::new()),
        }))
    }

    /// Whether everybody may come in.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// Lets a caller in for an act at an address, or says why not.
    #[expect(clippy::too_many_arguments, reason = "everything that decides who comes in")]
    pub(crate) fn admit(
        &self,
        service: &Service,
        metrics: &Metrics,
        headers: &HeaderMap,
        peer: Option<PeerInfo>,
        act: Act,
        township: Option<DivisionCode>,
    ) -> Result<System, Problem> {
        let Self::Callers(known) = self else { return Ok(System::default()) };
        let credentials = Credentials {
            authorization: only(headers, &AUTHORIZATION)?,
            api_key: only(headers, &API_KEY)?,
            certificate_sha256: peer.and_then(|peer| peer.certificate_sha256),
        };
        let seconds = service.now().0.saturating_mul(60);
        let identity = known.callers.authenticate(&credentials, seconds).map_err(|failure| {
            metrics.unauthenticated.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            refused(failure)
        })?;
        let millis = i64::try_from(known.from.elapsed().as_millis()).unwrap_or(i64::MAX);
        if let Err(after) = known.limiter.check(&identity.id, identity.rate, millis) {
            metrics.limited.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            return Err(Problem::too_many(after.0));
        }
        let who = Who {
            id: identity.id,
            roles: identity.roles,
            townships: identity.townships,
            via: identity.via.name().to_owned(),
        };
        if !known.allows(service, &who, act, township) {
            return Err(Problem::from(Refusal::new(
                RefusalKind::Denied,
                "CALLER_NOT_ALLOWED",
                format!(
                    "caller `{}` may not `{}` here; the package's `callers/` policies decide",
                    who.id,
                    act.name()
                ),
                format!("调用系统“{}”没有这项权限。", who.id),
                "请管理员在规矩包的 callers 文件夹里授权。",
            )));
        }
        Ok(System { id: who.id.clone(), who: Some(who) })
    }
}

impl Known {
    /// Policies look at nothing but the caller and the address, so an answer holds for as long as the
    /// package and the caller's own entry are the same.
    fn allows(
        &self,
        service: &Service,
        who: &Who,
        act: Act,
        township: Option<DivisionCode>,
    ) -> bool {
        let key = (format!("{who:?}"), act, township, service.generation());
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        kept.unwrap_or_else(|| {
            let allowed = service.allows(who, act, township);
            let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() >= KEPT_MAX {
                all.clear();
            }
            all.insert(key, allowed);
            allowed
        })
    }
}

/// The one header of a name; two are refused, as is one that is not text.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Problem> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => one
            .to_str()
            .map(Some)
            .map_err(|_| refused(AuthFailure::Malformed("a header is not visible ascii"))),
        (Some(_), Some(_)) => Err(refused(AuthFailure::Malformed("a header is there twice"))),
    }
}

fn refused(failure: AuthFailure) -> Problem {
    tracing::debug!(reason = failure.reason(), "a caller was not let in");
    Problem::from(Refusal::new(
        RefusalKind::Unauthenticated,
        failure.code(),
        failure.to_string(),
        "没有表明是哪个调用系统，或者凭证无效。",
        failure.help(),
    ))
}

/// `Retry-After` of a refusal.
pub(crate) fn retry_after(seconds: u32) -> (HeaderName, HeaderValue) {
    (RETRY_AFTER, HeaderValue::from(seconds))
}
