//! While the disk holds up answers: everything else goes on, and nothing is said to be done that a power cut would undo.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::plain::PlainEngine;
use engine::service::Service;
use engine::{Clock, EngineOptions};
use journal::{DecisionOptions, Disk, FileRole, Full, RealDisk};
use serde_json::json;
use server::{ServerOptions, Versions};
use tests::district;

/// Long enough for a slow machine, far shorter than the answers may wait.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than there are threads for connections, and than there are for what takes long.
const ASKING: usize = 700;
/// Callers who hang up before they are answered.
const LEAVING: usize = 300;

/// A disk whose syncs take until they are let go.
#[derive(Debug, Default)]
struct Held(AtomicBool);

impl Disk for Held {
    fn write_at(&self, file: &File, role: FileRole, bytes: &[u8], offset: u64) -> io::Result<()> {
        RealDisk.write_at(file, role, bytes, offset)
    }

    fn sync(&self, file: &File, role: FileRole) -> io::Result<()> {
        while role == FileRole::Segment && self.0.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        RealDisk.sync(file, role)
    }
}

/// Lets go at the end, also of a test that fails.
struct LetGo(Arc<Held>);

impl Drop for LetGo {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::SeqCst);
    }
}

fn service(store: &Path, disk: &Arc<Held>) -> Service {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies-only");
    let files = engine::files::read_package(&root).unwrap();
    let plain = package::plain::load(&files).plain.unwrap();
    let mut options = EngineOptions::new(store.to_owned(), Clock::System);
    let disk: Arc<dyn Disk> = Arc::<Held>::clone(disk);
    let full = Full::Wait { at_most: PATIENCE * 10 };
    options.decisions = DecisionOptions { unsynced_bytes_max: 1, full, disk, ..options.decisions };
    Service::Plain(Arc::new(
        PlainEngine::open(&root, &plain, None, options, &mut |_, _| {}).unwrap(),
    ))
}

fn send(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn first_line(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    let mut piece = [0_u8; 1024];
    while !seen.contains(&b'\n') {
        let read = stream.read(&mut piece).unwrap();
        assert!(read > 0, "the connection was closed");
        seen.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&seen).lines().next().unwrap().to_owned()
}

#[test]
fn answers_that_wait_for_the_disk_hold_up_no_other_connection() {
    let scratch = district::scratch("held");
    let disk = Arc::new(Held::default());
    let service = service(&scratch.join("store"), &disk);
    let log = service.clone();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let options = ServerOptions::new(address, Versions::new("embedded"));
        server::serve(service, options, listener, None, async { drop(stopped.await) }).await;
    });
    let body = json!({
        "subject": {"type": "viewer", "id": "v1", "properties": {"age": 16}},
        "action": {"name": "watch"},
        "resource": {"type": "film", "id": "f1", "properties": {"minimum_age": 16}},
    })
    .to_string();
    let question = format!(
        "POST /access/v1/evaluation HTTP/1.1\r\nhost: it\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    disk.0.store(true, Ordering::SeqCst);
    let let_go = LetGo(disk);
    // The first fits, for nothing waits yet; all others wait for its sync.
    assert_eq!(first_line(&mut send(address, &question)), "HTTP/1.1 200 OK");
    let mut waiting: Vec<TcpStream> = (0..ASKING).map(|_| send(address, &question)).collect();
    for path in ["/access/v1/evaluations", "/access/v1/search/action"] {
        waiting.push(send(address, &question.replacen("/access/v1/evaluation", path, 1)));
    }
    drop((0..LEAVING).map(|_| send(address, &question)).collect::<Vec<_>>());
    for _ in 0..ASKING {
        let mut health = send(address, "GET /livez HTTP/1.1\r\nhost: it\r\n\r\n");
        assert_eq!(first_line(&mut health), "HTTP/1.1 200 OK");
    }
    drop(let_go);
    for stream in &mut waiting {
        assert_eq!(first_line(stream), "HTTP/1.1 200 OK");
    }
    drop(waiting);
    // What nobody waits for any more is not decided either; the log may have taken in one or the other
    // before it was seen that its caller had gone.
    let taken = usize::try_from(log.answers().log().counters().appended).unwrap();
    let answered = 1 + ASKING + 2;
    assert!((answered..answered + LEAVING / 2).contains(&taken), "{taken} of {answered}");
    stop.send(()).unwrap();
    runtime.block_on(served).unwrap();
}

/// The demo district on a journal whose syncs take until they are let go.
fn engine_on(store: &Path, disk: &Arc<Held>) -> Arc<engine::Engine> {
    let files = engine::files::read_package(&district::root().join("policies/laixi")).unwrap();
    let package = package::load(&files).package.unwrap();
    let host = rules::RuleHost::new(rules::Limits::default()).unwrap();
    let snapshot = engine::snapshot::Snapshot::new(package, &host).unwrap();
    let now = "2026-11-23".parse::<model::CivilDay>().unwrap().start();
    let mut options = EngineOptions::new(store.to_owned(), Clock::manual(now));
    options.journal.disk = Arc::<Held>::clone(disk);
    Arc::new(engine::Engine::open(snapshot, options).unwrap())
}

#[test]
fn the_same_key_again_is_answered_only_once_the_first_is_safe() {
    let scratch = district::scratch("held-key");
    let disk = Arc::new(Held::default());
    let engine = engine_on(&scratch.join("store"), &disk);
    engine.load_demo(&mut |_, _| {}).unwrap();
    disk.0.store(true, Ordering::SeqCst);
    let let_go = LetGo(disk);
    let (said, heard) = std::sync::mpsc::channel();
    let ask = |said: std::sync::mpsc::Sender<engine::Reply>| {
        let engine = Arc::clone(&engine);
        std::thread::spawn(move || {
            let clerk = engine::Caller { person: "370285102259-p05".to_owned() };
            let open: engine::acts::matters::OpenMatter = serde_json::from_value(json!({
                "item": "P15", "village": "370285102259", "title": "办公用品", "amount_cents": 50_000,
            }))
            .unwrap();
            said.send(engine.act(&clerk, Some("open-1"), &open).unwrap()).unwrap();
        })
    };
    let before = engine.records();
    let first = ask(said.clone());
    while engine.records() == before {
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = ask(said);
    // nobody is told anything while the record may still be lost
    assert!(heard.recv_timeout(Duration::from_millis(300)).is_err());
    drop(let_go);
    let answers: Vec<engine::Reply> =
        (0..2).map(|_| heard.recv_timeout(PATIENCE).unwrap()).collect();
    first.join().unwrap();
    second.join().unwrap();
    assert_eq!(answers[0].body, answers[1].body);
    assert_eq!(answers.iter().filter(|it| it.replayed).count(), 1);
    assert_eq!(engine.records(), before + 1);
    // and the index follows once they are
    while engine.indexed() < engine.records() {
        std::thread::sleep(Duration::from_millis(1));
    }
}
