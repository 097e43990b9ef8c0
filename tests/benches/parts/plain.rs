//! A plain Cedar folder of any size: people in nested teams, documents in nested folders, thirty
//! policies, and the questions asked about them.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::measure::Dice;

/// Types, attributes and actions.
pub(crate) const SCHEMA: &str = r#"
entity Team in [Team];
entity User in [Team] = {
  "region": String,
  "department": String,
  "clearance": Long,
  "suspended": Bool,
  "manager"?: User,
};
entity Folder in [Folder] = { "owner": User, "department": String };
entity Document in [Folder] = {
  "owner": User,
  "home": Folder,
  "region": String,
  "level": Long,
  "state": String,
  "labels": Set<String>,
};

type Circumstances = {
  "hour": Long,
  "channel"?: String,
  "note"?: String,
};

action change;
action view, comment, share, download appliesTo {
  principal: [User], resource: [Document], context: Circumstances,
};
action edit, publish, archive, remove in [change] appliesTo {
  principal: [User], resource: [Document], context: Circumstances,
};
action list, create appliesTo { principal: [User], resource: [Folder], context: Circumstances };
action manage, join appliesTo { principal: [User], resource: [Team], context: Circumstances };
"#;

/// Thirty policies; six can matter for `view`, seven for `share`, which follow a reference.
pub(crate) const POLICIES: &str = r#"
@id("view/department") permit (principal is User, action == Action::"view", resource is Document)
when { resource.state == "published" && principal.clearance >= resource.level && principal.region == resource.region };
@id("view/owner") permit (principal is User, action in [Action::"view", Action::"edit"], resource is Document)
when { resource.owner == principal };
@id("view/everybody") permit (principal in Team::"team-0", action == Action::"view", resource in Folder::"folder-0")
when { resource.labels.contains("open") };
@id("view/inspectors") permit (principal in Team::"team-1", action in [Action::"view", Action::"download"], resource is Document);
@id("all/suspended") forbid (principal is User, action, resource)
when { principal.suspended };
@id("view/sealed") forbid (principal is User, action in [Action::"view", Action::"download"], resource is Document)
when { resource.labels.contains("sealed") && principal.clearance < 4 };

@id("share/home") permit (principal is User, action == Action::"share", resource is Document)
when { resource.home.owner == principal || resource.home.department == principal.department };
@id("share/owner") permit (principal is User, action == Action::"share", resource is Document)
when { resource.owner == principal && context.hour >= 6 && context.hour < 22 };
@id("share/manager") permit (principal is User, action == Action::"share", resource is Document)
when { principal has manager && principal.manager == resource.owner };
@id("share/region") forbid (principal is User, action == Action::"share", resource is Document)
when { resource.owner.region != principal.region && resource.level > 2 };
@id("share/internal") forbid (principal is User, action == Action::"share", resource is Document)
when { resource.labels.contains("internal") && context has channel && context.channel != "intranet" };
@id("share/draft") forbid (principal is User, action == Action::"share", resource is Document)
when { resource.state == "draft" };

@id("comment/readers") permit (principal is User, action == Action::"comment", resource is Document)
when { principal.clearance >= resource.level };
@id("comment/closed") forbid (principal is User, action == Action::"comment", resource is Document)
when { resource.state == "archived" };
@id("download/staff") permit (principal in Team::"team-0", action == Action::"download", resource is Document)
when { principal.clearance >= 2 };
@id("download/night") forbid (principal is User, action == Action::"download", resource is Document)
when { context.hour < 6 };
@id("edit/team") permit (principal in Team::"team-2", action == Action::"edit", resource in Folder::"folder-1");
@id("edit/archived") forbid (principal is User, action == Action::"edit", resource is Document)
when { resource.state == "archived" };
@id("publish/level") permit (principal is User, action == Action::"publish", resource is Document)
when { principal.clearance >= 4 && resource.state == "draft" };
@id("publish/own") forbid (principal is User, action == Action::"publish", resource is Document)
when { resource.owner == principal };
@id("archive/owner") permit (principal is User, action == Action::"archive", resource is Document)
when { resource.owner == principal };
@id("archive/office") permit (principal in Team::"team-1", action == Action::"archive", resource is Document);
@id("remove/owner") permit (principal is User, action == Action::"remove", resource is Document)
when { resource.owner == principal && resource.state == "draft" };
@id("change/office-hours") forbid (principal is User, action in Action::"change", resource is Document)
when { context.hour < 6 || context.hour >= 22 };
@id("list/department") permit (principal is User, action == Action::"list", resource is Folder)
when { resource.department == principal.department };
@id("list/owner") permit (principal is User, action == Action::"list", resource is Folder)
when { resource.owner == principal };
@id("create/owner") permit (principal is User, action == Action::"create", resource is Folder)
when { resource.owner == principal };
@id("create/department") permit (principal is User, action == Action::"create", resource is Folder)
when { resource.department == principal.department && principal.clearance >= 3 };
@id("manage/office") permit (principal in Team::"team-1", action == Action::"manage", resource is Team);
@id("join/low") permit (principal is User, action == Action::"join", resource is Team)
when { principal.clearance >= 1 };
"#;

/// How many of each type there are among so many entities.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) teams: usize,
    pub(crate) folders: usize,
    pub(crate) users: usize,
    pub(crate) documents: usize,
}

impl Size {
    /// One in a hundred is a team, one in fifty a folder, the rest people and documents.
    pub(crate) fn of(entities: usize) -> Self {
        let (teams, folders) = ((entities / 100).max(3), (entities / 50).max(2));
        let rest = entities - teams - folders;
        let users = rest * 2 / 5;
        Self { teams, folders, users, documents: rest - users }
    }
}

const REGIONS: [&str; 8] = ["north", "south", "east", "west", "coast", "hills", "lake", "town"];
const DEPARTMENTS: [&str; 6] = ["finance", "farming", "water", "roads", "schools", "records"];

fn user(number: usize) -> String {
    format!("user-{number:06}")
}

fn document(number: usize) -> String {
    format!("document-{number:06}")
}

/// The entities, one at a time.
pub(crate) fn entities(size: Size) -> impl Iterator<Item = Value> {
    let mut dice = Dice::new(7);
    let to = |kind: &str, id: &str| json!({"type": kind, "id": id});
    let reference = move |kind: &str, id: &str| json!({"__entity": to(kind, id)});
    // team and folder trees are four wide
    let parents = move |kind: &str, word: &str, number: usize| {
        if number < 4 {
            json!([])
        } else {
            json!([to(kind, &format!("{word}-{}", number / 4 - 1))])
        }
    };
    let all = size.teams + size.folders + size.users + size.documents;
    (0..all).map(move |at| {
        let mut pick = |list: &[&'static str]| list[dice.below(list.len())];
        if at < size.teams {
            return json!({"uid": to("Team", &format!("team-{at}")), "attrs": {},
                "parents": parents("Team", "team", at)});
        }
        let at = at - size.teams;
        if at < size.folders {
            let department = pick(&DEPARTMENTS);
            let owner = user(dice.below(size.users));
            return json!({"uid": to("Folder", &format!("folder-{at}")),
                "attrs": {"owner": reference("User", &owner), "department": department},
                "parents": parents("Folder", "folder", at)});
        }
        let at = at - size.folders;
        if at < size.users {
            let (region, department) = (pick(&REGIONS), pick(&DEPARTMENTS));
            let mut attrs = json!({"region": region, "department": department,
                "clearance": dice.below(6), "suspended": dice.below(50) == 0});
            if dice.below(4) > 0 {
                attrs["manager"] = reference("User", &user(dice.below(size.users)));
            }
            let team = format!("team-{}", dice.below(size.teams));
            return json!({"uid": to("User", &user(at)), "attrs": attrs, "parents": [to("Team", &team)]});
        }
        let at = at - size.users;
        let (region, state) = (pick(&REGIONS), pick(&["draft", "published", "published", "archived"]));
        let labels: Vec<&str> = ["open", "sealed", "internal", "draft"]
            .into_iter()
            .filter(|_| dice.below(3) == 0)
            .collect();
        let folder = format!("folder-{}", dice.below(size.folders));
        let owner = user(dice.below(size.users));
        json!({"uid": to("Document", &document(at)), "attrs": {
            "owner": reference("User", &owner), "home": reference("Folder", &folder),
            "region": region, "level": dice.below(6), "state": state, "labels": labels,
        }, "parents": [to("Folder", &folder)]})
    })
}

/// The entities as one file.
pub(crate) fn entities_json(size: Size) -> String {
    let mut text = String::from("[");
    for (index, entity) in entities(size).enumerate() {
        let _ = write!(text, "{}{entity}", if index == 0 { "\n" } else { ",\n" });
    }
    text.push_str("\n]\n");
    text
}

/// Writes the folder; the policies in one file.
pub(crate) fn write(to: &Path, size: Size) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::write(to.join("all.cedar"), POLICIES).unwrap();
    std::fs::write(to.join("all.cedarschema"), SCHEMA).unwrap();
    std::fs::write(to.join("entities.json"), entities_json(size)).unwrap();
}

/// Random questions of one kind.
pub(crate) fn questions(size: Size, action: &str, count: usize) -> Vec<Value> {
    let mut dice = Dice::new(11);
    (0..count)
        .map(|_| {
            json!({
                "subject": {"type": "User", "id": user(dice.below(size.users))},
                "action": {"name": action},
                "resource": {"type": "Document", "id": document(dice.below(size.documents))},
                "context": {"hour": dice.below(24), "channel": "intranet"},
            })
        })
        .collect()
}
