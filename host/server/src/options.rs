//! What the caller decides before the server starts.

use std::net::SocketAddr;

use crate::{Gate, MetadataKey, Tokens};

/// How the server runs.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// URL under which callers reach the server, when it is another than `listen`.
    pub public_url: Option<String>,
    /// What signs the metadata document; without it the document is not signed.
    pub metadata_key: Option<MetadataKey>,
    /// Who may write.
    pub tokens: Tokens,
    /// Which calling systems may come in.
    pub gate: std::sync::Arc<Gate>,
    /// Whether this listener has the routes of administration, which are then only there.
    pub desk: Desk,
    /// Whether HTTPS is spoken, for the URL callers are told.
    pub tls: bool,
    /// Whether `POST /v1/clock` works; it also needs the engine's manual clock and a loopback peer.
    pub allow_clock: bool,
    /// Where the spans of requests go.
    pub traces: traces::Traces,
    /// What runs here.
    pub versions: Versions,
    /// Milliseconds one search may take, when it is not the usual time.
    pub search_millis: Option<u64>,
}

/// Which routes a listener has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Desk {
    /// All.
    Both,
    /// All but those of administration: metrics, packages, recorded decisions.
    Public,
    /// Those of administration, health and version only; metrics without a key.
    Admin,
}

/// What runs here, for `/version` and `/metrics`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Versions {
    /// Version of the product.
    pub product: String,
    /// Version of the component sandbox.
    pub wasmtime: String,
    /// Version of the policy language.
    pub cedar: String,
    /// What keeps the record, e.g. `embedded`; never a path or a password.
    pub store: String,
}

impl Versions {
    /// The versions this crate was built with, over a store.
    pub fn new(store: impl Into<String>) -> Self {
        Self {
            product: env!("CARGO_PKG_VERSION").to_owned(),
            wasmtime: "48.0.8".to_owned(),
            cedar: "4.14.1".to_owned(),
            store: store.into(),
        }
    }
}

impl ServerOptions {
    /// Options for an address: nobody may write, the clock stands.
    pub fn new(listen: SocketAddr, versions: Versions) -> Self {
        Self {
            listen,
            public_url: None,
            metadata_key: None,
            tokens: Tokens::new(),
            gate: std::sync::Arc::default(),
            desk: Desk::Both,
            tls: false,
            allow_clock: false,
            traces: traces::Traces::default(),
            versions,
            search_millis: None,
        }
    }

    /// The URL callers use, without a slash at its end.
    pub fn url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if self.tls => format!("https://{}", self.listen),
            None => format!("http://{}", self.listen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_told_are_the_versions_pinned() {
        let manifest = include_str!("../../../Cargo.toml");
        let versions = Versions::new("embedded");
        assert!(manifest.contains(&format!("wasmtime = {{ version = \"={}\"", versions.wasmtime)));
        assert!(manifest.contains(&format!("cedar-policy = {{ version = \"={}\"", versions.cedar)));
    }

    #[test]
    fn the_public_url_wins() {
        let mut options =
            ServerOptions::new("127.0.0.1:8181".parse().unwrap(), Versions::new("embedded"));
        assert_eq!(options.url(), "http://127.0.0.1:8181");
        options.public_url = Some("https://example.org/xy/".to_owned());
        assert_eq!(options.url(), "https://example.org/xy");
    }
}
