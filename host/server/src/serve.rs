//! The socket: binding it, serving on it, letting go of it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use callers::{PeerInfo, ServeOptions};
use engine::service::Service;
use hyper_util::service::TowerToHyperService;
use thiserror::Error;
use tokio::net::TcpListener;

use crate::limits::GRACE_SECONDS;
use crate::{ServerOptions, router};

/// Why the server cannot listen.
#[derive(Debug, Error)]
pub enum BindError {
    /// Another program has the port.
    #[error(
        "PORT_IN_USE: `{0}` is in use by another program; stop it or choose another port with `--listen`"
    )]
    PortInUse(SocketAddr),
    /// Ports below 1024 and the like.
    #[error(
        "PORT_NOT_ALLOWED: `{0}` may not be used by this user; choose a port above 1023 with `--listen`"
    )]
    NotAllowed(SocketAddr),
    /// Anything else.
    #[error(
        "LISTEN_FAILED: cannot listen on `{address}`: {source}; check the address given with `--listen`"
    )]
    Failed {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
}

impl BindError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PortInUse(_) => "PORT_IN_USE",
            Self::NotAllowed(_) => "PORT_NOT_ALLOWED",
            Self::Failed { .. } => "LISTEN_FAILED",
        }
    }

    /// 中文：怎么办。
    pub const fn help(&self) -> &'static str {
        match self {
            Self::PortInUse(_) => "端口已被其他程序占用。请先停掉它，或用 --listen 换一个端口。",
            Self::NotAllowed(_) => "当前用户不能使用这个端口。请用 --listen 换一个1023以上的端口。",
            Self::Failed { .. } => "无法监听这个地址。请检查 --listen 填写的地址。",
        }
    }
}

/// Listens on an address.
///
/// # Errors
/// [`BindError`], in one line with its code and what to do.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::PortInUse(address),
        io::ErrorKind::PermissionDenied => BindError::NotAllowed(address),
        _ => BindError::Failed { address, source },
    })
}

/// Serves until `shutdown` is done; open requests then have [`GRACE_SECONDS`] to end.
///
/// Heads that come too slowly, too many connections and failed handshakes are seen to by `callers`.
pub async fn serve(
    service: Service,
    options: ServerOptions,
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let app = router(service, options);
    let each = move |peer: PeerInfo| {
        let app = TowerToHyperService::new(app.clone());
        hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(peer);
            hyper::service::Service::call(&app, request)
        })
    };
    let options =
        ServeOptions { grace: Duration::from_secs(GRACE_SECONDS), ..ServeOptions::default() };
    match tls {
        Some(config) => callers::serve_tls(listener, config, options, each, shutdown).await,
        None => callers::serve_plain(listener, options, each, shutdown).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_told_in_one_line() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        runtime.block_on(async {
            let first = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
            let taken = first.local_addr().unwrap();
            let error = bind(taken).await.unwrap_err();
            assert_eq!(error.code(), "PORT_IN_USE");
            let line = error.to_string();
            assert!(
                line.starts_with("PORT_IN_USE: ") && line.contains(&taken.to_string()),
                "{line}"
            );
            assert!(!line.contains('\n'));
        });
    }
}
