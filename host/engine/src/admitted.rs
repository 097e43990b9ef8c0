//! What the record and the lists say about a task that is to be handed over: how often the same was handed
//! to the village in this calendar period, and which of its data a department holds already.

use std::collections::BTreeSet;

use model::{CivilDay, Record, Refusal, RefusalKind, Value};
use package::{DataField, Edition, Every, ListEntry, ListKind, folded};

use crate::gather;
use crate::row::Task;
use crate::state::State;

/// Where a task stands against its quota.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Standing {
    /// Title of the list's entry.
    title: String,
    /// Times at most for each village in one period.
    limit: u32,
    per: Every,
    /// Times handed to the village in today's period; the task itself does not count.
    used: i64,
}

impl Standing {
    /// Whether no further one fits.
    pub(crate) fn is_used_up(&self) -> bool {
        self.used >= i64::from(self.limit)
    }

    /// Quota, period and count, in English and in Chinese.
    pub(crate) fn told(&self, item: &str, day: CivilDay) -> (String, String) {
        let Self { title, limit, per, used } = self;
        let (chinese, english) = per.called(day);
        (
            format!(
                "`{item}` allows {limit} for each village per {}; {used} were handed over in {english}.",
                per.id()
            ),
            format!(
                "“{title}”（{item}）一个村{}最多{limit}次，{chinese}已经交办{used}次。",
                per.title()
            ),
        )
    }
}

/// Where a task stands today against the quota of its entry; none when nothing limits it. Counted is what the
/// record says was handed to the village, under the entry's id or the one it had before.
pub(crate) fn standing(
    state: &State,
    edition: &Edition,
    day: CivilDay,
    row: &Task,
) -> Option<Standing> {
    let (_, entry) = edition.entry(&row.item, day)?;
    let (limit, per) = entry.limit()?;
    let same = |other: &&Task| {
        other.id != row.id
            && (other.item == entry.id || (!entry.was.is_empty() && other.item == entry.was))
            && other.assigned.is_some_and(|on| per.same(on, day))
    };
    let used = state.tasks.starting_with(&format!("{}-K-", row.village)).filter(same).count();
    let used = i64::try_from(used).unwrap_or(i64::MAX);
    Some(Standing { title: entry.title.clone(), limit, per, used })
}

/// The facts of a hand-over besides the lists and approvals.
pub(crate) fn facts(state: &State, edition: &Edition, day: CivilDay, row: &Task) -> Record {
    let standing = standing(state, edition, day, row);
    let quota = standing.as_ref().map_or(i64::MAX, |standing| i64::from(standing.limit));
    gather::record([
        ("quota", quota.into()),
        ("used", standing.map_or(0, |standing| standing.used).into()),
        ("heldFields", edition.fields().held().map(|f| f.name.as_str()).collect::<Value>()),
    ])
}

/// Who holds the fields a task asks for and must not, in English and in Chinese; none when nobody does.
pub(crate) fn holders(edition: &Edition, row: &Task) -> Option<(String, String)> {
    let held: Vec<&DataField> =
        edition.fields().held().filter(|field| row.fields.contains(&field.name)).collect();
    if held.is_empty() {
        return None;
    }
    let english = held.iter().map(|f| format!("`{}` is held by `{}`", f.name, f.holder));
    let chinese = held
        .iter()
        .map(|f| format!("“{}”由{}掌握（{}），请向{}取。", f.name, f.holder, f.system, f.holder));
    Some((format!("{}.", english.collect::<Vec<_>>().join("; ")), chinese.collect()))
}

/// What the negative list says about an item, in English and in Chinese.
pub(crate) fn negative(edition: &Edition, day: CivilDay, item: &str) -> Option<(String, String)> {
    let (_, entry) = edition.entry(item, day).filter(|(kind, _)| *kind == ListKind::Negative)?;
    Some((
        format!("`{item}` is `{}`, which is for `{}`.", entry.title, entry.department),
        format!(
            "“{}”（{item}）：{}；负责的是{}。",
            entry.title, entry.village_part, entry.department
        ),
    ))
}

/// The entry of the lists that a proposal is about, whatever it calls itself: the id that is meant, and before it
/// the negative list's entry that the title names.
///
/// # Errors
/// `ITEM_AND_TITLE_DIFFER` where the title is that of another entry than the item.
pub(crate) fn meant(
    edition: &Edition,
    day: CivilDay,
    item: &str,
    title: &str,
) -> Result<String, Refusal> {
    let (id, words) = (folded(item), folded(title));
    let lists = || edition.lists().values();
    let all = || {
        let every = lists().flat_map(|list| list.entries.values().map(|entry| (list.id, entry)));
        every.filter(|(_, entry)| entry.in_force(day))
    };
    let negative = |kind: ListKind, entry: &ListEntry| {
        kind == ListKind::Negative && words.contains(&folded(&entry.title))
    };
    if let Some((_, entry)) = all().find(|(kind, entry)| negative(*kind, entry)) {
        return Ok(entry.id.clone());
    }
    let stated = all().find(|(_, entry)| !id.is_empty() && folded(&entry.id) == id);
    let told = all().find(|(kind, entry)| kind.asks() && folded(&entry.title) == words);
    match (stated, told) {
        (Some((_, stated)), Some((_, told)))
            if stated.id != told.id && stated.title != told.title =>
        {
            Err(Refusal::new(
                RefusalKind::Unprocessable,
                "ITEM_AND_TITLE_DIFFER",
                format!(
                    "the title is that of `{}`, the item is `{}`; name one of them",
                    told.id, stated.id
                ),
                format!(
                    "标题写的是“{}”（{}），事项写的是“{}”（{}），对不上。",
                    told.title, told.id, stated.title, stated.id
                ),
                "请按清单改成同一件事再提出。",
            ))
        }
        (Some((_, entry)), _) => Ok(entry.id.clone()),
        (None, Some((_, told))) if id.is_empty() => Ok(told.id.clone()),
        (None, _) => Ok(item.to_owned()),
    }
}

/// The fields a task asks for, by the register's own names; those of its entry on the list where the proposer
/// states none.
///
/// # Errors
/// `UNKNOWN_FIELD` for one that the register does not hold, `FIELDS_NEEDED` for a form that states none.
pub(crate) fn fields(
    edition: &Edition,
    day: CivilDay,
    item: &str,
    stated: &[String],
) -> Result<BTreeSet<String>, Refusal> {
    let entry = edition.entry(item, day);
    let listed = entry.map_or(&[][..], |(_, entry)| &entry.fields);
    let names = if stated.is_empty() { listed } else { stated };
    if names.is_empty() && entry.is_some_and(|(kind, _)| kind == ListKind::Ledger) {
        return Err(Refusal::new(
            RefusalKind::Unprocessable,
            "FIELDS_NEEDED",
            format!("`{item}` is a form; state the `fields` it asks for"),
            "这是台账报表，没有写明要填哪些数据。",
            "请在 fields 里写明每一项数据的名称。",
        ));
    }
    names.iter().map(|name| known(edition, name)).collect()
}

fn known(edition: &Edition, name: &str) -> Result<String, Refusal> {
    if let Some(field) = edition.fields().find(name) {
        return Ok(field.name.clone());
    }
    let shown: String = name.chars().filter(|c| !c.is_control() && *c != '`').take(40).collect();
    let near = edition.fields().nearest(name);
    Err(Refusal::new(
        RefusalKind::Unprocessable,
        "UNKNOWN_FIELD",
        near.map_or_else(
            || format!("`fields`: the register of data has no `{shown}`; have it registered first"),
            |near| {
                format!("`fields`: the register of data has no `{shown}`; the nearest is `{near}`")
            },
        ),
        format!("数据登记表里没有“{shown}”。"),
        near.map_or_else(
            || "请先由市里登记这项数据，写明由哪个部门掌握。".to_owned(),
            |near| format!("是不是“{near}”？不是的话，请先由市里登记这项数据。"),
        ),
    ))
}
