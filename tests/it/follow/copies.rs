//! What a copy takes and what it refuses, in one process: the leader's answers handed over by hand.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::follow::{FeedHead, FollowOptions, Moment, Trouble};
use engine::service::{Reader, Service};
use engine::snapshot::Snapshot;
use engine::{Caller, Clock, Engine, EngineOptions};
use model::{Ask, Minute, Side};
use tests::district;

const VILLAGE: &str = "370285102259";

fn open(policies: &Path, store: PathBuf, now: Minute, follows: bool) -> Arc<Engine> {
    let files = engine::files::read_package(policies).unwrap();
    let package = package::load(&files).package.unwrap();
    let host = rules::RuleHost::new(rules::Limits::default()).unwrap();
    let limit = Duration::from_millis(500);
    let options = EngineOptions {
        allow_unproved: true,
        root: Some(policies.to_owned()),
        follow: follows.then(|| FollowOptions { limit, told: String::new() }),
        ..EngineOptions::new(store, Clock::manual(now))
    };
    Arc::new(Engine::open(Snapshot::new(package, &host).unwrap(), options).unwrap())
}

struct Pair {
    leader: Arc<Engine>,
    copy: Arc<Engine>,
    policies: PathBuf,
}

fn noon() -> Minute {
    Minute("2026-11-23".parse::<model::CivilDay>().unwrap().start().0 + 720)
}

fn pair(name: &str) -> Pair {
    let scratch = district::scratch(name);
    let policies = district::small(&scratch, 1);
    let own = district::small(&scratch.join("own"), 1);
    let leader = open(&policies, scratch.join("leader"), noon(), false);
    leader.load_demo(&mut |_, _| {}).unwrap();
    let copy = open(&own, scratch.join("copy"), Minute(0), true);
    Pair { leader, copy, policies: own }
}

impl Pair {
    fn answer(&self) -> (FeedHead, Vec<u8>) {
        self.leader.feed(("r", "n"), self.copy.position(), Duration::ZERO, "").unwrap()
    }

    fn now(&self) -> Moment {
        self.copy.following().unwrap().now()
    }

    /// Asks and takes until the copy is whole.
    fn whole(&self) -> Result<(), Trouble> {
        loop {
            let asked = self.now();
            let (head, frames) = self.answer();
            self.copy.take(&head, &frames, asked)?;
            if head.complete {
                return Ok(());
            }
        }
    }

    fn fresh(&self) -> bool {
        self.copy.not_fresh().is_none()
    }

    /// Something new on the leader.
    fn write(&self) {
        self.leader.move_clock(Minute(self.leader.now().0 + 1)).unwrap();
    }

    /// Whether the secretary may do the first thing on a list that the leader allows.
    fn decides(&self, on: &Arc<Engine>) -> (bool, String) {
        let side = |kind: &str, id: &str| Side {
            kind: kind.to_owned(),
            id: id.to_owned(),
            properties: serde_json::Map::new(),
        };
        let mut resource = side("Matter", &format!("{VILLAGE}-S10-2026-001"));
        resource.properties.insert("step".to_owned(), "MEM".into());
        let state = self.leader.read_state();
        let secretary = state
            .posts
            .starting_with(VILLAGE)
            .find(|post| post.role == "secretary")
            .map(|post| post.holder.clone())
            .unwrap();
        let cite = serde_json::json!({"record": format!("{VILLAGE}-MEM-2026-001")});
        let ask = Ask {
            subject: side("Person", &secretary),
            action: "TakeStep".to_owned(),
            action_properties: None,
            resource,
            context: cite.as_object().cloned().unwrap(),
        };
        let service = Service::District(Arc::clone(on));
        let language = engine::explanation::Language::English;
        let answered = service.answer(&Reader::default(), &ask, None, Some(language)).unwrap();
        let why = answered.explanation.and_then(|why| why.reasons.into_iter().next());
        (answered.allowed, why.map(|reason| reason.policy).unwrap_or_default())
    }
}

#[test]
fn a_copy_answers_only_while_it_is_known_to_be_whole() {
    let pair = pair("whole");
    assert!(pair.decides(&pair.leader).0);
    assert_eq!(
        pair.decides(&pair.copy),
        (false, "engine/not-fresh".to_owned()),
        "nothing is here yet"
    );
    pair.whole().unwrap();
    let (allowed, why) = pair.decides(&pair.copy);
    assert!(allowed, "{why}");
    let (here, there) = (pair.leader.read_state(), pair.copy.read_state());
    assert_eq!((here.version, here.clock), (there.version, there.clock));
    assert_eq!(pair.leader.counts(pair.leader.district()), pair.copy.counts(pair.copy.district()));
    there.book.verify().unwrap();

    // an answer counts from when its question left, however fast it is taken then
    let asked = pair.now();
    let (head, frames) = pair.answer();
    std::thread::sleep(Duration::from_millis(600));
    pair.copy.take(&head, &frames, asked).unwrap();
    assert_eq!(pair.decides(&pair.copy), (false, "engine/not-fresh".to_owned()));
    pair.whole().unwrap();
    assert!(pair.decides(&pair.copy).0);

    let order =
        serde_json::json!({"item": "S11", "village": VILLAGE, "title": "盖章", "seal_class": "A"});
    let open: engine::acts::matters::OpenMatter = serde_json::from_value(order).unwrap();
    let clerk = Caller { person: format!("{VILLAGE}-p05") };
    let refusal = pair.copy.act(&clerk, Some("k"), &open).unwrap_err();
    assert_eq!(refusal.code, "WRITE_TO_LEADER", "{refusal}");
    assert_eq!(pair.copy.move_clock(Minute(i64::MAX / 2)).unwrap_err().code, "WRITE_TO_LEADER");
    assert_eq!(pair.copy.position(), pair.leader.position());
}

#[test]
fn what_does_not_fit_is_not_taken_and_breaks_the_copy_at_once() {
    let pair = pair("fit");
    pair.whole().unwrap();
    pair.write();
    let (head, frames) = pair.answer();
    let before = pair.copy.position();
    let mut changed = frames.clone();
    *changed.last_mut().unwrap() ^= 1;
    let other = FeedHead { position: before, ..head.clone() };
    let away = FeedHead { district: "370284000000".parse().unwrap(), ..head.clone() };
    let more = FeedHead { bytes: head.bytes + 1, ..head.clone() };
    let none = FeedHead { bytes: 0, ..head.clone() };
    for (head, frames, code) in [
        (&head, changed.as_slice(), "FOLLOW_CHANGED"),
        (&other, &frames, "FOLLOW_OTHER_RECORD"),
        (&away, &frames, "FOLLOW_OTHER_RECORD"),
        (&more, &frames, "FOLLOW_MALFORMED"),
        // the head of another position without what lies between: a gap
        (&none, &[], "FOLLOW_OTHER_RECORD"),
    ] {
        pair.whole_again(before);
        let trouble = pair.copy.take(head, frames, pair.now()).unwrap_err();
        assert_eq!(trouble.code(), code, "{trouble}");
        assert_eq!(pair.copy.position(), before, "{code}: nothing is written");
        assert_eq!(pair.decides(&pair.copy), (false, "engine/not-fresh".to_owned()), "{code}");
        let told = pair.copy.not_fresh().unwrap();
        assert!(told.code == "NOT_FRESH" && told.message.contains(code), "{told}");
    }
    pair.whole().unwrap();
    assert!(pair.fresh() && pair.copy.position() == pair.leader.position());
    let twice = pair.copy.take(&head, &frames, pair.now()).unwrap_err();
    assert_eq!(twice.code(), "FOLLOW_DOES_NOT_CONTINUE", "{twice}");
}

impl Pair {
    /// Fresh once more at the position it has, as an answer without news makes it.
    fn whole_again(&self, at: engine::Position) {
        let (head, _) = self.answer();
        let quiet = FeedHead { position: at, bytes: 0, complete: true, ..head };
        self.copy.take(&quiet, &[], self.now()).unwrap();
        assert!(self.fresh());
    }
}

#[test]
fn other_rules_and_other_times_deny_until_they_are_the_same() {
    let pair = pair("rules");
    let offers = pair.policies.join("townships/370285102-xiagezhuang/editions/2026-01-01/offers");
    let file = std::fs::read_dir(&offers).unwrap().flatten().next().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap();
    let stock = text.lines().find(|line| line.starts_with("stock")).unwrap().to_owned();
    district::write(&file, &text.replace(&stock, "stock = 1"));
    pair.copy.reload().unwrap();
    let trouble = pair.whole().unwrap_err();
    assert_eq!(trouble.code(), "FOLLOW_OTHER_RULES", "{trouble}");
    assert_eq!(pair.copy.position(), pair.leader.position(), "the record is taken all the same");
    assert_eq!(pair.decides(&pair.copy), (false, "engine/not-fresh".to_owned()));
    district::write(&file, &text);
    pair.copy.reload().unwrap();
    pair.whole().unwrap();
    assert!(pair.decides(&pair.copy).0);

    // the leader's clock is followed forward; one that stands behind the copy's is not
    let day = Minute(noon().0 + 24 * 60);
    pair.leader.move_clock(day).unwrap();
    pair.whole().unwrap();
    assert_eq!(pair.copy.now(), day);
    let (head, frames) = pair.answer();
    let late = FeedHead { now: Minute(day.0 - 2), ..head.clone() };
    let trouble = pair.copy.take(&late, &frames, pair.now()).unwrap_err();
    assert_eq!(trouble, Trouble::ClocksApart(-2));
    assert!(!pair.fresh());
    let near = FeedHead { now: Minute(day.0 - 1), ..head };
    pair.copy.take(&near, &frames, pair.now()).unwrap();
    assert!(pair.fresh(), "a minute may have begun between two looks");
}
