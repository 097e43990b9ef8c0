//! `xiangyue explain`, `replay` and `decisions export`: answers that were given before.

use std::path::PathBuf;

use engine::recorded::{self, Again, Kept};
use model::{CivilDay, Refusal, RefusalKind};
use serde_json::json;

use crate::Failure;
use crate::command::decide::told;
use crate::exit::Exit;
use crate::render::Printer;
use crate::{package_at, store_at};

/// Words of `explain` and `replay`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Id of the decision, as the answer carried it
    id: String,
    /// Folder of the package the decision was reached under
    #[arg(long)]
    policies: PathBuf,
    /// Store that holds the decision log
    #[arg(long, default_value = store_at::DEFAULT, env = "XIANGYUE_STORE")]
    store: String,
}

/// Words of `decisions`.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArguments {
    #[command(subcommand)]
    command: Log,
}

#[derive(Debug, clap::Subcommand)]
enum Log {
    /// Print decisions as JSON lines, oldest first
    Export {
        /// Store that holds the decision log
        #[arg(long, default_value = store_at::DEFAULT, env = "XIANGYUE_STORE")]
        store: String,
        /// First day
        #[arg(long)]
        from: Option<CivilDay>,
        /// Last day
        #[arg(long)]
        to: Option<CivilDay>,
    },
}

/// Shows a recorded decision with its reasons.
pub(crate) fn explain(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let (kept, again) = look(printer, arguments)?;
    let again = again?;
    let allowed = kept.line.effect == model::Effect::Allow;
    noted(printer, &again);
    if printer.json() {
        printer.answer(&json!({
            "id": kept.line.id, "decision": allowed, "line": kept.line, "context": again.explanation,
        }));
    } else {
        let line = &kept.line;
        printer.line(&format!(
            "{} · {} · {} · {} · {}",
            line.id,
            line.at.display(),
            line.principal,
            line.action,
            line.resource
        ));
        told(printer, allowed, &again.explanation);
    }
    Ok(Exit::Yes)
}

/// Asks a recorded decision again and compares the bytes.
pub(crate) fn replay(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let (kept, again) = look(printer, arguments)?;
    let again = again?;
    let same = kept.bytes == again.bytes;
    noted(printer, &again);
    if printer.json() {
        printer.answer(
            &json!({"id": kept.line.id, "same": same, "then": kept.line, "now": again.line}),
        );
    } else if same {
        printer.line(&format!(
            "{} {}",
            kept.line.id,
            printer.say("复核一致，逐字节相同", "same bytes as then")
        ));
    } else {
        printer.line(&format!("{} {}", kept.line.id, printer.say("复核不一致", "not the same")));
        printer.line(&format!(
            "  {} {}",
            printer.say("当时", "then"),
            String::from_utf8_lossy(&kept.bytes)
        ));
        printer.line(&format!(
            "  {} {}",
            printer.say("现在", "now"),
            String::from_utf8_lossy(&again.bytes)
        ));
    }
    Ok(if same { Exit::Yes } else { Exit::No })
}

fn noted(printer: Printer, again: &Again) {
    if let Some(note) = again.note(printer.language()) {
        printer.note(note);
    }
}

fn failure(refusal: Refusal) -> Failure {
    let exit = match refusal.kind {
        RefusalKind::NotFound => Exit::Usage,
        RefusalKind::Unprocessable => Exit::Unknown,
        _ => Exit::Failure,
    };
    Failure::new(exit, code(&refusal.code), refusal.message, refusal.text, refusal.help)
}

fn code(code: &str) -> &'static str {
    ["NOT_FOUND", "NOT_A_QUESTION", "OTHER_EDITION", "DECISIONS_UNREADABLE", "MASKED", "ERASED"]
        .into_iter()
        .find(|known| *known == code)
        .unwrap_or("DECISION")
}

type Looked = (Kept, Result<Again, Failure>);

fn look(printer: Printer, arguments: &Arguments) -> Result<Looked, Failure> {
    let dir = store_at::folder(&arguments.store)?;
    let kept = recorded::find(&dir, &arguments.id).map_err(failure)?;
    let language = printer.language();
    if let Some(at) = package_at::plain(&arguments.policies)? {
        let plain = package_at::usable(&at)?;
        let file = at.files.get(package::plain::ENTITIES).map(Vec::as_slice);
        let told = |error: engine::plain::PlainError| {
            Failure::new(
                Exit::Failure,
                error.code(),
                error.to_string(),
                "实体读不出来。",
                error.help(),
            )
        };
        let (folder, _) = engine::plain::offline(plain, None).map_err(told)?;
        let past = engine::plain::at(&dir, &folder, file, kept.line.entities).map_err(told)?;
        let again = recorded::again_in_folder(&folder, &past, &kept, language);
        return Ok((kept, again.map_err(failure)));
    }
    let snapshot = package_at::snapshot(package_at::load(&arguments.policies)?)?;
    let again = recorded::again_in_district(&dir, None, &snapshot, &kept, language, &|_| true);
    Ok((kept, again.map_err(failure)))
}

/// Exports the log.
pub(crate) fn log(printer: Printer, arguments: &LogArguments) -> Result<Exit, Failure> {
    let Log::Export { store, from, to } = &arguments.command;
    let dir = store_at::folder(store)?;
    let first = from.map(|day| day.start().0);
    let last = to.map(|day| day.start().0.saturating_add(24 * 60));
    let read = journal::read_decisions(&dir, &mut |stored| {
        let at = stored.recorded_at.0;
        if first.is_none_or(|first| at >= first) && last.is_none_or(|last| at < last) {
            printer.line(&String::from_utf8_lossy(&stored.body));
        }
        Ok(())
    });
    read.map_err(|error| {
        Failure::new(
            Exit::Failure,
            "DECISIONS_UNREADABLE",
            error.to_string(),
            "判断记录读不出来。",
            "请运行 xiangyue journal verify 查看。",
        )
    })?;
    Ok(Exit::Yes)
}
