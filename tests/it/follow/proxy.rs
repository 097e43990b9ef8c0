//! What may lie between two hosts: it forwards, and can be told to delay, to change, to repeat, to cut off
//! and to lead elsewhere.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is done with answers on their way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Does {
    /// Hands them on.
    Forward,
    /// Hands them on so much later.
    Delay(Duration),
    /// Changes a bit of the last byte of each.
    Change,
    /// Hands on, instead of each, the last that was handed on unchanged.
    Repeat,
}

#[derive(Debug)]
struct Way {
    port: AtomicU16,
    does: Mutex<Does>,
    last: Mutex<Vec<u8>>,
    answers: AtomicU64,
}

/// A way from a follower to its leader.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    pub(super) url: String,
    way: Arc<Way>,
}

fn port(url: &str) -> u16 {
    url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap()
}

impl Proxy {
    /// A way to the leader at this URL.
    pub(super) fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        let way = Arc::new(Way {
            port: AtomicU16::new(port(url)),
            does: Mutex::new(Does::Forward),
            last: Mutex::default(),
            answers: AtomicU64::new(0),
        });
        let kept = Arc::clone(&way);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let way = Arc::clone(&kept);
                std::thread::spawn(move || connection(&stream, &way));
            }
        });
        Self { url: own, way }
    }

    /// From now on answers fare like this.
    pub(super) fn does(&self, does: Does) {
        *self.way.does.lock().unwrap() = does;
    }

    /// From now on new connections go to the leader at this URL.
    pub(super) fn leads_to(&self, url: &str) {
        self.way.port.store(port(url), Ordering::SeqCst);
    }

    /// Answers that came past.
    pub(super) fn answers(&self) -> u64 {
        self.way.answers.load(Ordering::SeqCst)
    }
}

fn connection(near: &TcpStream, way: &Way) {
    let to = SocketAddr::from(([127, 0, 0, 1], way.port.load(Ordering::SeqCst)));
    let Ok(far) = TcpStream::connect(to) else {
        let _ = near.shutdown(Shutdown::Both);
        return;
    };
    let _ = near.set_nodelay(true);
    let _ = far.set_nodelay(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut from, mut to) = (near, &far);
            let _ = std::io::copy(&mut from, &mut to);
            let _ = far.shutdown(Shutdown::Both);
        });
        let _ = answers(&far, near, way);
        let _ = near.shutdown(Shutdown::Both);
        let _ = far.shutdown(Shutdown::Both);
    });
}

/// Hands answers on; what is read at once counts as one.
fn answers(mut from: &TcpStream, mut to: &TcpStream, way: &Way) -> std::io::Result<()> {
    let mut buffer = vec![0_u8; 1 << 20];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        let mut answer = buffer[..read].to_vec();
        let does = *way.does.lock().unwrap();
        match does {
            Does::Forward => answer.clone_into(&mut way.last.lock().unwrap()),
            Does::Delay(time) => std::thread::sleep(time),
            Does::Change => answer[read - 1] ^= 1,
            Does::Repeat => way.last.lock().unwrap().clone_into(&mut answer),
        }
        to.write_all(&answer)?;
        way.answers.fetch_add(1, Ordering::SeqCst);
    }
}
