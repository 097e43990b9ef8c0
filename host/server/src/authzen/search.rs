//! Searches with paging (§8 of the specification).
//!
//! A page token holds where to go on, the first request's limit and a digest of the request, and is
//! signed: a changed request, a foreign token and one that is too old are refused. Going on is by key,
//! so data that changed in between may shift results but never loops.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use axum::response::Response;
use folder::{Found, Search, Sought};
use model::{Ask, Digest, Side};
use serde_json::{Map, Value, json};

use super::token::Page;
use super::{Endpoint, With, json_text, question};
use crate::app::App;
use crate::limits::SEARCH_MILLIS_MAX;
use crate::problem::Problem;
use crate::writes::invalid;

/// Answers a search.
pub(super) fn answer(
    app: &App,
    endpoint: Endpoint,
    with: &With<'_>,
    body: Map<String, Value>,
) -> Result<Response, Problem> {
    let bad = |message: String| Problem::from(invalid(&message));
    let (ask, sought, paging) = read(endpoint, body).map_err(bad)?;
    let digest = digest(sought, with, &ask, &paging.properties);
    let now = app.service.now().0;
    let first = match &paging.token {
        Some(token) => Some(app.secret.open(token, digest, now).map_err(|m| bad(m.to_owned()))?),
        None => None,
    };
    let limit = match (&first, paging.limit) {
        (Some(page), Some(limit)) if page.limit != Some(limit) => {
            return Err(bad("`page.limit` differs from that of the first request".to_owned()));
        }
        (Some(page), _) => page.limit,
        (None, limit) => limit,
    };
    let behind = first.as_ref().map(|page| page.behind.as_str());
    let deadline = Deadline::new(app.options.search_millis.unwrap_or(SEARCH_MILLIS_MAX));
    // Without a limit, and to tell how many there are, everything is looked at.
    let most = limit.filter(|limit| *limit > 0);
    let search = Search { sought, ask: &ask, behind, limit: most.map(to_usize) };
    let found =
        app.service.search(&with.reader(), &search, with.township, &mut || deadline.in_time())?;
    Ok(json_text(render(app, &ask, sought, &found, limit, digest)))
}

struct Paging {
    token: Option<String>,
    limit: Option<u64>,
    properties: Map<String, Value>,
}

fn read(endpoint: Endpoint, mut map: Map<String, Value>) -> Result<(Ask, Sought, Paging), String> {
    let sought = match endpoint {
        Endpoint::Subject => Sought::Subject,
        Endpoint::Resource => Sought::Resource,
        _ => Sought::Action,
    };
    let subject = question::side(&mut map, "subject", sought != Sought::Subject)?;
    let resource = question::side(&mut map, "resource", sought != Sought::Resource)?;
    let (action, action_properties) = match sought {
        Sought::Action => (String::new(), None),
        _ => question::action(&mut map)?,
    };
    let context = question::object(&mut map, "", "context")?.unwrap_or_default();
    let mut page = question::object(&mut map, "", "page")?.unwrap_or_default();
    let token = match page.remove("token") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text).filter(|text| !text.is_empty()),
        Some(_) => return Err("`page.token` must be a string".to_owned()),
    };
    let limit = match page.remove("limit") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let whole = value.as_u64();
            Some(whole.ok_or("`page.limit` must be a whole number, zero or more")?)
        }
    };
    let properties = question::object(&mut page, "page", "properties")?.unwrap_or_default();
    let ask = Ask { subject, action, action_properties, resource, context };
    Ok((ask, sought, Paging { token, limit, properties }))
}

/// Digest of everything a follow-up must repeat.
fn digest(sought: Sought, with: &With<'_>, ask: &Ask, properties: &Map<String, Value>) -> Digest {
    let side = |side: &Side| json!([side.kind, side.id, side.properties]);
    let all = json!([
        format!("{sought:?}"),
        &with.system.id,
        with.township.map(|code| code.to_string()),
        side(&ask.subject),
        ask.action,
        ask.action_properties,
        side(&ask.resource),
        ask.context,
        properties,
    ]);
    Digest::of([all.to_string().as_bytes()])
}

/// `page` first, then `context`, then `results`; keys of an entity in the order type, id.
fn render(
    app: &App,
    ask: &Ask,
    sought: Sought,
    found: &Found,
    limit: Option<u64>,
    digest: Digest,
) -> String {
    let quoted = |text: &str| Value::String(text.to_owned()).to_string();
    let mut out = String::from("{");
    if limit.is_some() || found.next.is_some() {
        let next = match (&found.next, limit) {
            // nothing was asked for, so there is nothing to go on with
            (_, Some(0)) if !found.cut => String::new(),
            (Some(behind), _) => {
                let page = Page { behind: behind.clone(), limit };
                app.secret.seal(&page, digest, app.service.now().0)
            }
            (None, _) => String::new(),
        };
        let _ = write!(out, "\"page\":{{\"next_token\":{}", quoted(&next));
        if limit == Some(0) {
            let _ = write!(out, ",\"count\":0,\"total\":{}", found.ids.len());
        } else {
            let _ = write!(out, ",\"count\":{}", found.ids.len());
        }
        out.push_str("},");
    }
    if found.cut {
        let words = json!({"incomplete": {
            "reason": "the time for one search was up; go on with `page.next_token`",
            "looked_at": found.looked,
        }});
        let _ = write!(out, "\"context\":{words},");
    }
    out.push_str("\"results\":[");
    let kind = match sought {
        Sought::Resource => quoted(&ask.resource.kind),
        Sought::Subject | Sought::Action => quoted(&ask.subject.kind),
    };
    let shown = if limit == Some(0) { &[][..] } else { found.ids.as_slice() };
    for (index, id) in shown.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let id = quoted(id);
        let _ = match sought {
            Sought::Action => write!(out, "{{\"name\":{id}}}"),
            Sought::Subject | Sought::Resource => write!(out, "{{\"type\":{kind},\"id\":{id}}}"),
        };
    }
    out.push_str("]}");
    out
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A moment by which a search ends.
struct Deadline {
    from: Instant,
    most: Duration,
}

impl Deadline {
    #[expect(clippy::disallowed_methods, reason = "the time a search takes is measured here")]
    fn new(millis: u64) -> Self {
        Self { from: Instant::now(), most: Duration::from_millis(millis) }
    }

    fn in_time(&self) -> bool {
        self.from.elapsed() < self.most
    }
}
