//! The yardstick of the benchmarks: a route of this same server that reads the same body as JSON and
//! answers a constant. It goes through the accept loop that serves everything else, and is served by
//! nothing but benchmarks.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use callers::{PeerInfo, ServeOptions};
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tokio::net::TcpListener;

/// Serves the bare route at every evaluation path until the process ends; `ready` is told the address.
///
/// # Errors
/// When there are no threads or the address cannot be listened on.
pub fn serve_bare(address: SocketAddr, ready: impl FnOnce(SocketAddr)) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await?;
        ready(listener.local_addr()?);
        let router = Router::new()
            .route("/access/v1/evaluation", post(constant))
            .route("/access/v1/evaluations", post(constant));
        let each = move |_: PeerInfo| TowerToHyperService::new(router.clone());
        let never = std::future::pending();
        callers::serve_plain(listener, ServeOptions::default(), each, never).await;
        Ok(())
    })
}

async fn constant(body: Bytes) -> Response {
    match serde_json::from_slice::<Value>(&body) {
        Ok(_) => ([(CONTENT_TYPE, "application/json")], r#"{"decision":true}"#).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
