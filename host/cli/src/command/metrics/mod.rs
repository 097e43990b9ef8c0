//! `xiangyue metrics …`: figures computed from the lists, the record and the day. Nothing is typed in by hand,
//! and nothing is written.

mod checks;
mod duties;

use std::path::{Path, PathBuf};

use engine::Clock;
use engine::state::State;
use model::{CivilDay, DivisionCode, Refusal, RefusalKind};
use package::Package;

use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;
use crate::{package_at, store_at};

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Metrics,
}

#[derive(Debug, clap::Subcommand)]
enum Metrics {
    /// Records that are due by the due table; exit 2 when `--overdue` finds any
    Duties(duties::Arguments),
    /// Records that came late or are missing, by rule, with what the office is marked down
    Lateness(duties::Lateness),
    /// Matters drawn for spot checks, by strata of risk and a seed
    Checks(checks::Arguments),
}

/// Where the figures come from.
#[derive(Debug, clap::Args)]
struct Source {
    /// Folder of the district package
    #[arg(long, default_value = "./policies/laixi")]
    policies: PathBuf,
    /// Store that holds the record; it may be in use by a running server
    #[arg(long, default_value = store_at::DEFAULT, env = "XIANGYUE_STORE")]
    store: String,
    /// Village, township or district (twelve digits); the whole district by default
    #[arg(long)]
    village: Option<DivisionCode>,
    /// Day to look at (`2026-11-28`); by default today, or where the record's manual clock stands
    #[arg(long)]
    on: Option<CivilDay>,
}

/// What was read.
struct Ready {
    package: Package,
    state: State,
    place: DivisionCode,
    day: CivilDay,
}

impl Source {
    fn read(&self) -> Result<Ready, Failure> {
        let package = package_at::valid(package_at::load(&self.policies)?)?;
        let dir = store_at::folder(&self.store)?;
        let state = state_of(&dir)?;
        let now = state.clock.unwrap_or_else(|| Clock::System.now());
        let day = self.on.unwrap_or_else(|| now.day());
        if package.edition(day).is_none() {
            return Err(Failure::new(
                Exit::Usage,
                "NO_EDITION",
                format!("no edition is in force on `{day}`; choose a later `--on`"),
                format!("{day}还没有生效的版本。"),
                "换一个日期，或者不写 --on。",
            ));
        }
        let place = self.village.unwrap_or(package.district().code);
        Ok(Ready { package, state, place, day })
    }
}

fn state_of(dir: &Path) -> Result<State, Failure> {
    engine::replay::state_of(dir).map_err(|error| {
        Failure::new(
            Exit::Usage,
            "STORE_UNREADABLE",
            error.to_string(),
            format!("读不到存储“{}”，或者记录不完整。", dir.display()),
            "请核对存储位置；记录对不上的，运行 xiangyue journal verify 查看。",
        )
    })
}

fn refused(refusal: Refusal) -> Failure {
    let exit = match refusal.kind {
        RefusalKind::NotFound | RefusalKind::Invalid => Exit::Usage,
        _ => Exit::Failure,
    };
    let code = if refusal.code == "UNKNOWN_DIVISION" { "UNKNOWN_DIVISION" } else { "METRICS" };
    Failure::new(exit, code, refusal.message, refusal.text, refusal.help)
}

/// Computes and prints.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Metrics::Duties(arguments) => duties::run(printer, arguments),
        Metrics::Checks(arguments) => checks::run(printer, arguments),
        Metrics::Lateness(arguments) => duties::lateness(printer, arguments),
    }
}
