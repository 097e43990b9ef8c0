//! The listener: bounded connections, bounded patience, and an end that lets requests finish.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::lanes::Lanes;
use crate::limits::{
    CONNECTIONS_MAX, GRACE_SECONDS, HANDSHAKE_SECONDS, HEAD_BYTES_MAX, HEADER_SECONDS,
    READ_BYTES_MAX, THREADS_PER_PROCESSOR,
};

/// Who is at the other end of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PeerInfo {
    /// The address as the socket sees it.
    pub address: SocketAddr,
    /// SHA-256 over the DER of the client's certificate, when it showed one that was verified.
    pub certificate_sha256: Option<[u8; 32]>,
}

/// How many, and how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServeOptions {
    /// Connections at one time; further ones wait in the queue of the socket.
    pub connections_max: usize,
    /// Time for a TLS handshake.
    pub handshake: Duration,
    /// Time for the head of a request, counted from the end of the request before it.
    pub header: Duration,
    /// Time that open requests have after shutdown.
    pub grace: Duration,
    /// Threads that serve connections.
    pub threads: usize,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            handshake: Duration::from_secs(HANDSHAKE_SECONDS),
            header: Duration::from_secs(HEADER_SECONDS),
            grace: Duration::from_secs(GRACE_SECONDS),
            threads: std::thread::available_parallelism()
                .map_or(1, usize::from)
                .saturating_mul(THREADS_PER_PROCESSOR),
        }
    }
}

/// Serves HTTP/1.1 until `shutdown` is done; `service` makes the service of one connection.
pub async fn serve_plain<F, S, B>(
    listener: TcpListener,
    options: ServeOptions,
    service: F,
    shutdown: impl Future<Output = ()>,
) where
    F: Fn(PeerInfo) -> S + Send + Sync + 'static,
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let prepare = |stream: TcpStream, address| async move {
        Some((stream, PeerInfo { address, certificate_sha256: None }))
    };
    serve(listener, options, prepare, service, shutdown).await;
}

/// The same over TLS.
pub async fn serve_tls<F, S, B>(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    options: ServeOptions,
    service: F,
    shutdown: impl Future<Output = ()>,
) where
    F: Fn(PeerInfo) -> S + Send + Sync + 'static,
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let acceptor = TlsAcceptor::from(config);
    let prepare = move |stream: TcpStream, address| {
        let acceptor = acceptor.clone();
        async move {
            let stream = match timeout(options.handshake, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => {
                    tracing::debug!(%address, %error, "the tls handshake failed");
                    return None;
                }
                Err(_) => {
                    tracing::debug!(%address, "the tls handshake did not end in time");
                    return None;
                }
            };
            let (_, session) = stream.get_ref();
            let certificate = session.peer_certificates().and_then(<[_]>::first);
            let certificate_sha256 = certificate.map(|it| Sha256::digest(it).into());
            Some((stream, PeerInfo { address, certificate_sha256 }))
        }
    };
    serve(listener, options, prepare, service, shutdown).await;
}

async fn serve<P, R, IO, F, S, B>(
    listener: TcpListener,
    options: ServeOptions,
    prepare: P,
    service: F,
    shutdown: impl Future<Output = ()>,
) where
    P: Fn(TcpStream, SocketAddr) -> R + Send + Sync + 'static,
    R: Future<Output = Option<(IO, PeerInfo)>> + Send + 'static,
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(PeerInfo) -> S + Send + Sync + 'static,
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let lanes = Lanes::start(options.threads).unwrap_or_else(|error| {
        tracing::error!(%error, "the threads that serve connections could not be started; fewer do it");
        Lanes::none()
    });
    let (service, prepare) = (Arc::new(service), Arc::new(prepare));
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(options.connections_max.clamp(1, Semaphore::MAX_PERMITS)));
    let mut open = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            // A place first: who finds none waits in the socket's queue and costs nothing here.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, stream, address) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(ended) = open.join_next() => {
                note(ended);
                continue;
            }
            (place, accepted) = next => match accepted {
                Ok((stream, address)) => (place, stream, address),
                Err(error) => {
                    // Mostly a lack of file descriptors, which passes when connections end.
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        // Answers are small and written at once; waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        let (service, watcher) = (Arc::clone(&service), graceful.watcher());
        let stream = match stream.into_std() {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be handed over");
                continue;
            }
        };
        let prepare = Arc::clone(&prepare);
        lanes.spawn(&mut open, async move {
            // from here on the socket is watched by the thread that serves it
            match TcpStream::from_std(stream) {
                Ok(stream) => {
                    if let Some((stream, peer)) = prepare(stream, address).await {
                        connection(stream, service(peer), options.header, watcher).await;
                    }
                }
                Err(error) => tracing::warn!(%error, "a connection could not be taken over"),
            }
            drop(place);
        });
    }
    drop(listener);
    if timeout(options.grace, graceful.shutdown()).await.is_err() {
        tracing::warn!(open = open.len(), "some requests did not end in time; closing");
    }
    open.shutdown().await;
}

/// Serves one connection to its end.
async fn connection<IO, S, B>(stream: IO, service: S, header: Duration, watcher: Watcher)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header)
        .max_header_size(HEAD_BYTES_MAX)
        .max_buf_size(READ_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(served).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("a request panicked; its connection was closed");
    }
}

#[cfg(test)]
mod tests;
