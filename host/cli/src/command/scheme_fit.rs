//! Whether a scheme and the rule it names go together: settings, events and facts that a component declares.
//!
//! What needs no compiled rule is checked with the package; a table is checked against its scheme there too.

use std::path::Path;

use package::{Diagnostic, RuleKind, RuleLaw, Scheme, Severity, TownshipEdition};
use rules::{Description, Rule};

/// The file of a scheme and its text, to say where something stands.
struct Written {
    file: String,
    text: String,
}

/// What does not go together.
pub(super) fn fit(
    root: &Path,
    folder: &str,
    township: &TownshipEdition,
    scheme: &Scheme,
    rule: &dyn Rule,
) -> Vec<Diagnostic> {
    let Some(said) = rule.description().filter(|_| scheme.kind() == RuleKind::Component) else {
        return Vec::new();
    };
    let file = Written::find(root, &format!("{folder}/editions/{}/schemes", township.from), scheme);
    let mut found = settings(&file, scheme, said);
    found.extend(events(&file, township, scheme, said));
    if scheme.law != RuleLaw::Quote {
        found.extend(facts(&file, scheme, said));
    }
    found
}

impl Written {
    /// The file whose `id` is the scheme's; the folder itself when it cannot be read.
    fn find(root: &Path, folder: &str, scheme: &Scheme) -> Self {
        let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        let mut all = entries.filter_map(|entry| {
            let text = std::fs::read_to_string(entry.path()).ok()?;
            let table: toml::Table = text.parse().ok()?;
            let own = table.get("id").and_then(toml::Value::as_str) == Some(&scheme.id);
            let file = format!("{folder}/{}", entry.file_name().to_string_lossy());
            own.then_some(Self { file, text })
        });
        all.next().unwrap_or_else(|| Self { file: folder.to_owned(), text: String::new() })
    }

    /// The line of a key, of a table's head, or of the file's top.
    fn line(&self, key: &str) -> u32 {
        let is = |line: &str| {
            let line = line.trim();
            line == format!("[{key}]")
                || line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        let at = self.text.lines().position(is).unwrap_or(0).saturating_add(1);
        u32::try_from(at).unwrap_or(1)
    }

    fn found(&self, severity: Severity, code: &str, key: &str, words: [String; 3]) -> Diagnostic {
        let [message, text, help] = words;
        let (file, line) = (self.file.clone(), self.line(key));
        Diagnostic { code: code.to_owned(), severity, message, text, help, file, line, column: 1 }
    }
}

/// Every setting the rule declares is written and within its bounds, and none is written for nothing.
fn settings(file: &Written, scheme: &Scheme, said: &Description) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for wanted in &said.settings {
        let (name, title, min, max) = (&wanted.name, &wanted.title, wanted.min, wanted.max);
        match scheme.settings.get(name) {
            None => found.push(file.found(
                Severity::Error,
                "SETTING_MISSING",
                "settings",
                [
                    format!("the rule needs the setting `{name}`; write it under `[settings]`"),
                    format!("规则要用参数“{title}”（{name}），办法里没有写。"),
                    format!("在 [settings] 下面写 {name}，从 {min} 到 {max}。"),
                ],
            )),
            Some(value) if !(min..=max).contains(value) => found.push(file.found(
                Severity::Error,
                "SETTING_OUT_OF_BOUNDS",
                name,
                [
                    format!("setting `{name}` is {value}, outside {min}..={max} of the rule"),
                    format!("参数“{title}”（{name}）写的是 {value}，规则只认 {min} 到 {max}。"),
                    "改成范围里的数；积分是百分之一分，比例是千分数。".to_owned(),
                ],
            )),
            Some(_) => {}
        }
    }
    let spare =
        scheme.settings.keys().filter(|name| !said.settings.iter().any(|s| s.name == **name));
    found.extend(spare.map(|name| {
        file.found(
            Severity::Warning,
            "UNUSED_SETTING",
            name,
            [
                format!("the rule does not read the setting `{name}`; it has no effect"),
                format!("规则不读参数“{name}”，写了不起作用。"),
                "检查名字有没有写错，或者删去。".to_owned(),
            ],
        )
    }));
    found
}

/// What the rule reads comes from somewhere, and what is collected is read.
fn events(
    file: &Written,
    township: &TownshipEdition,
    scheme: &Scheme,
    said: &Description,
) -> Vec<Diagnostic> {
    let read = scheme.reads.iter().filter_map(|id| township.schemes.get(id));
    let given: Vec<&str> =
        read.chain([scheme]).flat_map(|s| &s.events).map(|event| event.kind.as_str()).collect();
    let never = said.kinds.iter().filter(|kind| !given.contains(&kind.code.as_str()));
    // a rule that sees none of its events never gives anything, which nobody would notice
    let some = said.kinds.iter().any(|kind| given.contains(&kind.code.as_str()));
    let severity = if some { Severity::Warning } else { Severity::Error };
    let mut found: Vec<Diagnostic> = never
        .map(|kind| {
            let (code, title) = (&kind.code, &kind.title);
            file.found(
                severity,
                "EVENT_NEVER_COMES",
                "rule",
                [
                    format!("the rule reads events `{code}`, which neither this scheme takes nor one it reads"),
                    format!("规则要看“{title}”（{code}）的记录，这个办法不收，它读的办法也不收。"),
                    format!("加上 [[events]] type = \"{code}\"，或者在 reads 里写上收它的办法。"),
                ],
            )
        })
        .collect();
    let unread =
        scheme.events.iter().filter(|event| !said.kinds.iter().any(|k| k.code == event.kind));
    found.extend(unread.map(|event| {
        file.found(
            Severity::Warning,
            "UNUSED_EVENT",
            "rule",
            [
                format!("the rule does not read the events `{}` that the scheme takes", event.kind),
                format!("办法收“{}”（{}），规则不看：白收集。", event.title, event.kind),
                "删去这种事件，或者换一条规则。".to_owned(),
            ],
        )
    }));
    found
}

/// No more is shown than is read.
fn facts(file: &Written, scheme: &Scheme, said: &Description) -> Vec<Diagnostic> {
    let spare = scheme.facts.keys().filter(|name| !said.facts.iter().any(|f| f.name == **name));
    spare
        .map(|name| {
            file.found(
                Severity::Warning,
                "FACT_NOT_READ",
                &format!("facts.{name}"),
                [
                    format!(
                        "the rule does not read the fact `{name}`; grant no more than it reads"
                    ),
                    format!("规则不看“{name}”，不用给它。"),
                    format!("删去 [facts.{name}]：规则用不着的数不给。"),
                ],
            )
        })
        .collect()
}
