//! A matter keeps the edition it began under: in a pilot, outside one, and after either was ended.

use engine::acts::matters::{OpenMatter, TakeStep};
use engine::judge::judge;
use engine::snapshot::Snapshot;
use engine::{Caller, Clock, Engine, EngineOptions};
use model::{Ask, DivisionCode, Side};
use serde_json::{Map, Value, json};

use super::{FIRST, OTHER, PILOT, SECOND, district, staged};
use crate::desk::change;

/// The district with a step more in P15 from the second edition on.
fn engine(policies: &std::path::Path) -> Engine {
    let item = policies.join(format!("editions/{SECOND}/items/P15.toml"));
    let photo = "[[steps]]\nid = \"PHOTO\"\ntitle = \"实物拍照\"\ntitle_en = \"Photograph\"\n\
        who = \"文书\"\nwho_en = \"the clerk\"\nafter = [\"VOUCHER\"]\n\
        basis = [\"《莱西市村级财务管理办法（演示）》第6条\"]\n\n[[steps.may]]\nid = \"photo\"\n\
        roles = [\"clerk\"]\nwho = \"本村文书\"\nwho_en = \"the clerk of this village\"\n\n";
    let verify = "[[steps]]\nid = \"VERIFY\"";
    change(&item, verify, &format!("{photo}{verify}"));
    change(&item, "after = [\"VOUCHER\"]\nsignature", "after = [\"PHOTO\"]\nsignature");
    let files = engine::files::read_package(policies).unwrap();
    let loaded = package::load(&files);
    let package = loaded.package.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    let host = rules::RuleHost::new(rules::Limits::default()).unwrap();
    let day: model::CivilDay = SECOND.parse().unwrap();
    let clock = Clock::manual(model::Minute(day.start().0 + 600));
    let mut options = EngineOptions::new(policies.with_extension("store"), clock);
    options.allow_unproved = true;
    options.root = Some(policies.to_path_buf());
    let engine = Engine::open(Snapshot::new(package, &host).unwrap(), options).unwrap();
    engine.load_demo(&mut |_, _| {}).unwrap();
    engine
}

fn officer(engine: &Engine, village: &str, role: &str) -> Caller {
    let state = engine.read_state();
    let village: DivisionCode = village.parse().unwrap();
    let found = state.posts.iter().find(|post| post.unit == village && post.role == role);
    Caller { person: found.unwrap().holder.clone() }
}

/// Opens a matter of everyday spending and hands in its voucher; its id and the next step.
fn spend(engine: &Engine, village: &str) -> (String, String) {
    let open = OpenMatter {
        item: "P15".to_owned(),
        village: village.parse().unwrap(),
        title: "购买保洁工具".to_owned(),
        amount_cents: 50_000,
        seal_class: String::new(),
        variant: String::new(),
        site: String::new(),
        project: String::new(),
        certificate: String::new(),
        service: String::new(),
        documents: Vec::new(),
    };
    let opened = engine.act(&officer(engine, village, "clerk"), None, &open).unwrap().body;
    let id = opened["id"].as_str().unwrap().to_owned();
    let view = take(engine, &id, village, "bookkeeper", "VOUCHER").unwrap();
    (id, next(&view))
}

fn take(
    engine: &Engine,
    matter: &str,
    village: &str,
    role: &str,
    step: &str,
) -> Result<Value, model::Refusal> {
    let taken = TakeStep {
        matter: matter.to_owned(),
        step: step.to_owned(),
        record: None,
        grant: None,
        post: None,
        cents: None,
    };
    engine.act(&officer(engine, village, role), None, &taken).map(|reply| reply.body)
}

fn next(view: &Value) -> String {
    view["next"][0]["step"].as_str().unwrap_or_default().to_owned()
}

/// What another system is answered of a step by the clerk: yes or no, and the edition that said so.
fn asked(engine: &Engine, matter: &str, village: &str, step: &str) -> (bool, String) {
    let side = |kind: &str, id: &str, properties: Value| Side {
        kind: kind.to_owned(),
        id: id.to_owned(),
        properties: properties.as_object().cloned().unwrap_or_default(),
    };
    let ask = Ask {
        subject: side("Person", &officer(engine, village, "clerk").person, json!({})),
        action: "TakeStep".to_owned(),
        action_properties: None,
        resource: side("Matter", matter, json!({"step": step})),
        context: Map::new(),
    };
    let snapshot = engine.snapshot();
    let judged = judge(&engine.read_state(), &snapshot, engine.now(), &ask, None);
    let under = snapshot.held(judged.edition).unwrap().edition.from();
    (judged.allowed(), under.to_string())
}

fn kept(engine: &Engine, matter: &str) -> Option<String> {
    let state = engine.read_state();
    state.matters.get(matter).unwrap().course.edition.map(|day| day.to_string())
}

#[test]
fn a_matter_goes_on_under_the_edition_it_began_under() {
    let policies = district("rollout-matters");
    let engine = engine(&policies);
    let rules = engine.rules();
    let (early, step) = spend(&engine, PILOT);
    assert_eq!((step.as_str(), kept(&engine, &early).as_deref()), ("VERIFY", Some(FIRST)));

    staged("start", &policies, &["--cohort", "first"]);
    assert_eq!(engine.reload().unwrap(), engine::plain::Reloaded::Swapped);
    assert_ne!(engine.rules(), rules, "a follower that selects otherwise has other rules");
    let (pilot, step) = spend(&engine, PILOT);
    assert_eq!((step.as_str(), kept(&engine, &pilot)), ("PHOTO", None), "the day tells it");
    let (outside, step) = spend(&engine, OTHER);
    assert_eq!((step.as_str(), kept(&engine, &outside).as_deref()), ("VERIFY", Some(FIRST)));
    assert!(take(&engine, &outside, OTHER, "clerk", "PHOTO").is_err());
    let (second, _) = spend(&engine, PILOT);

    staged("back", &policies, &[]);
    assert_eq!(engine.reload().unwrap(), engine::plain::Reloaded::Swapped);
    assert_eq!(engine.rules(), rules);
    // what began in the pilot is finished as it began, by act and by answer
    assert_eq!(asked(&engine, &pilot, PILOT, "PHOTO"), (true, SECOND.to_owned()));
    let view = take(&engine, &pilot, PILOT, "clerk", "PHOTO").unwrap();
    assert_eq!(next(&view), "VERIFY");
    // what begins now begins under the edition before
    let (late, step) = spend(&engine, PILOT);
    assert_eq!((step.as_str(), kept(&engine, &late).as_deref()), ("VERIFY", Some(FIRST)));
    assert_eq!(asked(&engine, &late, PILOT, "PHOTO"), (false, FIRST.to_owned()));

    staged("start", &policies, &["--all"]);
    assert_eq!(engine.reload().unwrap(), engine::plain::Reloaded::Swapped);
    for (matter, village) in [(&early, PILOT), (&outside, OTHER), (&late, PILOT)] {
        assert!(take(&engine, matter, village, "clerk", "PHOTO").is_err(), "{matter}");
        take(&engine, matter, village, "deputy", "VERIFY").unwrap();
    }
    assert!(take(&engine, &second, PILOT, "deputy", "VERIFY").is_err(), "PHOTO comes first");
    take(&engine, &second, PILOT, "clerk", "PHOTO").unwrap();
    assert_eq!(spend(&engine, OTHER).1, "PHOTO");

    // an edition that matters keep and that is taken out of the package stops them, it does not fall back
    std::fs::remove_dir_all(policies.join(format!("editions/{FIRST}"))).unwrap();
    assert_eq!(engine.reload().unwrap(), engine::plain::Reloaded::Swapped);
    let gone = take(&engine, &outside, OTHER, "supervisor", "STAMP").unwrap_err();
    assert_eq!(gone.code, "NO_EDITION", "{gone}");
}
