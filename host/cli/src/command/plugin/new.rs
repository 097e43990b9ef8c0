//! `plugin new`: a folder with sources, cases and the SDK itself, so that a build needs nothing else of ours.

use std::path::{Path, PathBuf};

use super::template::{self, Form, World};
use crate::Failure;
use crate::ask_rule::usage;
use crate::exit::Exit;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Name of the rule, e.g. `clean-courtyard`
    name: String,
    /// Which question it answers
    #[arg(long, value_enum, default_value_t = World::Scoring)]
    world: World,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Form::Component)]
    form: Form,
    /// Where its folder is made; the name in the current folder when left out
    #[arg(long)]
    to: Option<PathBuf>,
}

/// Writes the folder.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let name = &arguments.name;
    let shape = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty()
        || name.len() > 40
        || !name.chars().all(shape)
        || !name.starts_with(|c: char| c.is_ascii_lowercase())
        || name.ends_with('-')
    {
        return Err(usage(
            &format!("`{name}` is no name for a rule; use small letters, digits and `-`"),
            "规则的名字只能用小写字母、数字和减号，并以字母开头，例如 clean-courtyard。",
        ));
    }
    if template::taken(name) {
        return Err(usage(
            &format!(
                "`{name}` is the name of a library that the rule is built with; choose another"
            ),
            "这个名字和编译要用的库重名，请换一个名字。",
        ));
    }
    let folder = arguments.to.clone().unwrap_or_else(|| PathBuf::from(name));
    if folder.exists() {
        return Err(usage(
            &format!("`{}` exists already; choose another name or `--to`", folder.display()),
            "这个文件夹已经有了，请换一个名字，或者用 --to 指明别的位置。",
        ));
    }
    for (path, text) in template::files(arguments.world, arguments.form, name) {
        write(&folder.join(path), &text)?;
    }
    let shown = folder.display();
    if printer.json() {
        printer.answer(&serde_json::json!({"name": name, "folder": folder}));
        return Ok(Exit::Yes);
    }
    if arguments.form == Form::Script {
        printer.line(&format!(
            "{}\n  {name}.rhai   {}\n  cases/       {}\n\n  xiangyue plugin test {shown}",
            printer.say("规则写好了骨架：", "the rule has its skeleton:"),
            printer.say("规则本身，从这里改起", "the rule; start here"),
            printer.say("例子：输入和应得的结果", "cases: input and what must come out"),
        ));
        return Ok(Exit::Yes);
    }
    printer.line(&format!(
        "{}\n  src/lib.rs   {}\n  cases/       {}\n\n  xiangyue plugin build {shown}\n  xiangyue plugin test {shown}",
        printer.say("规则写好了骨架：", "the rule has its skeleton:"),
        printer.say("规则本身，从这里改起", "the rule; start here"),
        printer.say("例子：输入和应得的结果", "cases: input and what must come out"),
    ));
    Ok(Exit::Yes)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| crate::written::not_written(path, &error))
}
