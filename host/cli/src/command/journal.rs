//! `xiangyue journal verify`: the whole record read again, beside a running server too.

use serde_json::json;

use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;
use crate::store_at;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Journal,
}

#[derive(Debug, clap::Subcommand)]
enum Journal {
    /// Verify every record, every chain, every personal commitment and the books
    Verify {
        /// Store to read, e.g. `embedded:./data`
        #[arg(long, default_value = store_at::DEFAULT)]
        store: String,
    },
}

/// Looks at the record.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let Journal::Verify { store } = &arguments.command;
    let dir = store_at::folder(store)?;
    let (report, folded) = engine::replay::verify(&dir).map_err(|error| {
        Failure::new(
            Exit::Usage,
            "STORE_UNREADABLE",
            error.to_string(),
            format!("读不到存储“{}”。", dir.display()),
            "请核对存储位置；第一次使用请先运行 xiangyue demo。",
        )
    })?;
    let holds = report.holds() && folded.is_none();
    let books = folded.as_ref().map(ToString::to_string);
    if printer.json() {
        printer.answer(&json!({"holds": holds, "report": report, "books": books}));
    } else {
        let said = format!(
            "{}{} · {}{} · {}{} · {}{}",
            printer.say("记录 ", "records "),
            report.records,
            printer.say("条链 ", "chains "),
            report.chains.len(),
            printer.say("决定 ", "decisions "),
            report.decisions,
            printer.say("个人资料 ", "personal files "),
            report.personal,
        );
        printer.line(&said);
        if let Some(from) = &report.retained_from {
            printer.line(&format!(
                "{}{}",
                printer.say(
                    "判断记录按保存期清理过，现存自第 ",
                    "decisions were let go of by age; kept from record "
                ),
                from.record
            ));
        }
        for finding in &report.findings {
            printer.line(&format!("{}{finding}", printer.say("不符：", "does not hold: ")));
        }
        if let Some(books) = &books {
            printer.line(&format!("{}{books}", printer.say("账目不符：", "does not hold: ")));
        }
        for note in &report.notes {
            printer.line(&format!("{}{note}", printer.say("说明：", "note: ")));
        }
        let verdict = if holds {
            printer.say(
                "核对无误：每一条已确认的记录都在，且未被改动。",
                "holds: every acknowledged record is there, unchanged",
            )
        } else {
            printer.say(
                "核对不符：请停止写入，保留原文件，按上面的位置查找。",
                "does not hold: stop writing, keep the files, look at the place above",
            )
        };
        printer.line(verdict);
    }
    Ok(if holds { Exit::Yes } else { Exit::No })
}
