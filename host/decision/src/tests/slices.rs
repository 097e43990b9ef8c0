//! A slice answers exactly as the whole set, also on odd facts, and no policy ever errs on valid ones.

use std::collections::{BTreeMap, BTreeSet};

use model::{ReasonKind, Record, Value};
use proptest::prelude::*;

use super::{
    fixture::{
        Ask, DISTRICT, FAR_TOWNSHIP, FAR_VILLAGE, OTHER_VILLAGE, TODAY, TOWNSHIP, VILLAGE, decider,
        laixi, matter, meeting,
    },
    seeds::seeds,
};

#[test]
fn every_seed_is_allowed_and_every_action_has_one() {
    let seeds = seeds();
    for ask in &seeds {
        let decision = ask.decide();
        assert!(decision.allowed(), "{ask:#?} {decision:#?}");
        assert!(decision.reasons.iter().all(|reason| reason.effect == ReasonKind::Permit));
    }
    let tried: BTreeSet<&str> = seeds.iter().map(|ask| ask.action.as_str()).collect();
    assert_eq!(tried, decider().actions().collect());
}

const TEXTS: [&str; 44] = [
    "",
    "P01",
    "P15",
    "S10",
    "S11",
    "S15",
    "S16",
    "370285102-T01",
    "PRO",
    "TWO",
    "PTY",
    "REP",
    "MEM",
    "MRP",
    "ASM",
    "PUB1",
    "PUB2",
    "ARC",
    "VERIFY",
    "STAMP",
    "APPROVE",
    "PAY",
    "APPLY",
    "A",
    "C",
    "X",
    "secretary",
    "director",
    "clerk",
    "custodian",
    "supervisor",
    "board-chair",
    "the-director",
    "the-clerk",
    "the-villager",
    "reserved",
    "DC",
    "DG",
    "AS-01",
    VILLAGE,
    OTHER_VILLAGE,
    FAR_VILLAGE,
    TOWNSHIP,
    DISTRICT,
];
const NUMBERS: [i64; 18] = [
    i64::MIN,
    -3_000_000,
    -1,
    0,
    1,
    2,
    15,
    30,
    99_999,
    100_000,
    500_000,
    2_000_000,
    10_000_001,
    TODAY - 15,
    TODAY,
    TODAY + 1,
    3_000_000,
    i64::MAX,
];

/// One bend: where (a number that picks a place) and what to put there.
#[derive(Clone, Debug)]
struct Bend {
    place: usize,
    inner: usize,
    kind: u8,
    text: usize,
    number: usize,
}

fn bend() -> impl Strategy<Value = Bend> {
    (any::<usize>(), any::<usize>(), 0..8_u8, 0..TEXTS.len(), 0..NUMBERS.len())
        .prop_map(|(place, inner, kind, text, number)| Bend { place, inner, kind, text, number })
}

impl Bend {
    fn value(&self, old: &Value) -> Value {
        match old {
            Value::Bool(old) => (!old).into(),
            Value::Long(_) => NUMBERS[self.number].into(),
            Value::Text(_) => TEXTS[self.text].into(),
            Value::Set(old) => {
                let mut set = old.clone();
                if self.inner.is_multiple_of(3) {
                    set.clear();
                } else {
                    set.push(TEXTS[self.text].into());
                }
                set.into_iter().collect::<BTreeSet<Value>>().into_iter().collect()
            }
            Value::Record(old) => {
                let mut record = old.clone();
                self.apply(&mut record, self.inner);
                record.into()
            }
        }
    }

    fn apply(&self, record: &mut Record, pick: usize) {
        let Some(name) = record.keys().nth(pick % record.len().max(1)).cloned() else { return };
        if self.kind == 0 {
            record.remove(&name);
        } else {
            let value = self.value(&record[&name]);
            record.insert(name, value);
        }
    }

    fn bend(&self, ask: &mut Ask) {
        match self.kind {
            1 => drop(
                ask.facts
                    .principal
                    .attrs
                    .insert("suspendedFrom".to_owned(), NUMBERS[self.number].into()),
            ),
            2 => drop(
                ask.facts
                    .resource
                    .attrs
                    .insert("publishedDay".to_owned(), NUMBERS[self.number].into()),
            ),
            _ => {
                let facts = &mut ask.facts;
                let lengths =
                    [facts.principal.attrs.len(), facts.resource.attrs.len(), facts.context.len()];
                let mut at = self.place % lengths.iter().sum::<usize>().max(1);
                for (record, length) in
                    [&mut facts.principal.attrs, &mut facts.resource.attrs, &mut facts.context]
                        .into_iter()
                        .zip(lengths)
                {
                    if at < length {
                        return self.apply(record, at);
                    }
                    at -= length;
                }
            }
        }
    }
}

fn far(mut ask: Ask) -> Ask {
    let text = serde_json::to_string(&ask.facts).unwrap();
    ask.facts =
        serde_json::from_str(&text.replace(VILLAGE, FAR_VILLAGE).replace(TOWNSHIP, FAR_TOWNSHIP))
            .unwrap();
    ask
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_slice_answers_as_the_whole_set(
        seed in any::<prop::sample::Index>(), away in any::<bool>(), bends in prop::collection::vec(bend(), 0..5),
    ) {
        let seeds = seeds();
        let mut ask = seed.get(&seeds).clone();
        if away {
            ask = far(ask);
        }
        for bend in &bends {
            bend.bend(&mut ask);
        }
        let sliced = ask.decide();
        let whole = decider().decide_whole(None, &ask.request(), &ask.facts);
        prop_assert_eq!(&sliced, &whole, "{:#?}", ask);
        // reading a condition quickly gives what Cedar's evaluator gives, on every policy there is
        let differ = decider().disagreements(&ask.request(), &ask.facts);
        prop_assert!(differ.is_empty(), "{:?} {:#?}", differ, ask);
        prop_assert!(!sliced.reasons.is_empty());
        // valid facts never make a policy err, however odd the numbers
        let valid = decider().check(None, &ask.request(), &ask.facts).is_ok();
        let erred = sliced.reasons.iter().any(|reason| reason.effect == ReasonKind::Error);
        prop_assert_eq!(valid, !erred, "{:#?}", sliced);
        // an answer does not depend on how often it is asked
        prop_assert_eq!(sliced, ask.decide());
    }
}

#[test]
fn a_slice_holds_far_fewer_policies_than_the_set() {
    let whole = laixi().base.num_of_policies();
    for ask in seeds() {
        let count = decider().evaluated(None, &ask.request(), &ask.facts);
        assert!(count > 0 && count * 3 < whole, "{} {count} of {whole}", ask.action);
    }
    let spending = Ask::step("director", matter("P15", "APPROVE", &["VERIFY", "STAMP"]));
    let count = |ask: &Ask| decider().evaluated(None, &ask.request(), &ask.facts);
    let (home, away) = (count(&spending), count(&far(spending.clone())));
    assert_eq!(home, away + 1, "the township's own forbid");
    let local = Ask::step("director", matter("370285102-T01", "APPROVE", &["APPLY"]));
    assert_eq!(count(&local), count(&far(local.clone())) + 1, "no other township sees its permits");
    let cited = spending.clone().with("record", meeting("REP", "P15", "m", [3, 3, 3, 0, 0]));
    assert!(count(&cited) > home, "what is cited is checked");
}

#[test]
fn callers_may_state_only_what_the_schema_marks() {
    let decider = decider();
    let marked: BTreeMap<&str, Vec<&String>> =
        ["Matter", "Person", "Task", "OpenMatter", "ReadStatement", "TakeStep"]
            .into_iter()
            .map(|kind| (kind, decider.request_attributes(kind).iter().collect()))
            .collect();
    assert_eq!(marked["Matter"], ["step"]);
    assert_eq!(marked["OpenMatter"], ["certificate", "item", "variant"]);
    assert_eq!(marked["TakeStep"], ["cents"]);
    assert_eq!(marked["ReadStatement"], ["purpose"]);
    assert!(["Person", "Task"].iter().all(|kind| marked[kind].is_empty()));
    assert!(decider.knows("Matter") && !decider.knows("Gavel"));
    assert_eq!(decider.applies_to("ErasePerson").collect::<Vec<_>>(), [("Person", "Person")]);
}
