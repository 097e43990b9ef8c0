//! The leader's side: what a follower is sent.

use std::time::Duration;

use journal::{FeedFault, Position, Store as _};
use model::{Digest, DivisionCode, Minute, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};

use crate::Engine;

/// About how many bytes of frames one answer holds at most; a single act may be longer.
const BYTES_MAX: usize = 4 << 20;
/// The longest that a question waits for news.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// What comes before the frames, as one line of JSON.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FeedHead {
    /// The question's own mark, so that no kept answer passes for one to another question.
    pub nonce: String,
    /// The district.
    pub district: DivisionCode,
    /// Where a copy stands that has taken the frames.
    pub position: Position,
    /// Whether that is everything acknowledged when the question came.
    pub complete: bool,
    /// Digest of the rules in force.
    pub rules: Digest,
    /// The leader's time.
    pub now: Minute,
    /// The leader's public address, where it has one.
    pub url: String,
    /// Bytes of frames that follow the line.
    pub bytes: usize,
}

impl Engine {
    /// Digest over all editions, how far each has come and the rules for calling systems: what two hosts must have in common.
    pub fn rules(&self) -> Digest {
        let snapshot = self.snapshot();
        let editions =
            snapshot.package.editions().iter().map(|edition| edition.digest().0.to_vec());
        let callers =
            snapshot.package.callers().iter().map(|(path, text)| {
                Digest::of([path.as_bytes(), b"\0", text.as_bytes()]).0.to_vec()
            });
        // two hosts that select differently must not answer for each other
        let stages = snapshot.package.stages();
        let stages = stages.map(|staged| Digest::of([staged.as_bytes()]).0.to_vec());
        let parts: Vec<Vec<u8>> = editions.chain(callers).chain(stages).collect();
        Digest::of(parts.iter().map(Vec::as_slice))
    }

    /// Where the journal stands, counting what is not yet safe.
    pub fn position(&self) -> Position {
        self.store.position()
    }

    /// The frames behind a position, with what a follower has to know; waits a little when there are none.
    ///
    /// # Errors
    /// `FEED_OTHER_RECORD` when the copy is not one of this record, `FEED_ON_FOLLOWER`, or the journal
    /// cannot be read.
    pub fn feed(
        &self,
        (reader, nonce): (&str, &str),
        after: Position,
        wait: Duration,
        url: &str,
    ) -> Result<(FeedHead, Vec<u8>), Refusal> {
        self.running()?;
        if self.following().is_some() {
            return Err(Refusal::new(
                RefusalKind::Unprocessable,
                "FEED_ON_FOLLOWER",
                "this host is a copy itself; follow the leader",
                "本机自己也是抄来的，不能再供别的机器抄。",
                "请把 --follow 指向主机。",
            ));
        }
        let fed = self.store.feed(reader, after, BYTES_MAX, wait.min(WAIT_MAX)).map_err(refused)?;
        let head = FeedHead {
            nonce: nonce.to_owned(),
            district: self.district(),
            position: fed.reached,
            complete: fed.complete,
            rules: self.rules(),
            now: self.now(),
            url: url.to_owned(),
            bytes: fed.bytes.len(),
        };
        Ok((head, fed.bytes))
    }
}

fn refused(fault: FeedFault) -> Refusal {
    match fault {
        FeedFault::Behind { .. } | FeedFault::OtherRecord(_) => Refusal::new(
            RefusalKind::Conflict,
            "FEED_OTHER_RECORD",
            format!("{fault}; find out which of the two is the right one before either goes on"),
            "抄本和这里的记录对不上。",
            "请先查明哪一份是真的，再决定是恢复主机还是重新抄。",
        ),
        FeedFault::Unavailable(outage) => {
            crate::refusals::unavailable(outage.code.name(), &outage.to_string())
        }
        FeedFault::Store(error) => {
            tracing::error!(%error, "the journal cannot be read for a follower");
            let code = error.finding().map_or("STORE_FAILED", |finding| finding.code.name());
            crate::refusals::unavailable(
                code,
                "the journal cannot be read; run `xiangyue journal verify`",
            )
        }
    }
}
