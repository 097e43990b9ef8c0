//! `xiangyue serve`: a package over HTTP.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use engine::{Clock, Engine, EngineOptions};
use serde::{Deserialize, Serialize};
use server::{ServerOptions, Tokens, Versions};

use crate::exit::Exit;
use crate::package_at;
use crate::render::Printer;
use crate::{Failure, store_at};

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the district package
    #[arg(long)]
    policies: PathBuf,
    #[command(flatten)]
    common: Common,
    /// JSON file with `[{"sha256": "…", "person": "…"}]`; without it every write is refused
    #[arg(long)]
    tokens: Option<PathBuf>,
}

/// What `serve` and `demo` have in common.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// Where the record is kept
    #[arg(long, default_value = store_at::DEFAULT, env = "XIANGYUE_STORE")]
    pub(crate) store: String,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8181", env = "XIANGYUE_LISTEN")]
    pub(crate) listen: SocketAddr,
    /// Where the time comes from; `manual` only on loopback
    #[arg(long, value_enum, default_value_t = ClockKind::System)]
    pub(crate) clock: ClockKind,
    /// Base of the URLs that other systems are told
    #[arg(long)]
    pub(crate) public_url: Option<String>,
}

/// Where the time comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ClockKind {
    /// The machine's clock.
    System,
    /// Moved by `POST /v1/clock`; every record is marked.
    Manual,
}

/// A token as it is kept in a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HashedToken {
    sha256: String,
    person: String,
}

/// Serves a package.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    let engine = open(printer, &arguments.policies, &arguments.common)?;
    let tokens = match &arguments.tokens {
        Some(path) => read_tokens(path)?,
        None => Tokens::new(),
    };
    listen(printer, engine, tokens, &arguments.common, |_, _| {})
}

/// Opens package and store.
pub(crate) fn open(
    printer: Printer,
    policies: &Path,
    common: &Common,
) -> Result<Arc<Engine>, Failure> {
    start_logging();
    if common.clock == ClockKind::Manual && !common.listen.ip().is_loopback() {
        return Err(Failure::new(
            Exit::Usage,
            "CLOCK_NOT_ON_LOOPBACK",
            format!("`--clock manual` needs a loopback address, not `{}`", common.listen),
            "手动时钟只能用于本机演示。",
            "请去掉 --clock manual，或者监听 127.0.0.1。",
        ));
    }
    let at = package_at::load(policies)?;
    let snapshot = package_at::snapshot(at)?;
    for (township, scheme, fault) in snapshot.faults() {
        printer.note(&format!(
            "警告：{township} 的积分办法 {scheme} 不能用（{}），其他镇街照常。{}",
            fault.file, fault.error
        ));
    }
    let clock = match common.clock {
        ClockKind::System => Clock::System,
        ClockKind::Manual => Clock::manual(Clock::System.now()),
    };
    let options = EngineOptions {
        dir: store_at::folder(&common.store)?,
        clock,
        journal: engine::JournalOptions::default(),
    };
    let engine = Engine::open(snapshot, options).map_err(|error| {
        let text = format!("存储打不开：{error}");
        Failure::new(Exit::Failure, error.code(), error.to_string(), text, error.help())
    })?;
    Ok(Arc::new(engine))
}

/// Listens until told to stop; `ready` is called once with the address.
pub(crate) fn listen(
    printer: Printer,
    engine: Arc<Engine>,
    tokens: Tokens,
    common: &Common,
    ready: impl FnOnce(&Engine, SocketAddr),
) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            Exit::Failure,
            "SERVER",
            error.to_string(),
            "服务没有启动。",
            "请查看运行日志后重试。",
        )
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let listener = server::bind(common.listen).await.map_err(|error| {
            Failure::new(
                Exit::Failure,
                error.code(),
                error.to_string(),
                error.help(),
                "原有数据不受影响。",
            )
        })?;
        let address = listener.local_addr().map_err(failed)?;
        printer.line(&format!("{}http://{address}/", printer.say("首页：", "start page: ")));
        ready(&engine, address);
        let versions = Versions::new("embedded");
        let options = ServerOptions {
            public_url: common.public_url.clone(),
            tokens,
            allow_clock: common.clock == ClockKind::Manual && address.ip().is_loopback(),
            ..ServerOptions::new(address, versions)
        };
        server::serve(engine, options, listener, stop_signal()).await.map_err(failed)?;
        printer.note(printer.say("已停止；记录都已落盘。", "stopped; every record is on disk"));
        Ok(Exit::Yes)
    })
}

/// Ctrl-C, or the service manager's request to stop.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
        }
        Err(_) => drop(interrupt.await),
    }
}

fn read_tokens(path: &Path) -> Result<Tokens, Failure> {
    let unusable = |message: String| {
        Failure::new(
            Exit::Usage,
            "TOKENS_UNREADABLE",
            message,
            "令牌文件读不了。",
            "请核对 --tokens 指定的文件。",
        )
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| unusable(format!("cannot read `{}`: {error}", path.display())))?;
    let rows: Vec<HashedToken> =
        serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    let mut tokens = Tokens::new();
    for row in rows {
        tokens.insert_hash(&row.sha256, row.person).map_err(|error| unusable(error.to_string()))?;
    }
    Ok(tokens)
}

fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("XIANGYUE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}
