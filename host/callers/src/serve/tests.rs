use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::TcpStream as Client;
use std::sync::Mutex;
use std::time::Instant;

use hyper::service::service_fn;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tokio::sync::{Notify, oneshot};

use super::*;
use crate::tls::tests::{Authority, Pair};
use crate::{TlsFiles, server_config};

const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn options() -> ServeOptions {
    let short = Duration::from_millis(300);
    ServeOptions { handshake: short, header: short, ..ServeOptions::default() }
}

/// A server that answers with the fingerprint it was shown, its address and how to stop it.
struct Running {
    address: SocketAddr,
    /// Told when a request for `/slow` or `/stuck` has come in.
    received: Arc<Notify>,
    stop: Option<oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn start(config: Option<Arc<ServerConfig>>, options: ServeOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            let _ = stopped.await;
        };
        let received = Arc::new(Notify::new());
        let told = Arc::clone(&received);
        let service = move |peer: PeerInfo| {
            let told = Arc::clone(&told);
            service_fn(move |request: Request<Incoming>| {
                let told = Arc::clone(&told);
                async move {
                    let path = request.uri().path();
                    assert!(path != "/panic", "asked for it");
                    if path != "/" {
                        told.notify_one();
                        let seconds = if path == "/slow" { 1 } else { 3600 };
                        sleep(Duration::from_secs(seconds)).await;
                    }
                    Ok::<_, Infallible>(Response::new(format!("{:?}", peer.certificate_sha256)))
                }
            })
        };
        let ended = tokio::spawn(async move {
            match config {
                Some(config) => serve_tls(listener, config, options, service, stopped).await,
                None => serve_plain(listener, options, service, stopped).await,
            }
        });
        Self { address, received, stop: Some(stop), ended }
    }

    async fn stop(mut self) -> Duration {
        let begin = now();
        self.stop.take().unwrap().send(()).unwrap();
        self.ended.await.unwrap();
        begin.elapsed()
    }
}

#[expect(clippy::disallowed_methods, reason = "these tests are about real time")]
fn now() -> Instant {
    Instant::now()
}

fn connect(address: SocketAddr) -> Client {
    let client = Client::connect(address).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    client
}

/// Sends and reads to the end, or to an error when nothing came before it.
fn talk(mut stream: impl Read + Write, send: &[u8]) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let result = stream
        .write_all(send)
        .and_then(|()| stream.flush())
        .and_then(|()| stream.read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.is_empty() { result.map(|_| text) } else { Ok(text) }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// A TLS client that trusts this authority and may show a certificate.
fn tls_client(trusts: &Authority, shows: Option<&Pair>) -> ClientConfig {
    tls_client_of(rustls::DEFAULT_VERSIONS, trusts, shows)
}

fn tls_client_of(
    versions: &[&'static rustls::SupportedProtocolVersion],
    trusts: &Authority,
    shows: Option<&Pair>,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(trusts.der())).unwrap();
    let builder =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
    match shows {
        None => builder.with_no_client_auth(),
        Some(pair) => {
            let chain = vec![CertificateDer::from(pair.certificate.clone())];
            let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pair.key.clone()));
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    }
}

async fn ask_tls(address: SocketAddr, config: ClientConfig) -> std::io::Result<String> {
    blocking(move || {
        let name = "localhost".try_into().unwrap();
        let session = ClientConnection::new(Arc::new(config), name).unwrap();
        talk(StreamOwned::new(session, connect(address)), ASK)
    })
    .await
}

fn tls(server: &Pair, client_ca: Option<&Authority>, client_required: bool) -> Arc<ServerConfig> {
    let ca = client_ca.map(Authority::pem);
    let (certificate, key) = (server.certificate_pem(), server.key_pem());
    let files = TlsFiles {
        certificate: &certificate,
        key: &key,
        client_ca: ca.as_deref(),
        client_required,
    };
    server_config(&files).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_certificate_reaches_the_service_as_its_fingerprint() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let (server, client, stranger) = (ours.issue(true), ours.issue(false), theirs.issue(false));
    let shown = format!("{:?}", Some(hash(&client.certificate)));

    let optional = Running::start(Some(tls(&server, Some(&ours), false)), options()).await;
    let with = ask_tls(optional.address, tls_client(&ours, Some(&client))).await.unwrap();
    assert!(with.starts_with("HTTP/1.1 200") && with.ends_with(&shown), "{with}");
    let without = ask_tls(optional.address, tls_client(&ours, None)).await.unwrap();
    assert!(without.ends_with("None"), "{without}");
    // signed by somebody else, or made for a server
    assert!(ask_tls(optional.address, tls_client(&ours, Some(&stranger))).await.is_err());
    assert!(ask_tls(optional.address, tls_client(&ours, Some(&server))).await.is_err());
    // the client does not trust who signed the server
    assert!(ask_tls(optional.address, tls_client(&theirs, None)).await.is_err());
    optional.stop().await;

    let required = Running::start(Some(tls(&server, Some(&ours), true)), options()).await;
    let with = ask_tls(required.address, tls_client(&ours, Some(&client))).await.unwrap();
    assert!(with.ends_with(&shown), "{with}");
    assert!(ask_tls(required.address, tls_client(&ours, None)).await.is_err());
    required.stop().await;

    // nobody is asked for a certificate: what a client would show does not count
    let none = Running::start(Some(tls(&server, None, false)), options()).await;
    let with = ask_tls(none.address, tls_client(&ours, Some(&client))).await.unwrap();
    assert!(with.ends_with("None"), "{with}");
    none.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_versions_and_only_http_1_1() {
    let ours = Authority::new();
    let (server, client) = (ours.issue(true), ours.issue(false));
    let shown = format!("{:?}", Some(hash(&client.certificate)));
    let running = Running::start(Some(tls(&server, Some(&ours), true)), options()).await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let config = tls_client_of(&[version], &ours, Some(&client));
        let answer = ask_tls(running.address, config).await.unwrap();
        assert!(answer.ends_with(&shown), "{version:?} {answer}");
        assert!(ask_tls(running.address, tls_client_of(&[version], &ours, None)).await.is_err());
    }
    for (protocol, answered) in [(&b"http/1.1"[..], true), (b"h2", false)] {
        let mut config = tls_client(&ours, Some(&client));
        config.alpn_protocols = vec![protocol.to_vec()];
        assert_eq!(ask_tls(running.address, config).await.is_ok(), answered);
    }
    // plain text on the port of TLS
    let address = running.address;
    let answer = blocking(move || talk(connect(address), ASK)).await;
    assert!(answer.map_or(true, |it| !it.starts_with("HTTP")));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_connection_is_verified_anew() {
    let ours = Authority::new();
    let (server, client) = (ours.issue(true), ours.issue(false));
    let running = Running::start(Some(tls(&server, Some(&ours), true)), options()).await;
    // the client's configuration keeps tickets, if it gets any
    let config = tls_client(&ours, Some(&client));
    let address = running.address;
    let kinds = blocking(move || {
        let config = Arc::new(config);
        [0, 1].map(|_| {
            let name = "localhost".try_into().unwrap();
            let session = ClientConnection::new(Arc::clone(&config), name).unwrap();
            let mut stream = StreamOwned::new(session, connect(address));
            assert!(talk(&mut stream, ASK).unwrap().contains("Some("));
            stream.conn.handshake_kind()
        })
    })
    .await;
    assert_eq!(kinds, [Some(rustls::HandshakeKind::Full); 2]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_slow_is_cut_off() {
    let ours = Authority::new();
    let plain = Running::start(None, options()).await;
    let secure = Running::start(Some(tls(&ours.issue(true), None, false)), options()).await;
    for (address, send) in [
        // nothing, half a head, and nothing after one answered request
        (plain.address, &b""[..]),
        (plain.address, b"GET / HTTP/1.1\r\nHost: x\r\n"),
        (plain.address, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        // a handshake that does not come, or stops
        (secure.address, b""),
        (secure.address, b"\x16\x03\x01\x02\x00\x01"),
    ] {
        let (answer, took) = blocking(move || {
            let begin = now();
            (talk(connect(address), send), begin.elapsed())
        })
        .await;
        assert!(took >= Duration::from_millis(250) && took < Duration::from_secs(15), "{took:?}");
        let answered = answer.is_ok_and(|it| it.starts_with("HTTP/1.1 200"));
        assert_eq!(answered, send.ends_with(b"\r\n\r\n"), "{}", String::from_utf8_lossy(send));
    }
    // one byte now and then does not help
    let address = plain.address;
    let took = blocking(move || {
        let (mut client, begin) = (connect(address), now());
        for byte in b"GET / HTTP/1.1\r\nX: ".iter().chain(&[b'a'; 600]) {
            if client.write_all(&[*byte]).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        begin.elapsed()
    })
    .await;
    assert!(took < Duration::from_secs(15), "{took:?}");
    plain.stop().await;
    secure.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_is_too_large_is_refused() {
    let running = Running::start(None, ServeOptions::default()).await;
    let address = running.address;
    for (bytes, want) in [(HEAD_BYTES_MAX - 100, "HTTP/1.1 200"), (HEAD_BYTES_MAX, "HTTP/1.1 431")]
    {
        let pad = "a".repeat(bytes);
        let head = format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: {pad}\r\n\r\n");
        let answer = blocking(move || talk(connect(address), head.as_bytes())).await;
        let answer = answer.unwrap();
        assert!(answer.starts_with(want), "{bytes}: {answer}");
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_connections_than_places_wait() {
    let header = Duration::from_secs(2);
    let options = ServeOptions { connections_max: 2, header, ..options() };
    let running = Running::start(None, options).await;
    let address = running.address;
    let (answer, took) = blocking(move || {
        let _silent = [connect(address), connect(address)];
        std::thread::sleep(Duration::from_millis(50));
        let begin = now();
        (talk(connect(address), ASK), begin.elapsed())
    })
    .await;
    // served as soon as the silent ones were cut off
    assert!(answer.unwrap().starts_with("HTTP/1.1 200"));
    assert!(took >= Duration::from_millis(500), "{took:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_lets_requests_finish_and_does_not_wait_for_others() {
    let long = Duration::from_mins(1);
    let patient = ServeOptions { header: long, grace: long, ..options() };
    let running = Running::start(None, patient).await;
    let address = running.address;
    let idle = connect(address);
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes();
    let slow = ask("/slow");
    let asked = tokio::task::spawn_blocking(move || talk(connect(address), &slow));
    running.received.notified().await;
    let took = running.stop().await;
    assert!(asked.await.unwrap().unwrap().starts_with("HTTP/1.1 200"));
    assert!(took < Duration::from_secs(20), "{took:?}");
    drop(idle);
    assert!(Client::connect(address).is_err());

    // who takes longer than the grace is cut off
    let hasty = ServeOptions { grace: Duration::from_millis(50), ..patient };
    let running = Running::start(None, hasty).await;
    let address = running.address;
    let stuck = ask("/stuck");
    let asked = tokio::task::spawn_blocking(move || talk(connect(address), &stuck));
    running.received.notified().await;
    let took = running.stop().await;
    assert!(took >= Duration::from_millis(50) && took < Duration::from_secs(20), "{took:?}");
    assert!(asked.await.unwrap().map_or(true, |it| it.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_ends_one_connection_only() {
    let running = Running::start(None, options()).await;
    let address = running.address;
    let panics = b"GET /panic HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer = blocking(move || talk(connect(address), panics)).await;
    assert!(answer.map_or(true, |it| it.is_empty()));
    let answer = blocking(move || talk(connect(address), ASK)).await;
    assert!(answer.unwrap().starts_with("HTTP/1.1 200"));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_of_its_own_for_each_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen: Arc<Mutex<Vec<PeerInfo>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let service = move |peer| {
        noted.lock().unwrap().push(peer);
        service_fn(|_| async { Ok::<_, Infallible>(Response::new(String::new())) })
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async move {
        let _ = stopped.await;
    };
    let ended = tokio::spawn(serve_plain(listener, options(), service, stopped));
    for _ in 0..3 {
        blocking(move || talk(connect(address), ASK).unwrap()).await;
    }
    drop(stop);
    ended.await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|it| it.address.ip().is_loopback() && it.certificate_sha256.is_none()));
}
