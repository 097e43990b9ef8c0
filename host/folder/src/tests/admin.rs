//! The built-in rules for calling systems, as one table.

use crate::{Act, Admin, Who};

const ACTS: [Act; 9] = [
    Act::Ask,
    Act::Search,
    Act::ReadEntities,
    Act::WriteEntities,
    Act::ReadPackage,
    Act::PublishPackage,
    Act::ReadDecision,
    Act::ReadMetrics,
    Act::Follow,
];

fn row(admin: &Admin, role: &str, townships: &[&str], at: &str) -> String {
    let who = Who {
        id: "s".to_owned(),
        roles: vec![role.to_owned()],
        townships: townships.iter().map(|t| (*t).to_owned()).collect(),
        via: "key".to_owned(),
    };
    let mut row: String =
        ACTS.iter().map(|act| if admin.allows(&who, *act, at) { '1' } else { '0' }).collect();
    row.push(if admin.shows(&who, "kinship", at) { '1' } else { '0' });
    row
}

#[test]
fn each_role_may_what_its_word_says() {
    let admin = Admin::new(&[]).unwrap();
    for (role, want) in [
        ("asker", "1100000000"),
        ("reader", "0010100100"),
        ("writer", "0011100100"),
        ("publisher", "0010110100"),
        ("auditor", "0010101101"),
        ("admin", "1111111100"),
        ("monitor", "0000000100"),
        ("follower", "0000000010"),
        ("nobody", "0000000000"),
    ] {
        assert_eq!(row(&admin, role, &[], ""), want, "{role}");
    }
}

#[test]
fn a_confined_caller_stays_in_its_township() {
    let admin = Admin::new(&[]).unwrap();
    assert_eq!(row(&admin, "asker", &["370285102000"], "370285102000"), "1100000000");
    assert_eq!(row(&admin, "asker", &["370285102000"], ""), "0000000000");
    assert_eq!(row(&admin, "admin", &["370285102000"], "370285106000"), "0000000000");
}

#[test]
fn own_rules_replace_the_built_in_ones_and_bad_ones_are_named() {
    let own = |text: &str| Admin::new(&[("callers/own.cedar".to_owned(), text.to_owned())]);
    let only =
        own(r#"permit(principal == Caller::"a", action == Action::"Ask", resource);"#).unwrap();
    let who = |id: &str| Who { id: id.to_owned(), ..Who::default() };
    assert!(only.allows(&who("a"), Act::Ask, ""));
    assert!(!only.allows(&who("b"), Act::Ask, "") && !only.allows(&who("a"), Act::Search, ""));
    assert!(own("permit(principal,").unwrap_err().contains("callers/own.cedar"));
    assert!(own("permit(principal, action, resource) when { principal.rank > 3 };").is_err());
}
