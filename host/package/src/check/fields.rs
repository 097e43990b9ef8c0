//! The register of data fields: each name once, each holder a department of the lists; and no form on the
//! lists that asks for what a department holds already.

use std::collections::{BTreeMap, BTreeSet};

use crate::data_field::nearest;
use crate::diagnostic::{Findings, Words, code, words};
use crate::gather::{Gathered, Read};
use crate::layout::Kind;
use crate::read::FieldsFile;
use crate::wording::folded;
use crate::{DataField, DataFields};

/// Checks the register, and the lists of every edition against it.
pub(crate) fn fields(all: &Gathered<'_>, findings: &mut Findings) {
    if let Some(register) = &all.fields {
        names(register, findings);
        holders(register, all, findings);
    } else if findings.mentions("fields.toml") {
        // with the register unreadable, nothing can be said about what forms ask for
        return;
    }
    let fields = all.fields.iter().flat_map(|read| read.value.fields.clone());
    let register = DataFields::new(fields);
    for read in all.base.editions.values().flat_map(|folder| &folder.lists) {
        for (index, entry) in read.value.entries.iter().enumerate() {
            for (at, name) in entry.fields.iter().enumerate() {
                let place = read.doc.place(&format!("/entries/{index}/fields/{at}"));
                match register.find(name) {
                    None => findings.error(
                        code::UNKNOWN_FIELD,
                        place,
                        unknown(name, register.nearest(name)),
                    ),
                    Some(field) if field.is_held() => {
                        findings.error(code::FIELD_HELD, place, held(&entry.id, field));
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

fn names(register: &Read<'_, FieldsFile>, findings: &mut Findings) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (index, field) in register.value.fields.iter().enumerate() {
        for (at, name) in field.names().enumerate() {
            let pointer = at.checked_sub(1).map_or_else(
                || format!("/fields/{index}/name"),
                |alias| format!("/fields/{index}/aliases/{alias}"),
            );
            let Some(other) = seen.insert(folded(name), &field.name) else { continue };
            findings.error(
                code::DUPLICATE_FIELD,
                register.doc.place(&pointer),
                words(
                    format!("`{name}` names two fields, `{other}` and `{}`", field.name),
                    format!("“{name}”写了两次：“{other}”和“{}”。", field.name),
                    "每个名称和别名只能指一项数据，请删掉一个。",
                ),
            );
        }
        if field.holder.is_empty() != field.system.is_empty() {
            let place = register.doc.place(&format!("/fields/{index}/name"));
            findings.error(code::WRONG_VALUE, place, half(field));
        }
    }
}

fn half(field: &DataField) -> Words {
    words(
        format!("`{}` has a holder without a system, or a system without a holder", field.name),
        format!("“{}”只写了掌握的部门或者系统中的一个。", field.name),
        "holder（哪个部门掌握）和 system（在哪个系统）要么都写，要么都不写。",
    )
}

/// Holders must be departments that the lists name; without any list nothing can be said.
fn holders(register: &Read<'_, FieldsFile>, all: &Gathered<'_>, findings: &mut Findings) {
    let folders = || all.base.editions.values();
    if folders().any(|folder| folder.broken.contains(&Kind::List)) {
        return;
    }
    let entries = folders().flat_map(|folder| &folder.lists).flat_map(|read| &read.value.entries);
    let known: BTreeSet<&str> = entries
        .flat_map(|entry| std::iter::once(&entry.department).chain(&entry.support))
        .map(String::as_str)
        .collect();
    if known.is_empty() {
        return;
    }
    for (index, field) in register.value.fields.iter().enumerate() {
        if !field.is_held() || known.contains(field.holder.as_str()) {
            continue;
        }
        let near = nearest(&field.holder, known.iter().copied());
        findings.error(
            code::UNKNOWN_DEPARTMENT,
            register.doc.place(&format!("/fields/{index}/holder")),
            words(
                format!("no list names a department `{}`{}", field.holder, like(near)),
                format!("清单里没有“{}”这个部门。", field.holder),
                near.map_or_else(
                    || "部门名称要和清单里写的一样。".to_owned(),
                    |near| format!("是不是“{near}”？部门名称要和清单里写的一样。"),
                ),
            ),
        );
    }
}

fn like(near: Option<&str>) -> String {
    near.map(|near| format!("; the nearest is `{near}`")).unwrap_or_default()
}

fn unknown(name: &str, near: Option<&str>) -> Words {
    words(
        format!("the register of data has no field `{name}`{}", like(near)),
        format!("数据登记表里没有“{name}”。"),
        near.map_or_else(
            || "先在 fields.toml 里登记这项数据，写明由哪个部门掌握。".to_owned(),
            |near| format!("是不是“{near}”？不是的话，先在 fields.toml 里登记。"),
        ),
    )
}

fn held(entry: &str, field: &DataField) -> Words {
    words(
        format!("`{entry}` asks for `{}`, which `{}` holds", field.name, field.holder),
        format!(
            "“{entry}”要填“{}”，这项数据{}已经掌握（{}）。",
            field.name, field.holder, field.system
        ),
        format!("从 fields 里删掉，向{}取。", field.holder),
    )
}
