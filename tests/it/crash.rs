//! kill -9 under load, one flipped byte, one cut tail, a store in use, a port in use, erasure.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tests::district;
use tests::server::{Server, run};

fn verify(store: &Path) -> (Option<i32>, Value) {
    let output = run(&[
        "--format",
        "json",
        "journal",
        "verify",
        "--store",
        &format!("embedded:{}", store.display()),
    ]);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
}

#[test]
fn every_acknowledged_write_survives_a_kill() {
    let scratch = district::scratch("kill");
    let policies = district::small(&scratch, 24);
    let store = scratch.join("data");
    let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();
    for round in 0..3 {
        let mut server = Server::demo(&policies, &store, &[]);
        let stop = Arc::new(AtomicBool::new(false));
        std::thread::scope(|scope| {
            for client in 0..4 {
                let (server, stop, acknowledged) =
                    (&server, Arc::clone(&stop), Arc::clone(&acknowledged));
                scope.spawn(move || {
                    for number in 0.. {
                        if stop.load(Ordering::SeqCst) {
                            break;
                        }
                        let id = format!("k-{round}-{client}-{number}");
                        let body = json!({"village": "370285102259", "scheme": "household-sanitation", "events": [{
                            "id": id, "type": "sheet", "subject": "370285102259-h0010", "day": "2026-09-20", "actor": "",
                            "quantities": {"courtyard": 1000, "gate": 1000, "toilet": 1000, "waste": 1000, "livestock": 1000},
                        }]});
                        let sent = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                            server.send("clerk", "/v1/events", &id, &body)
                        }));
                        match sent {
                            Ok(answer) if answer.status == 201 => acknowledged.lock().unwrap().push(id),
                            Ok(answer) => panic!("{}", answer.body),
                            Err(_) => break,
                        }
                    }
                });
            }
            std::thread::sleep(std::time::Duration::from_millis(700));
            stop.store(true, Ordering::SeqCst);
            kill_hard(&server);
        });
        server.kill();
    }
    let (code, report) = verify(&store);
    assert_eq!(code, Some(0), "{report}");
    let kept = engine::replay::state_of(&store).unwrap();
    let acknowledged = acknowledged.lock().unwrap();
    println!("{} writes acknowledged over 3 kills", acknowledged.len());
    assert!(acknowledged.len() > 50, "{}", acknowledged.len());
    for id in acknowledged.iter() {
        let key = engine::state::event_key("370285102259".parse().unwrap(), id);
        assert!(kept.events.get(&key).is_some(), "acknowledged `{id}` is lost");
    }
    // And the server itself comes up with them.
    let server = Server::demo(&policies, &store, &[]);
    let id = acknowledged.last().unwrap();
    let body = json!({"village": "370285102259", "scheme": "household-sanitation", "events": [{
        "id": id, "type": "sheet", "subject": "370285102259-h0010", "day": "2026-09-20", "actor": "",
        "quantities": {"courtyard": 1000, "gate": 1000, "toilet": 1000, "waste": 1000, "livestock": 1000},
    }]});
    assert!(
        server.send("clerk", "/v1/events", id, &body).replayed,
        "a retry after the crash is a replay"
    );
}

fn kill_hard(server: &Server) {
    let port = server.url.rsplit(':').next().unwrap_or_default().to_owned();
    // The child is killed by its id while requests are under way.
    let found = std::process::Command::new("pkill")
        .args(["-9", "-f", &format!("xiangyue demo.*{}", server.store.display())])
        .status();
    assert!(found.is_ok_and(|status| status.success()), "no server on port {port} to kill");
}

fn segments(store: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(store.join("journal"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|x| x == "seg"))
        .collect();
    all.sort();
    all
}

#[test]
fn a_flipped_byte_and_a_cut_tail_are_found_and_located() {
    let scratch = district::scratch("bytes");
    let policies = district::small(&scratch, 24);
    let store = scratch.join("data");
    let mut server = Server::demo(&policies, &store, &[]);
    let beside = verify(&store);
    assert_eq!(beside.0, Some(0), "verification works beside a running server: {}", beside.1);
    assert!(server.stop(), "a server told to stop stops cleanly");
    let first = segments(&store).into_iter().next().unwrap();
    let mut file = std::fs::OpenOptions::new().read(true).write(true).open(&first).unwrap();
    let mut byte = [0_u8];
    file.seek(SeekFrom::Start(20_000)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(20_000)).unwrap();
    file.write_all(&[byte[0] ^ 0x10]).unwrap();
    let (code, report) = verify(&store);
    assert_eq!(code, Some(2), "{report}");
    let found = report["report"]["findings"][0].to_string();
    println!("flipped byte: {found}");
    assert!(found.contains("00000001") && found.contains("offset"), "{found}");
    file.seek(SeekFrom::Start(20_000)).unwrap();
    file.write_all(&byte).unwrap();
    assert_eq!(verify(&store).0, Some(0), "mended, it holds again");

    let last = segments(&store)
        .into_iter()
        .rev()
        .find(|p| std::fs::read(p).unwrap().iter().any(|b| *b != 0))
        .unwrap();
    let bytes = std::fs::read(&last).unwrap();
    let end = bytes.iter().rposition(|b| *b != 0).unwrap();
    let cut = std::fs::OpenOptions::new().write(true).open(&last).unwrap();
    cut.set_len(u64::try_from(end - 10).unwrap()).unwrap();
    let (code, report) = verify(&store);
    assert_eq!(code, Some(2), "{report}");
    println!("cut tail: {}", report["report"]["findings"][0]);
    assert!(report["report"]["findings"].to_string().contains("LOST_TAIL"), "{report}");
    let refused = run(&[
        "demo",
        "--policies",
        policies.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
        "--store",
        &format!("embedded:{}", store.display()),
    ]);
    assert_eq!(refused.status.code(), Some(1), "a store that lost its tail does not open");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("LOST_TAIL"));
}

#[test]
fn a_port_and_a_store_in_use_are_said_in_one_line() {
    let scratch = district::scratch("inuse");
    let policies = district::small(&scratch, 24);
    let store = scratch.join("data");
    let server = Server::demo(&policies, &store, &[]);
    let address = server.url.trim_start_matches("http://").to_owned();
    let same_store = run(&[
        "demo",
        "--policies",
        policies.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
        "--store",
        &format!("embedded:{}", store.display()),
    ]);
    let said = String::from_utf8_lossy(&same_store.stderr).into_owned();
    assert_eq!(same_store.status.code(), Some(1));
    assert!(said.contains("STORE_ALREADY_OPEN") && said.contains("--store"), "{said}");
    let other = scratch.join("other");
    let same_port = run(&[
        "demo",
        "--policies",
        policies.to_str().unwrap(),
        "--listen",
        &address,
        "--store",
        &format!("embedded:{}", other.display()),
    ]);
    let said = String::from_utf8_lossy(&same_port.stderr).into_owned();
    assert!(said.contains("PORT_IN_USE") && said.contains("--listen"), "{said}");
    assert_eq!(server.get("", "/livez").status, 200, "the first server goes on");
}

#[test]
fn an_erased_person_leaves_a_record_that_still_verifies() {
    let scratch = district::scratch("erase");
    let policies = district::small(&scratch, 24);
    let store = scratch.join("data");
    let mut server = Server::demo(&policies, &store, &[]);
    let person = "370285102259-r0099";
    let body = json!({"unit": "370285102259", "personal": {"phone": "13800000000"}});
    let put = server.put("data_admin", &format!("/v1/entities/Person/{person}"), &body);
    assert!(put.status < 300, "{}", put.body);
    let holds = |store: &Path| {
        let files = std::fs::read_dir(store.join("personal")).into_iter().flatten().flatten();
        walk(files.map(|e| e.path()).collect())
            .iter()
            .any(|bytes| bytes.windows(11).any(|w| w == b"13800000000"))
    };
    assert!(holds(&store), "the side store holds the phone number");
    let journal: Vec<u8> =
        segments(&store).iter().flat_map(|p| std::fs::read(p).unwrap()).collect();
    assert!(!journal.windows(11).any(|w| w == b"13800000000"), "the journal never does");
    let erased = server.post("data_admin", &format!("/v1/persons/{person}/erasure"), &json!({}));
    assert_eq!((erased.status, &erased.body["erased"]), (200, &json!(1)), "{}", erased.body);
    assert!(!holds(&store), "nothing is left of it");
    assert!(server.stop());
    let (code, report) = verify(&store);
    assert_eq!(code, Some(0), "{report}");
}

fn walk(paths: Vec<PathBuf>) -> Vec<Vec<u8>> {
    paths
        .into_iter()
        .flat_map(|path| {
            if path.is_dir() {
                walk(
                    std::fs::read_dir(&path)
                        .into_iter()
                        .flatten()
                        .flatten()
                        .map(|e| e.path())
                        .collect(),
                )
            } else {
                vec![std::fs::read(&path).unwrap_or_default()]
            }
        })
        .collect()
}
