//! A district with any number of townships, each with one village and a small overlay of its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::district::{root, write};

use crate::measure::Dice;

/// The township that the demo's matters lie in; it is always there.
const FIRST: u64 = 370_285_102_000;
/// Townships that fit one county: the code has three digits for them.
const IN_ONE_COUNTY: u64 = 999;

/// Township codes; what does not fit the county goes into a second one.
fn townships(count: u64) -> Vec<u64> {
    let own = (370_285_001_000..=370_285_999_000).step_by(1_000).filter(|code| *code != FIRST);
    let next = (370_286_001_000..=370_286_999_000).step_by(1_000);
    let mut all = vec![FIRST];
    all.extend(own.chain(next).take(usize::try_from(count).unwrap() - 1));
    all
}

/// Its village.
fn village(township: u64) -> u64 {
    township + 259
}

/// Writes a district package of so many townships.
pub(crate) fn package(to: &Path, count: u64) -> PathBuf {
    let shipped = root().join("policies/laixi");
    let target = to.join(format!("district-{count}"));
    for part in ["district.toml", "bodies.toml", "kinds.toml", "roles.toml"] {
        std::fs::create_dir_all(&target).unwrap();
        std::fs::copy(shipped.join(part), target.join(part)).unwrap();
    }
    for part in ["parameters", "editions"] {
        copy(&shipped.join(part), &target.join(part));
    }
    let demo = std::fs::read_to_string(shipped.join("demo.toml")).unwrap();
    let demo: Vec<&str> = demo
        .lines()
        .map(|line| {
            let households = line.starts_with("households_per_village");
            if households { "households_per_village = 20" } else { line }
        })
        .collect();
    write(&target.join("demo.toml"), &demo.join("\n"));
    let mut list = String::from("code12,level,name,parent_code12,kind\n");
    let _ = writeln!(list, "370285000000,county,莱西市,370200000000,county-level");
    if count > IN_ONE_COUNTY {
        let _ = writeln!(list, "370286000000,county,测试市,370200000000,county-level");
    }
    for code in townships(count) {
        let (county, own) = (code - code % 1_000_000, village(code));
        let _ = writeln!(list, "{code},township,测试镇{code},{county},town(镇)");
        let _ = writeln!(list, "{own},village,测试村村民委员会,{code},villagers-committee(村委会)");
        overlay(&target, code);
    }
    write(&target.join("divisions.csv"), &list);
    target
}

/// A township's folder: an item of its own, three permits for it, one prohibition.
fn overlay(district: &Path, code: u64) {
    let nine = code / 1_000;
    let own = district.join(format!("townships/{nine}-t{nine}"));
    let edition = own.join("editions/2026-01-01");
    std::fs::create_dir_all(edition.join("authorization")).unwrap();
    std::fs::create_dir_all(edition.join("items")).unwrap();
    let town = format!("code = \"{code}\"\ntitle = \"测试镇{nine}\"\nextends = \"laixi\"\n");
    write(&own.join("township.toml"), &town);
    let shipped = root().join("policies/laixi/townships/370285102-xiagezhuang/editions/2026-01-01");
    let item = std::fs::read_to_string(shipped.join("items/370285102-T01.toml")).unwrap();
    let item = item.replace("370285102-T01", &format!("{nine}-T01"));
    write(&edition.join(format!("items/{nine}-T01.toml")), &item);
    let mut text = String::new();
    for (name, roles) in [("clerk", "[\"clerk\"]"), ("office", "[\"director\", \"secretary\"]")] {
        let _ = writeln!(
            text,
            "@id(\"t{nine}/T01/{name}\") @title(\"立本镇的事\") @basis(\"《测试》第1条\") @who(\"本村\")\n\
             permit (principal, action == Action::\"OpenMatter\", resource)\n\
             when {{ context.item == \"{nine}-T01\" && context has post && {roles}.contains(context.post.role) && context.post.unit == resource.code }};"
        );
    }
    let _ = writeln!(
        text,
        "@id(\"t{nine}/T01/apply\") @title(\"申请\") @basis(\"《测试》第2条\") @who(\"本村\")\n\
         permit (principal, action == Action::\"TakeStep\", resource)\n\
         when {{ resource.item == \"{nine}-T01\" && resource.step == \"APPLY\" }};\n\
         @id(\"t{nine}/P15/closed\") @title(\"不能立\") @basis(\"《测试》第3条\") @deny(\"本镇不立这件事。\")\n\
         forbid (principal, action == Action::\"OpenMatter\", resource)\n\
         when {{ context.item == \"P15\" && context has post && context.post.role == \"deputy\" }};"
    );
    write(&edition.join("authorization/feature-list.cedar"), &text);
}

/// Random questions in random townships: officers of its village open a matter, of the township's own
/// item or of the district's.
pub(crate) fn questions(count: u64, many: usize) -> Vec<Value> {
    let all = townships(count);
    let mut dice = Dice::new(17);
    (0..many)
        .map(|_| {
            let township = all[dice.below(all.len())];
            let own = village(township);
            let item = if dice.below(2) == 0 {
                format!("{}-T01", township / 1_000)
            } else {
                "P15".to_owned()
            };
            json!({
                "subject": {"type": "Person", "id": format!("{own}-p{:02}", 3 + dice.below(5))},
                "action": {"name": "OpenMatter"},
                "resource": {"type": "Village", "id": own.to_string()},
                "context": {"item": item},
            })
        })
        .collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}
