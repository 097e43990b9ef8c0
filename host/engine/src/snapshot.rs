//! The rules, compiled: an immutable view that a request takes once and keeps.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use decision::{BuildError, Decider};
use evaluator::Context;
use folder::Admin;
use model::{CivilDay, Digest, DivisionCode, Minute, Refusal, RefusalKind};
use package::guards::{self, WordPlace};
use package::{Edition, Package, RuleKind, RuleLaw, Scheme};
use rules::{Law, LoadCode, LoadError, Rule, RuleHost, Tier};
use thiserror::Error;

use crate::proofs::{self, Proofs, SignOffs};
use crate::row::Matter;

/// A rule of a township that could not be loaded; the township's scheme answers with this, all else
/// goes on.
#[derive(Clone, Debug)]
pub struct RuleFault {
    /// File within the package.
    pub file: String,
    /// What is wrong.
    pub error: LoadError,
}

/// One edition, ready to decide and to score.
#[derive(Debug)]
pub struct Compiled {
    /// The edition.
    pub edition: Edition,
    /// Its policies.
    pub decider: Decider,
    rules: BTreeMap<(DivisionCode, String), Result<Arc<dyn Rule>, RuleFault>>,
}

impl Compiled {
    /// The rule of a scheme that stands here just as given.
    fn same(
        &self,
        code: DivisionCode,
        scheme: &Scheme,
    ) -> Option<Result<Arc<dyn Rule>, RuleFault>> {
        let own = self.edition.township(code)?.schemes.get(&scheme.id)?;
        (own == scheme).then(|| self.rules.get(&(code, scheme.id.clone())).cloned())?
    }
}

/// Edition, township and minute of what every question's context starts from.
type BaseKey = (CivilDay, Option<DivisionCode>, i64);

/// The whole package, compiled.
#[derive(Debug)]
pub struct Snapshot {
    /// The package.
    pub package: Package,
    /// The rules for calling systems.
    pub admin: Admin,
    /// How its promises stand.
    pub proofs: Proofs,
    /// How its sign-offs stand; every legal basis is judged for it, so it is told once.
    pub sign_offs: SignOffs,
    /// Unlike that of any other snapshot of this process; what is built of rows is good for one.
    pub serial: u64,
    base: ArcSwap<BTreeMap<BaseKey, Context>>,
    compiled: Vec<Compiled>,
}

/// Serial numbers of snapshots.
static SERIAL: AtomicU64 = AtomicU64::new(1);

/// Why a package cannot serve.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// Its rules for calling systems cannot be used.
    #[error("the rules for calling systems cannot be used: {0}")]
    Callers(String),
    /// Its policies cannot be compiled.
    #[error("the edition of {from} cannot decide: {source}")]
    Policies {
        /// First day of the edition.
        from: CivilDay,
        /// The cause.
        source: BuildError,
    },
}

impl Snapshot {
    /// Compiles every edition and every rule.
    ///
    /// # Errors
    /// When policies cannot be compiled. A faulty rule is no error here: it is kept as a fault of its
    /// township, so that the others go on.
    pub fn new(package: Package, host: &RuleHost) -> Result<Self, SnapshotError> {
        let mut compiled: Vec<Compiled> = Vec::new();
        for edition in package.editions() {
            let next = compile(edition, host, compiled.last())?;
            compiled.push(next);
        }
        let admin = Admin::new(package.callers()).map_err(SnapshotError::Callers)?;
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let (proofs, sign_offs) = (proofs::standing(&package), proofs::signed(&package));
        Ok(Self { package, admin, proofs, sign_offs, serial, base: ArcSwap::default(), compiled })
    }

    /// What decides on a day at a place, or for the district as a whole; none before the first edition.
    /// The one place where an edition is selected: an edition in pilot or shadow is passed over where it
    /// does not answer yet.
    pub fn compiled(&self, day: CivilDay, place: Option<DivisionCode>) -> Option<&Compiled> {
        self.compiled.get(self.package.chosen(day, place)?)
    }

    /// What decides of a matter: the later of what decides at its place and of what it began under. One
    /// that began in a pilot goes on after the pilot was taken back, or nobody could take its steps.
    pub fn compiled_for(&self, day: CivilDay, row: &Matter) -> Option<&Compiled> {
        let here = self.package.chosen(day, Some(row.village))?;
        self.compiled.get(self.begun(row).map_or(here, |began| began.max(here)))
    }

    /// The edition with a digest, whatever it has come to.
    pub fn held(&self, digest: Digest) -> Option<&Compiled> {
        self.compiled.iter().find(|compiled| compiled.edition.digest() == digest)
    }

    /// The edition that begins on a day, whatever it has come to.
    pub fn from(&self, day: CivilDay) -> Option<&Compiled> {
        self.compiled.iter().find(|compiled| compiled.edition.from() == day)
    }

    fn begun(&self, row: &Matter) -> Option<usize> {
        match row.course.edition {
            Some(from) => self.compiled.iter().position(|it| it.edition.from() == from),
            None => self.package.begun(row.opened),
        }
    }

    /// The edition a matter began under and keeps, whatever was started or taken back since.
    ///
    /// # Errors
    /// `NO_EDITION` when it is not in the package any more.
    pub fn began(&self, row: &Matter) -> Result<&Edition, Refusal> {
        let found = self.begun(row).and_then(|index| self.compiled.get(index));
        found
            .map(|compiled| &compiled.edition)
            .ok_or_else(|| no_edition(row.course.edition.unwrap_or(row.opened)))
    }

    /// What a new matter's record keeps of the edition it begins under: nothing where the day tells it,
    /// else that edition's first day.
    pub fn kept_of(&self, edition: &Edition, day: CivilDay) -> Option<CivilDay> {
        let by_day = self.package.begun(day).and_then(|index| self.compiled.get(index));
        let same = by_day.is_some_and(|compiled| compiled.edition.from() == edition.from());
        (!same).then(|| edition.from())
    }

    /// What every question's context starts from in a township at a minute: time, district, parameters.
    pub fn base(
        &self,
        compiled: &Compiled,
        township: Option<DivisionCode>,
        now: Minute,
    ) -> Context {
        let key = (compiled.edition.from(), township, now.0);
        let kept = self.base.load();
        if let Some(context) = kept.get(&key) {
            return Arc::clone(context);
        }
        let record = crate::gather::base_context(&compiled.edition, township, now);
        let context = compiled.decider.context(&record);
        let mut next: BTreeMap<_, _> = kept
            .iter()
            .filter(|((_, _, minute), _)| *minute == now.0)
            .map(|(key, context)| (*key, Arc::clone(context)))
            .collect();
        next.insert(key, Arc::clone(&context));
        self.base.store(Arc::new(next));
        context
    }

    /// The edition in force on a day at a place, or for the district as a whole.
    ///
    /// # Errors
    /// `NO_EDITION` before the first.
    pub fn edition(&self, day: CivilDay, place: Option<DivisionCode>) -> Result<&Edition, Refusal> {
        let found = self.compiled(day, place);
        found.map(|compiled| &compiled.edition).ok_or_else(|| no_edition(day))
    }

    /// A scheme on a day at a place within the township whose scheme it is, and the first day of that edition.
    pub fn scheme(
        &self,
        day: CivilDay,
        place: DivisionCode,
        scheme: &str,
    ) -> Option<(CivilDay, &Scheme)> {
        let edition = &self.compiled(day, Some(place))?.edition;
        let found = edition.township(place.township())?.schemes.get(scheme)?;
        Some((edition.from(), found))
    }

    /// The rule of a scheme on a day at a place within the township whose scheme it is.
    ///
    /// # Errors
    /// `NO_EDITION`, `NOT_FOUND`, or the rule's own fault.
    pub fn rule(
        &self,
        day: CivilDay,
        place: DivisionCode,
        scheme: &str,
    ) -> Result<Arc<dyn Rule>, Refusal> {
        self.edition(day, Some(place))?;
        let key = (place.township(), scheme.to_owned());
        let found = self.compiled(day, Some(place)).and_then(|c| c.rules.get(&key));
        match found {
            Some(Ok(rule)) => Ok(Arc::clone(rule)),
            Some(Err(fault)) => Err(Refusal::new(
                RefusalKind::Unprocessable,
                "RULE_NOT_LOADED",
                format!("rule `{}` is not usable: {}", fault.file, fault.error),
                format!("积分办法“{scheme}”不能用：{}", fault.error.text),
                "请本镇积分管理员用 xiangyue check 检查后重新发布。",
            )),
            None => Err(crate::acts::not_found("scheme", "积分办法", scheme)),
        }
    }

    /// Rules that could not be loaded, by township and scheme.
    pub fn faults(&self) -> impl Iterator<Item = (DivisionCode, &str, &RuleFault)> {
        self.compiled.iter().flat_map(|compiled| &compiled.rules).filter_map(
            |((township, scheme), rule)| {
                rule.as_ref().err().map(|fault| (*township, scheme.as_str(), fault))
            },
        )
    }
}

fn no_edition(day: CivilDay) -> Refusal {
    Refusal::new(
        RefusalKind::Unprocessable,
        "NO_EDITION",
        format!("no edition is in force on {day}; publish one that begins on or before it"),
        format!("{day}没有生效的规矩。"),
        "请市里发布生效日期不晚于当日的版本。",
    )
}

/// The rule of a scheme, ready to be asked the scheme's question.
///
/// # Errors
/// What the host finds, a rule that answers another question, and one that wants facts of a row which the scheme does
/// not grant.
pub fn rule_of(host: &RuleHost, scheme: &Scheme) -> Result<Arc<dyn Rule>, LoadError> {
    let law = law_of(scheme);
    let rule = match scheme.kind() {
        RuleKind::Component => host.load_component(&scheme.source)?,
        RuleKind::Script => host.load_script(&String::from_utf8_lossy(&scheme.source), law)?,
        RuleKind::Table => host.load_table(&String::from_utf8_lossy(&scheme.source), law)?,
    };
    // no loader here asks for another tier; should one ever, nothing is posted of it
    if rule.tier() != Tier::Exact {
        return Err(LoadError::of_scheme(
            LoadCode::AdvisoryOnly,
            "the rule was loaded in the advisory tier, whose answers are for reading only",
            "这条规则只能供参考，不能用来记分、算钱。",
            "请换一条规则。",
        ));
    }
    if rule.law() != law {
        return Err(LoadError::of_scheme(
            LoadCode::Law,
            format!(
                "the scheme asks to `{}`, the rule answers `{}`; name another rule or change `law`",
                law.word(),
                rule.law().word()
            ),
            "办法要规则回答的，不是这条规则回答的。",
            "请换一条规则，或者改办法里的 law。",
        ));
    }
    words(scheme, rule.as_ref())?;
    let wanted = rule.description().map_or(&[][..], |said| &said.facts);
    let missing = wanted.iter().find(|fact| !scheme.facts.contains_key(&fact.name));
    match missing.filter(|_| law != Law::Quote) {
        Some(fact) => Err(LoadError::of_scheme(
            LoadCode::Facts,
            format!(
                "the rule wants the fact `{0}` of each row, which the scheme does not grant; add `[facts.{0}]`",
                fact.name
            ),
            &format!("规则要用“{}”（{}），办法没有提供。", fact.title, fact.name),
            &format!("请在办法里加上 [facts.{}]，写明数从哪里来；或者换一条规则。", fact.name),
        )),
        None => Ok(rule),
    }
}

/// What a rule can say must break none of the guards; of a script that is all of its text.
fn words(scheme: &Scheme, rule: &dyn Rule) -> Result<(), LoadError> {
    let text = String::from_utf8_lossy(&scheme.source);
    let said: Vec<&str> = match rule.description() {
        Some(said) if scheme.kind() != RuleKind::Script => {
            let items = said.items.iter().map(|item| item.title.as_str());
            let reasons = said.reasons.iter().map(|reason| reason.text.as_str());
            items.chain(reasons).collect()
        }
        _ if scheme.kind() == RuleKind::Script => vec![&text],
        _ => Vec::new(),
    };
    let refuse = |message: String, text: String, help: &str| {
        Err(LoadError::of_scheme(LoadCode::Guard, message, &text, help))
    };
    let guards = match guards::shipped() {
        Ok(guards) => guards,
        Err(error) => {
            return refuse(error.to_owned(), "底线字词表读不出来。".to_owned(), "请联系开发者。");
        }
    };
    let mut found = said.iter().filter_map(|text| guards::broken(guards, WordPlace::Event, text));
    match found.next() {
        None => Ok(()),
        Some((guard, word)) => refuse(
            format!("the rule says `{word}`: {} ({})", guard.message, guard.guard),
            format!("规则里写了“{word}”：{}（{}）。", guard.text, guard.basis),
            &guard.help,
        ),
    }
}

/// The question that a scheme asks of its rule.
pub const fn law_of(scheme: &Scheme) -> Law {
    match scheme.law {
        RuleLaw::Score => Law::Score,
        RuleLaw::Settle => Law::Settle,
        RuleLaw::Quote => Law::Quote,
        RuleLaw::Grade => Law::Grade,
        RuleLaw::Convert => Law::Convert,
        RuleLaw::Distribute => Law::Distribute,
        RuleLaw::Qualify => Law::Qualify,
        RuleLaw::Assess => Law::Assess,
    }
}

/// Compiles an edition; a scheme that stands as in the edition before keeps its rule.
fn compile(
    edition: &Edition,
    host: &RuleHost,
    before: Option<&Compiled>,
) -> Result<Compiled, SnapshotError> {
    let decider = Decider::new(edition)
        .map_err(|source| SnapshotError::Policies { from: edition.from(), source })?;
    let mut rules = BTreeMap::new();
    for (code, township) in edition.townships() {
        for scheme in township.schemes.values() {
            let key = (*code, scheme.id.clone());
            let loaded =
                before.and_then(|before| before.same(*code, scheme)).unwrap_or_else(|| {
                    let file = format!("townships/{code}/{}", scheme.rule);
                    rule_of(host, scheme).map_err(|error| RuleFault { file, error })
                });
            rules.insert(key, loaded);
        }
    }
    Ok(Compiled { edition: edition.clone(), decider, rules })
}
