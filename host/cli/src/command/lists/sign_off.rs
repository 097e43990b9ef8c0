//! `xiangyue lists sign-off`: a department signs what it is in charge of; without one, who has signed.

use std::path::{Path, PathBuf};

use engine::Clock;
use model::CivilDay;
use package::{Charged, Edition, Review, SignOff, SignOffRows, SignOffStanding};
use serde_json::json;

use super::source;
use crate::Failure;
use crate::exit::Exit;
use crate::package_at;
use crate::render::Printer;

/// Where the rows begin; what stands before is kept as it is.
const ROWS: &str = "[[sign_offs]]";
/// What stands at the top of a new file.
const HEAD: &str = "# 部门审核：清单条目由写明的主管部门审核，事项和村级组织名下的条目由 [[charge]] 写明的部门审核。\n\
    # [[sign_offs]] 由 xiangyue lists sign-off 写，不用手改；内容改过以后要重新审核。写法见 docs/lists.md。\n";

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// District package
    package: PathBuf,
    /// Department that signs, e.g. 民政局; without it the command tells who has signed
    #[arg(long, requires_all = ["post", "result"])]
    department: Option<String>,
    /// Post that did the review, e.g. 政策法规科负责人; no person's name
    #[arg(long, requires = "department", value_parser = short)]
    post: Option<String>,
    /// What was found: reviewed, unlawful or needs-basis
    #[arg(long, requires = "department", value_parser = review)]
    result: Option<Review>,
    /// Remark, e.g. which entry is unlawful and why
    #[arg(long, requires = "department")]
    note: Option<String>,
    /// Edition that is signed; the latest by default
    #[arg(long, value_parser = super::day)]
    edition: Option<CivilDay>,
}

fn review(text: &str) -> Result<Review, String> {
    Review::parse(text).ok_or_else(|| "one of: reviewed, unlawful, needs-basis".to_owned())
}

fn short(text: &str) -> Result<String, String> {
    match text.trim() {
        text if (1..=60).contains(&text.chars().count()) => Ok(text.to_owned()),
        _ => Err("a post of 1 to 60 characters".to_owned()),
    }
}

/// Signs for a department, or tells who has signed.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let at = package_at::load(&arguments.package)?;
    let package =
        at.loaded.package.as_ref().ok_or_else(|| source::invalid(&at.loaded.diagnostics))?;
    let edition = match arguments.edition {
        Some(day) => package.editions().iter().find(|edition| edition.sign_offs().folder == day),
        None => package.editions().last(),
    };
    let edition = edition.ok_or_else(|| {
        usage(
            "NO_EDITION",
            "the package has no edition of that day".to_owned(),
            "没有这一天生效的版本。".to_owned(),
            "日期写 editions 下文件夹的名字。",
        )
    })?;
    let (Some(department), Some(post), Some(result)) =
        (&arguments.department, &arguments.post, arguments.result)
    else {
        return Ok(standing(printer, edition));
    };
    let charged = in_charge(edition, department)?;
    // the day of the review is when the command is run, not what somebody would like it to be
    let day = Clock::System.now().day();
    if result == Review::Reviewed {
        holds(edition, department, day)?;
    }
    let row = SignOff {
        department: department.clone(),
        post: post.clone(),
        day,
        result,
        digest: charged.digest,
        note: arguments.note.clone().unwrap_or_default(),
    };
    write(&at.root, edition, &row)?;
    if printer.json() {
        printer.answer(&json!({
            "signed": row, "entries": charged.entries, "items": charged.items,
            "file": edition.sign_offs().path(),
        }));
        return Ok(Exit::Yes);
    }
    let (entries, items) = (charged.entries.len(), charged.items.len());
    printer.line(&match printer.say("zh", "en") {
        "zh" => format!(
            "{department}（{post}）{day}审核：{}。清单条目 {entries} 条，事项 {items} 项。",
            result.title()
        ),
        _ => format!(
            "`{department}` (`{post}`) on {day}: {}; {entries} entries, {items} items",
            result.id()
        ),
    });
    printer.line(&format!("{}{}", printer.say("文件：", "file: "), edition.sign_offs().path()));
    Ok(Exit::Yes)
}

fn usage(code: &'static str, message: String, text: String, help: &str) -> Failure {
    Failure::new(Exit::Usage, code, message, text, help)
}

fn in_charge<'e>(edition: &'e Edition, department: &str) -> Result<&'e Charged, Failure> {
    let all = &edition.sign_offs().departments;
    all.get(department).ok_or_else(|| {
        let known: Vec<&str> = all.keys().map(String::as_str).collect();
        usage(
            "UNKNOWN_DEPARTMENT",
            format!(
                "`{department}` is in charge of nothing in this edition; there are: {}",
                known.join(", ")
            ),
            format!("“{department}”没有要审核的条目和事项。有的部门：{}。", known.join("、")),
            "核对部门名称；要它审核的，在 signoff.toml 的 [[charge]] 里写明。",
        )
    })
}

/// Nobody can find lawful today what rests on a law that holds no longer.
fn holds(edition: &Edition, department: &str, day: CivilDay) -> Result<(), Failure> {
    let expired = edition.expired_bases(department, day);
    let Some(first) = expired.first() else { return Ok(()) };
    Err(Failure::new(
        Exit::No,
        "BASIS_EXPIRED",
        format!("{} bases do not hold on {day}; the first: {}", expired.len(), first.message()),
        format!("审核当天有 {} 处依据已经失效，第一处：{}", expired.len(), first.text()),
        "改引现行有效的规定再审核；或者用 --result needs-basis 登记依据不足。",
    ))
}

/// Puts the row in the file, in place of the department's old one; all others stay as they are, also those of
/// departments that are in charge of nothing just now.
fn write(root: &Path, edition: &Edition, row: &SignOff) -> Result<(), Failure> {
    let place = root.join(edition.sign_offs().path());
    let old = if place.is_file() {
        String::from_utf8_lossy(&source::bytes(&place, source::FILE_BYTES_MAX)?).into_owned()
    } else {
        HEAD.to_owned()
    };
    let (rest, mut rows) = parts(&old).ok_or_else(|| unwritable(&place))?;
    let head = |line: &&str| !line.trim_start().starts_with(ROWS);
    let kept = old.lines().take_while(head).collect::<Vec<_>>().join("\n");
    rows.retain(|other| other.department != row.department);
    rows.push(row.clone());
    rows.sort_by(|a, b| a.department.cmp(&b.department));
    let written = SignOffRows { sign_offs: rows.clone() };
    let written = toml::to_string(&written).map_err(|_| unwritable(&place))?;
    let text = format!("{}\n\n{written}", kept.trim_end());
    // read again: whatever stood elsewhere in the file is still there, and the rows are these
    if parts(&text) != Some((rest, rows)) {
        return Err(unwritable(&place));
    }
    crate::written::put(&place, text.as_bytes())
}

/// The rows of a sign-off file, and all else in it.
fn parts(text: &str) -> Option<(toml::Table, Vec<SignOff>)> {
    let mut rest: toml::Table = text.parse().ok()?;
    let rows = rest.remove("sign_offs").unwrap_or_else(|| toml::Value::Array(Vec::new()));
    Some((rest, rows.try_into().ok()?))
}

fn unwritable(place: &Path) -> Failure {
    Failure::new(
        Exit::No,
        "SIGN_OFF_UNREADABLE",
        format!(
            "`{}` cannot be changed without losing something; put all `[[sign_offs]]` at its end",
            place.display()
        ),
        format!("“{}”改写后会丢内容，没有改。", place.display()),
        "把 [[charge]] 都放在前面，[[sign_offs]] 都放在文件最后，再签。",
    )
}

/// Who has signed, and why the edition may not come into force yet.
fn standing(printer: Printer, edition: &Edition) -> Exit {
    let SignOffStanding { departments, signed, faults } = edition.sign_off();
    let signs = edition.sign_offs();
    if printer.json() {
        let rows = signs.departments.iter().map(|(name, charged)| {
            json!({
                "department": name, "entries": charged.entries, "items": charged.items,
                "digest": charged.digest, "signed": charged.signed,
                "holds": charged.signed.as_ref().is_some_and(|row| {
                    row.result == Review::Reviewed && row.digest == charged.digest
                        && edition.expired_bases(name, row.day).is_empty()
                }),
            })
        });
        printer.answer(&json!({
            "edition": signs.folder, "of": departments, "signed": signed,
            "departments": rows.collect::<Vec<_>>(),
            "faults": faults.iter().map(|fault| json!({
                "code": fault.code(), "message": fault.message(), "text": fault.text(), "help": fault.help(),
            })).collect::<Vec<_>>(),
        }));
    } else {
        for (name, charged) in &signs.departments {
            let said = charged.signed.as_ref().map_or_else(
                || printer.say("没有签字", "not signed").to_owned(),
                |row| {
                    let result = printer.say(row.result.title(), row.result.id());
                    format!("{}  {result}  {}", row.day, row.post)
                },
            );
            let (entries, items) = (charged.entries.len(), charged.items.len());
            printer.line(&match printer.say("zh", "en") {
                "zh" => format!("{name}  条目 {entries}  事项 {items}  {said}"),
                _ => format!("{name}  entries {entries}  items {items}  {said}"),
            });
        }
        for fault in &faults {
            let said = printer.say(&fault.text(), &fault.message()).to_owned();
            printer.line(&format!("[{}] {said}", fault.code()));
            printer.line(&format!("  {}{}", printer.say("怎么办：", "help: "), fault.help()));
        }
        printer.line(&match printer.say("zh", "en") {
            "zh" => format!("{departments} 个部门，已审核签字 {signed} 个。"),
            _ => format!("signed off by {signed} of {departments} departments"),
        });
    }
    if faults.is_empty() { Exit::Yes } else { Exit::No }
}
