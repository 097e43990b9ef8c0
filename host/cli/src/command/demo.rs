//! `xiangyue demo`: the demo district, its people and a quarter of events, and curl lines that work.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use engine::Engine;
use engine::service::Service;
use serde::{Deserialize, Serialize};
use server::Tokens;

use crate::command::lines;
use crate::command::serve::{Common, Served, listen, open};
use crate::exit::Exit;
use crate::render::Printer;
use crate::{Failure, store_at};

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the demo district
    #[arg(long, default_value = "./policies/laixi")]
    policies: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// A demo role's way in. Kept beside the store, readable by its owner only, so that pasted lines go on
/// working after a restart.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Role {
    /// Person id.
    pub(crate) person: String,
    /// Bearer token.
    pub(crate) token: String,
    /// 中文：岗位.
    pub(crate) title: String,
}

/// Demo roles by name.
pub(crate) type Roles = BTreeMap<String, Role>;

/// Serves the demo district.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let engine = open(printer, &arguments.policies, &arguments.common, None)?;
    let snapshot = engine.snapshot();
    let district = &snapshot.package.district().title;
    printer.line(&format!(
        "乡约 · {district} · {}",
        printer.say("演示数据，非真实", "demo data, not real")
    ));
    let started = std::time::Instant::now();
    let mut shown = 0;
    let loaded = engine
        .load_demo(&mut |done, all| {
            if started.elapsed().as_secs() >= 2 && done >= shown + 20 {
                shown = done;
                printer.note(&format!(
                    "{} {done}/{all}",
                    printer.say("正在载入村（社区）", "loading villages")
                ));
            }
        })
        .map_err(|refusal| {
            Failure::new(Exit::Failure, "DEMO_DATA", refusal.message, refusal.text, refusal.help)
        })?;
    if let Some(loaded) = loaded {
        printer.line(&format!(
            "{}：{} 个村（社区）、{} 户、{} 条积分事件，用时 {:.1} 秒",
            printer.say("已载入演示数据", "demo data loaded"),
            loaded.villages,
            loaded.households,
            loaded.events,
            started.elapsed().as_secs_f64()
        ));
    }
    let dir = store_at::folder(&arguments.common.store)?;
    let roles = roles(&engine, &dir)?;
    let tokens =
        Tokens::from_pairs(roles.values().map(|role| (role.token.as_str(), role.person.as_str())));
    let tokens = tokens.map_err(|error| unusable(&dir, &error.to_string()))?;
    let service = Service::District(std::sync::Arc::clone(&engine));
    let served = Served { service, tokens, metadata_key: None };
    listen(printer, &served, &arguments.common, |_, address| {
        lines::print(printer, &engine, &roles, &format!("http://{address}"));
    })
}

/// The roles of the demo, with tokens made once.
fn roles(engine: &Engine, dir: &Path) -> Result<Roles, Failure> {
    let file = dir.join("demo-tokens.json");
    let mut roles: Roles = match std::fs::read_to_string(&file) {
        Ok(text) => {
            serde_json::from_str(&text).map_err(|error| unusable(&file, &error.to_string()))?
        }
        Err(_) => Roles::new(),
    };
    let wanted = wanted(engine);
    if wanted
        .iter()
        .all(|(name, person, _)| roles.get(name).is_some_and(|role| role.person == *person))
    {
        return Ok(roles);
    }
    for (name, person, title) in wanted {
        let token =
            format!("demo-{name}-{}", engine.fresh_id().map_err(|r| unusable(&file, &r.message))?);
        roles.insert(name, Role { person, token, title });
    }
    let text = serde_json::to_string_pretty(&roles).unwrap_or_default();
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&file)
        .and_then(|mut open| open.write_all(text.as_bytes()))
        .map_err(|error| unusable(&file, &error.to_string()))?;
    Ok(roles)
}

/// Role name, person and title: people of the village whose matters are open, of the other villages
/// with points, and of township and district.
fn wanted(engine: &Engine) -> Vec<(String, String, String)> {
    let snapshot = engine.snapshot();
    let Some(demo) = snapshot.package.demo() else { return Vec::new() };
    let village = demo.matters_village;
    let state = engine.read_state();
    let holder = |unit: model::DivisionCode, role: &str| {
        let prefix = format!("{unit}-");
        let post =
            state.posts.starting_with(&prefix).find(|post| post.role == role && post.unit == unit);
        post.map(|post| post.holder.clone())
    };
    let mut all: Vec<(&'static str, Option<String>, &'static str)> = vec![
        ("secretary", holder(village, "secretary"), "村党组织书记"),
        ("director", holder(village, "director"), "村委会主任"),
        ("deputy", holder(village, "deputy"), "副主任"),
        ("member", holder(village, "member"), "两委委员"),
        ("clerk", holder(village, "clerk"), "文书"),
        ("bookkeeper", holder(village, "bookkeeper"), "报账员"),
        ("custodian", holder(village, "custodian"), "印章保管员"),
        ("supervisor", holder(village, "supervisor"), "村务监督委员会委员"),
        ("board_chair", holder(village, "board-chair"), "理事长"),
        ("board_member", holder(village, "board-member"), "理事"),
        ("panel", holder(village, "panel"), "评议员"),
        ("auditor", holder(village.township(), "auditor"), "三资代理中心审核"),
        ("township_leader", holder(village.township(), "township-leader"), "镇（街道）负责人"),
        ("points_admin", holder(village.township(), "points-admin"), "镇积分管理员"),
        ("department", holder(village.county(), "department-officer"), "市级部门工作人员"),
        ("committee_office", holder(village.county(), "committee-office"), "市委办"),
        ("government_office", holder(village.county(), "government-office"), "市政府办"),
        ("finance", holder(village.county(), "finance-office"), "财政局"),
        ("data_admin", holder(village.county(), "data-admin"), "市级数据管理员"),
    ];
    // Somebody with points to spend, and the shop and clerk of the same village, for each scheme.
    for (names, scheme) in [
        (["resident", "shop", "resident_clerk", "resident_admin"], package::RuleLaw::Settle),
        (
            ["volunteer", "volunteer_shop", "volunteer_clerk", "volunteer_admin"],
            package::RuleLaw::Score,
        ),
    ] {
        let rich = richest(&snapshot, &state, scheme);
        if let Some((subject, unit)) = rich {
            let person = state.persons.get(&subject).map(|p| p.id.clone()).or_else(|| {
                let prefix = format!("{unit}-r");
                state
                    .persons
                    .starting_with(&prefix)
                    .find(|p| p.household == subject)
                    .map(|p| p.id.clone())
            });
            let [own, shop, clerk, admin] = names;
            all.push((own, person, "村民"));
            all.push((shop, holder(unit, "shop"), "积分超市"));
            all.push((clerk, holder(unit, "clerk"), "文书"));
            all.push((admin, holder(unit.township(), "points-admin"), "镇积分管理员"));
        }
    }
    let usual = all.into_iter().filter_map(|(name, person, title)| {
        person.map(|person| (name.to_owned(), person, title.to_owned()))
    });
    let district = snapshot.package.district();
    let further = demo.officers.iter().filter_map(|more| {
        let unit = match more.level {
            package::RoleLevel::Village => village,
            package::RoleLevel::Township => village.township(),
            package::RoleLevel::District => village.county(),
        };
        let title = district.roles.get(&more.role).map_or(&more.role, |role| &role.title);
        Some((more.role.replace('-', "_"), holder(unit, &more.role)?, title.clone()))
    });
    usual.chain(further).collect()
}

/// The subject with the most spendable points under a scheme of this kind, and its village.
fn richest(
    snapshot: &engine::snapshot::Snapshot,
    state: &engine::state::State,
    law: package::RuleLaw,
) -> Option<(String, model::DivisionCode)> {
    let edition = snapshot.package.editions().last()?;
    let filled = snapshot.package.demo().map_or(&[][..], |demo| &demo.filled);
    // the few villages that are filled for a scheme's sake have no part in the walk through the demo
    let schemes: Vec<&str> = edition
        .townships()
        .values()
        .flat_map(|township| township.schemes.values())
        .filter(|scheme| scheme.law == law && !filled.iter().any(|it| it.scheme == scheme.id))
        .map(|scheme| scheme.id.as_str())
        .collect();
    let entries = state.entries.iter().filter(|e| schemes.contains(&e.scheme.as_str()));
    let best = entries
        .max_by_key(|e| (state.book.spendable(&e.subject), std::cmp::Reverse(e.subject.clone())))?;
    (state.book.spendable(&best.subject).0 > 0).then(|| (best.subject.clone(), best.village))
}

fn unusable(path: &Path, message: &str) -> Failure {
    Failure::new(
        Exit::Failure,
        "DEMO_TOKENS",
        format!("`{}`: {message}", path.display()),
        "演示令牌文件不能用。",
        "请删除该文件后重新运行 demo。",
    )
}
