//! What a search found.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::read::{self, Object, misfit};
use crate::{Action, Client, Error, Resource, Search, Subject, limits};

/// One page of results on the wire.
#[derive(Debug, Deserialize)]
struct Answer<T> {
    page: Option<Object<Next>>,
    results: Vec<Object<T>>,
}

#[derive(Debug, Deserialize)]
struct Next {
    next_token: String,
}

/// What a search found, page by page as it is read.
///
/// An error is the last thing that comes, and says that what came before is not all.
#[must_use = "nothing is asked before the first result is taken"]
pub struct Results<'a, T> {
    client: &'a Client,
    search: &'a Search<T>,
    /// Where to ask; taken at the end.
    url: Option<Result<&'a str, Error>>,
    read: Read<T>,
    ready: VecDeque<T>,
    token: Option<String>,
    seen: BTreeSet<String>,
    pages: usize,
}

/// Reads a page of a search.
type Read<T> = fn(&[u8], &Search<T>) -> Result<Found<T>, Error>;

/// The results of one page, and where the next one is.
struct Found<T> {
    results: Vec<T>,
    next: String,
}

impl<T> fmt::Debug for Results<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Results")
            .field("pages", &self.pages)
            .field("ready", &self.ready.len())
            .field("ended", &self.url.is_none())
            .finish_non_exhaustive()
    }
}

impl<'a> Results<'a, Subject> {
    pub(crate) fn subjects(client: &'a Client, search: &'a Search<Subject>) -> Self {
        let read = |bytes: &[u8], search: &Search<Subject>| {
            page(bytes, |it: &Subject| search.subject.sought() == Some(&it.kind))
        };
        Self::new(client, search, client.endpoints().subjects(), read)
    }
}

impl<'a> Results<'a, Resource> {
    pub(crate) fn resources(client: &'a Client, search: &'a Search<Resource>) -> Self {
        let read = |bytes: &[u8], search: &Search<Resource>| {
            page(bytes, |it: &Resource| search.resource.sought() == Some(&it.kind))
        };
        Self::new(client, search, client.endpoints().resources(), read)
    }
}

impl<'a> Results<'a, Action> {
    pub(crate) fn actions(client: &'a Client, search: &'a Search<Action>) -> Self {
        let read = |bytes: &[u8], _: &Search<Action>| page(bytes, |_: &Action| true);
        Self::new(client, search, client.endpoints().actions(), read)
    }
}

fn page<T: DeserializeOwned>(bytes: &[u8], fits: impl Fn(&T) -> bool) -> Result<Found<T>, Error> {
    let Answer { page, results } = read::object::<Answer<T>>(bytes)?;
    let results: Vec<T> = results.into_iter().map(|Object(it)| it).collect();
    if !results.iter().all(fits) {
        return Err(misfit("a result of another type than was sought"));
    }
    Ok(Found { results, next: page.map(|Object(page)| page.next_token).unwrap_or_default() })
}

impl<'a, T> Results<'a, T> {
    fn new(
        client: &'a Client,
        search: &'a Search<T>,
        url: Result<&'a str, Error>,
        read: Read<T>,
    ) -> Self {
        Self {
            client,
            search,
            url: Some(url),
            read,
            ready: VecDeque::new(),
            token: None,
            seen: BTreeSet::new(),
            pages: 0,
        }
    }

    /// Reads the page at the token; whether another one follows.
    fn turn(&mut self, url: &str) -> Result<bool, Error> {
        if self.pages >= limits::PAGES_MAX {
            return Err(Error::TooManyPages { pages_max: limits::PAGES_MAX });
        }
        let body = self.search.body(self.token.as_deref());
        let bytes = self.client.post(url, &body, self.search.request_id.as_deref())?;
        let found = (self.read)(&bytes, self.search)?;
        self.pages = self.pages.saturating_add(1);
        self.ready.extend(found.results);
        if found.next.is_empty() {
            return Ok(false);
        }
        if !self.seen.insert(found.next.clone()) {
            return Err(Error::RepeatedToken { pages: self.pages });
        }
        self.token = Some(found.next);
        Ok(true)
    }
}

impl<T> Iterator for Results<'_, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(result) = self.ready.pop_front() {
                return Some(Ok(result));
            }
            match self.url.take()? {
                Ok(url) => match self.turn(url) {
                    Ok(true) => self.url = Some(Ok(url)),
                    Ok(false) => {}
                    // What the last page held comes first.
                    Err(error) => self.url = Some(Err(error)),
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<T> std::iter::FusedIterator for Results<'_, T> {}
