//! The whole path of a question over the plain folders of `examples/`: read, asked, explained, sought.

use engine::explanation::Language;
use engine::plain::{explain_offline, offline};
use evaluator::{Store, to_json};
use folder::{Answer, Folder, Found, Search, Sought};
use model::Ask;
use serde_json::Value;
use server::parse_evaluation;
use tests::district::root;

use super::dice::Dice;
use super::questions::{WIRE, World};
use super::{Ran, Target, kind, parse, plain_words};

/// Names of the folders.
pub(super) const EXAMPLES: [&str; 4] = ["documents", "no-schema", "policies-only", "todo"];

/// One folder, ready to be asked.
pub(super) struct One {
    pub(super) folder: Folder,
    pub(super) store: Store,
    pub(super) world: World,
}

impl One {
    pub(super) fn open(name: &str) -> Self {
        let files = engine::files::read_package(&root().join("examples").join(name)).unwrap();
        let loaded = package::plain::load(&files);
        let plain = loaded.plain.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
        let file = files.get(package::plain::ENTITIES).map(Vec::as_slice);
        let (folder, store) = offline(&plain, file).unwrap();
        let mut world = World::default();
        // actions as the policies and the schema write them
        for text in files.iter().filter(|(path, _)| path.contains(".cedar")).map(|it| it.1) {
            let text = String::from_utf8_lossy(text).into_owned();
            let named = text.split("Action::\"").skip(1);
            world.actions.extend(named.filter_map(|it| it.split('"').next()).map(str::to_owned));
        }
        if let Some(schema) = folder.schema() {
            world.actions.extend(schema.actions().map(|shape| shape.thing.id().to_owned()));
            for shape in schema.actions() {
                world.names.extend(shape.context.keys().map(ToString::to_string));
            }
        }
        for kind in store.kinds() {
            for thing in store.of_kind(kind, None) {
                world.things.push((kind.to_string(), thing.id().to_owned()));
                for (name, value) in thing.attrs() {
                    world.names.push(name.to_string());
                    world.values.push(to_json(value));
                }
            }
        }
        let more = ["action", "explain", "roles", "clearance"].map(str::to_owned);
        world.names.extend(more);
        for list in [&mut world.actions, &mut world.names] {
            list.sort();
            list.dedup();
        }
        world.learn(20_000, |ask| folder.ask(&store, ask).allowed);
        Self { folder, store, world }
    }

    /// Asks, explains and seeks; says what kind of answer it is.
    fn check(&self, ask: &Ask, salt: u64) -> Result<String, String> {
        let answer = self.folder.ask(&self.store, ask);
        let explained = self.folder.explain(&self.store, ask);
        same(&answer, &explained.answer)?;
        let decided = answer.deciding().len();
        if explained.deciding.len() != decided || explained.nearest.len() > 3 {
            return Err(format!("{decided} policies decide, explained: {explained:?}"));
        }
        if answer.allowed && (answer.fault.is_some() || decided == 0) {
            return Err(format!("allowed without a permit: {answer:?}"));
        }
        let language = if salt.is_multiple_of(2) { Language::Chinese } else { Language::English };
        let (allowed, said) = explain_offline(&self.folder, &self.store, ask, language);
        let text = serde_json::to_string(&said).map_err(|error| error.to_string())?;
        if allowed != answer.allowed {
            return Err(format!("asked {}, in words {allowed}: {text}", answer.allowed));
        }
        if salt.is_multiple_of(4) {
            for sought in [Sought::Subject, Sought::Resource, Sought::Action] {
                self.seek(ask, sought, 1 + usize::try_from(salt % 3).unwrap_or(0))?;
            }
        }
        let fault = answer.fault.as_ref().map_or("", |fault| fault.code());
        let names: Vec<String> = answer.deciding().iter().map(|it| it.id().to_string()).collect();
        Ok(format!("{allowed}{fault}{}{}", names.join(","), answer.dropped.len().min(2)))
    }

    /// What a search finds is what questions allow, in one go and by pages.
    fn seek(&self, ask: &Ask, sought: Sought, page: usize) -> Result<(), String> {
        let one = |id: &str| {
            let mut one = ask.clone();
            match sought {
                Sought::Subject => id.clone_into(&mut one.subject.id),
                Sought::Resource => id.clone_into(&mut one.resource.id),
                Sought::Action => id.clone_into(&mut one.action),
            }
            self.folder.ask(&self.store, &one).allowed
        };
        let find = |behind: Option<&str>, limit| {
            let search = Search { sought, ask, behind, limit };
            self.folder.search(&self.store, &search, &mut || true)
        };
        let all = find(None, None);
        if let Some(wrong) = all.ids.iter().find(|id| !one(id)) {
            return Err(format!("{sought:?} `{wrong}` was found and is not allowed"));
        }
        let candidates: Vec<String> = match sought {
            Sought::Action => self.world.actions.clone(),
            Sought::Subject => self.ids(&ask.subject.kind),
            Sought::Resource => self.ids(&ask.resource.kind),
        };
        let stored = |side: &model::Side| self.store.find(&side.kind, &side.id).is_some();
        let known = match sought {
            Sought::Subject => stored(&ask.resource) && self.world.actions.contains(&ask.action),
            Sought::Resource => stored(&ask.subject) && self.world.actions.contains(&ask.action),
            Sought::Action => stored(&ask.subject) && stored(&ask.resource),
        };
        let want: Vec<String> = candidates.into_iter().filter(|id| known && one(id)).collect();
        if want != all.ids && (known || !all.ids.is_empty()) {
            return Err(format!("{sought:?}: allowed {want:?}, found {:?}", all.ids));
        }
        pages(&all, page, find).map_err(|message| format!("{sought:?}: {message}"))
    }

    fn ids(&self, kind: &str) -> Vec<String> {
        self.store.of_kind(kind, None).map(|thing| thing.id().to_owned()).collect()
    }
}

/// All pages together are the whole.
pub(super) fn pages(
    all: &Found,
    page: usize,
    find: impl Fn(Option<&str>, Option<usize>) -> Found,
) -> Result<(), String> {
    let mut ids = Vec::new();
    let mut behind: Option<String> = None;
    loop {
        let part = find(behind.as_deref(), Some(page));
        if part.ids.len() > page {
            return Err(format!("a page of {page} has {}", part.ids.len()));
        }
        ids.extend(part.ids);
        if part.next.is_none() || part.next == behind {
            break;
        }
        behind = part.next;
    }
    if ids == all.ids { Ok(()) } else { Err(format!("whole {:?}, by pages {ids:?}", all.ids)) }
}

fn same(asked: &Answer, explained: &Answer) -> Result<(), String> {
    let ids = |answer: &Answer| -> Vec<String> {
        answer.deciding().iter().map(|line| line.id().to_string()).collect()
    };
    let agree = asked.allowed == explained.allowed
        && asked.fault == explained.fault
        && asked.dropped == explained.dropped
        && ids(asked) == ids(explained);
    if agree { Ok(()) } else { Err(format!("asked {asked:?}, explained {explained:?}")) }
}

/// Questions to all four.
pub(super) struct Folders {
    all: Vec<One>,
    allowed: u64,
    denied: u64,
}

impl Folders {
    pub(super) fn open() -> Self {
        Self { all: EXAMPLES.map(One::open).into(), allowed: 0, denied: 0 }
    }
}

impl Target for Folders {
    fn seeds(&self) -> Vec<Vec<u8>> {
        parse::seeds()
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        let value: Value = dice.of(&self.all).world.question(dice);
        value.to_string().into_bytes()
    }

    fn words(&self) -> &[&'static str] {
        &WIRE
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        let ask = match parse_evaluation(input) {
            Ok(ask) => ask,
            Err(message) => return Ok(kind(&[&plain_words(&message)])),
        };
        let salt = kind(&[&format!("{ask:?}")]);
        let mut kinds = String::new();
        for (one, name) in self.all.iter().zip(EXAMPLES) {
            let said = one.check(&ask, salt).map_err(|message| format!("{name}: {message}"))?;
            let count = if said.starts_with("true") { &mut self.allowed } else { &mut self.denied };
            *count += 1;
            kinds.push_str(&said);
        }
        Ok(kind(&[&kinds]))
    }

    fn notes(&self) -> String {
        format!("; {} allowed, {} denied", self.allowed, self.denied)
    }
}
