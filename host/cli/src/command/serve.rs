//! `xiangyue serve`: a package over HTTP.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use engine::follow::FollowOptions;
use engine::plain::{PlainEngine, PlainError};
use engine::service::Service;
use engine::{Clock, Engine, EngineOptions, OpenError};
use serde::{Deserialize, Serialize};
use server::{Desk, MetadataKey, ServerOptions, Tokens, Versions};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::command::{access, follow};
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
    /// Private key in PEM (PKCS#8, Ed25519 or EC P-256) that signs the metadata document
    #[arg(long)]
    metadata_key: Option<PathBuf>,
    #[command(flatten)]
    follow: follow::Words,
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
    /// TOML file of the calling systems; without it everybody may ask, and only on loopback
    #[arg(long)]
    pub(crate) callers: Option<PathBuf>,
    /// Certificate chain in PEM; then HTTPS is spoken
    #[arg(long, requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// Private key in PEM
    #[arg(long, requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Authorities in PEM whose client certificates are taken
    #[arg(long, requires = "tls_certificate")]
    pub(crate) tls_client_ca: Option<PathBuf>,
    /// Refuse clients without a certificate
    #[arg(long, requires = "tls_client_ca")]
    pub(crate) tls_client_required: bool,
    /// Address of the routes of administration (metrics, packages, recorded decisions), which are
    /// then only there
    #[arg(long)]
    pub(crate) admin_listen: Option<SocketAddr>,
    /// Milliseconds between syncs of the decision log: what a power cut can lose
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub(crate) decisions_sync_ms: u64,
    /// Mebibytes of decisions that may wait for the disk before callers wait too
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    pub(crate) decisions_waiting_mib: u64,
    /// What happens when so many wait: callers wait for the disk, or are refused at once and counted
    #[arg(long, value_enum, default_value_t = WhenFull::Wait)]
    pub(crate) decisions_full: WhenFull,
    /// Days for which decisions are kept; for ever when left out
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) decisions_keep_days: Option<u32>,
    /// Look every so many seconds whether the package has changed
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) watch: Option<u64>,
    /// Put rules in force that are not proved or not signed off as they stand: for trying things out, on
    /// loopback and without `--callers` only
    #[arg(long, conflicts_with = "callers")]
    pub(crate) allow_unproved: bool,
    /// Of a thousand calls of rule components, how many are run a second time by an interpreter and compared in
    /// result and fuel; 0 for none
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub(crate) cross_check: u32,
    #[command(flatten)]
    pub(crate) traces: traces::Words,
}

/// What happens when too many decisions wait for the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum WhenFull {
    /// Callers wait.
    Wait,
    /// Callers are refused and counted.
    Refuse,
}

/// Where the time comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ClockKind {
    /// The machine's clock.
    System,
    /// Moved by `POST /v1/clock`; every record is marked.
    Manual,
}

/// What is served.
#[derive(Debug)]
pub(crate) struct Served {
    /// What answers.
    pub(crate) service: Service,
    /// Who may write.
    pub(crate) tokens: Tokens,
    /// What signs the metadata document.
    pub(crate) metadata_key: Option<MetadataKey>,
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
    let tokens = match &arguments.tokens {
        Some(path) => read_tokens(path)?,
        None => Tokens::new(),
    };
    let metadata_key = arguments.metadata_key.as_deref().map(access::metadata_key).transpose()?;
    if let Some(key) = &metadata_key {
        let words = printer.say("签名元数据的公钥：", "public key of the signed metadata: ");
        printer.line(&format!("{words}{}", key.jwks()));
    }
    let (link, follow) = arguments.follow.leader()?.unzip();
    let service = match package_at::plain(&arguments.policies)? {
        Some(at) => {
            arguments.follow.not_a_folder()?;
            Service::Plain(open_plain(printer, &at, &arguments.common)?)
        }
        None => Service::District(open(printer, &arguments.policies, &arguments.common, follow)?),
    };
    // Until the end: it follows while it is there.
    let _following = follow::start(printer, service.district(), link)?;
    let served = Served { service, tokens, metadata_key };
    listen(printer, &served, &arguments.common, |_, _| {})
}

/// Opens a plain Cedar folder and its store.
fn open_plain(
    printer: Printer,
    at: &package_at::PlainAt,
    common: &Common,
) -> Result<Arc<PlainEngine>, Failure> {
    start_logging();
    loopback_for_manual(common)?;
    let plain = package_at::usable(at)?;
    for warning in &at.loaded.diagnostics {
        printer.note(&package_at::place(warning));
    }
    let options = EngineOptions {
        root: Some(at.root.clone()),
        decisions: decisions(common),
        ..EngineOptions::new(store_at::folder(&common.store)?, clock(common, false))
    };
    let file = at.files.get(package::plain::ENTITIES).map(Vec::as_slice);
    let started = std::time::Instant::now();
    let mut shown = 0;
    let engine = PlainEngine::open(&at.root, plain, file, options, &mut |done, all| {
        if started.elapsed().as_secs() >= 2 && done >= shown + 10_000 {
            shown = done;
            let words = printer.say("正在读入实体", "reading entities");
            printer.note(&format!("{words} {done}/{all}"));
        }
    });
    let engine = engine.map_err(|error| {
        let exit = match error {
            PlainError::Entities(_) | PlainError::Policies(_) | PlainError::DoNotFit { .. } => {
                Exit::No
            }
            _ => Exit::Failure,
        };
        let text = format!("没有启动：{error}");
        Failure::new(exit, error.code(), error.to_string(), text, error.help())
    })?;
    let current = engine.current();
    printer.line(&match printer.say("zh", "en") {
        "zh" => format!(
            "Cedar 文件夹：{} 条规矩、{} 个实体",
            current.folder.policy_count(),
            current.entities.len()
        ),
        _ => format!(
            "cedar folder: {} policies, {} entities",
            current.folder.policy_count(),
            current.entities.len()
        ),
    });
    Ok(Arc::new(engine))
}

fn decisions(common: &Common) -> engine::DecisionOptions {
    let full = match common.decisions_full {
        WhenFull::Wait => journal::Full::Wait { at_most: std::time::Duration::from_secs(5) },
        WhenFull::Refuse => journal::Full::Refuse,
    };
    engine::DecisionOptions {
        sync_interval: std::time::Duration::from_millis(common.decisions_sync_ms),
        unsynced_bytes_max: common.decisions_waiting_mib.saturating_mul(1 << 20),
        full,
        ..engine::DecisionOptions::default()
    }
}

/// How rules run here; what was compiled is kept beside the record.
fn rule_options(common: &Common, store: &Path) -> rules::HostOptions {
    let limits =
        rules::Limits { cross_check_permille: common.cross_check, ..rules::Limits::default() };
    rules::HostOptions {
        limits,
        cache: Some(store.join("rules-cache")),
        ..rules::HostOptions::default()
    }
}

/// The clock; one that is moved by hand starts at the beginning where the leader says what time it is.
fn clock(common: &Common, follows: bool) -> Clock {
    match common.clock {
        ClockKind::System => Clock::System,
        ClockKind::Manual if follows => Clock::manual(model::Minute(0)),
        ClockKind::Manual => Clock::manual(Clock::System.now()),
    }
}

fn loopback_for_manual(common: &Common) -> Result<(), Failure> {
    if common.clock == ClockKind::Manual && !common.listen.ip().is_loopback() {
        return Err(Failure::new(
            Exit::Usage,
            "CLOCK_NOT_ON_LOOPBACK",
            format!("`--clock manual` needs a loopback address, not `{}`", common.listen),
            "手动时钟只能用于本机演示。",
            "请去掉 --clock manual，或者监听 127.0.0.1。",
        ));
    }
    Ok(())
}

/// Opens package and store.
pub(crate) fn open(
    printer: Printer,
    policies: &Path,
    common: &Common,
    follow: Option<FollowOptions>,
) -> Result<Arc<Engine>, Failure> {
    start_logging();
    loopback_for_manual(common)?;
    access::loopback_for_unproved(printer, common)?;
    let at = package_at::load(policies)?;
    let root = at.root.clone();
    let dir = store_at::folder(&common.store)?;
    let rules = rule_options(common, &dir);
    let snapshot = package_at::served(at, &rules)?;
    for (township, scheme, fault) in snapshot.faults() {
        printer.note(&format!(
            "警告：{township} 的积分办法 {scheme} 不能用（{}），其他镇街照常。{}",
            fault.file, fault.error
        ));
    }
    let options = EngineOptions {
        root: Some(root),
        allow_unproved: common.allow_unproved,
        decisions: decisions(common),
        rules,
        ..EngineOptions::new(dir, clock(common, follow.is_some()))
    };
    let options = EngineOptions { follow, ..options };
    let engine = Engine::open(snapshot, options).map_err(|error| {
        let (exit, text) = match &error {
            OpenError::Proof(fault) => (Exit::No, fault.text()),
            _ => (Exit::Failure, format!("存储打不开：{error}")),
        };
        Failure::new(exit, error.code(), error.to_string(), text, error.help())
    })?;
    Ok(Arc::new(engine))
}

/// Listens until told to stop; `ready` is called once with the address.
pub(crate) fn listen(
    printer: Printer,
    served: &Served,
    common: &Common,
    ready: impl FnOnce(&Service, SocketAddr),
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
    let service = &served.service;
    let gate = Arc::new(access::gate(printer, common)?);
    let tls = access::tls(common)?;
    let traces = access::traces(common)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let stopped = runtime.block_on(async {
        // Before the address is told: whoever reads it may ask to stop or to reload at once.
        let mut signals = Signals::new().map_err(failed)?;
        let listener = bound(common.listen).await?;
        let address = listener.local_addr().map_err(failed)?;
        let admin = match common.admin_listen {
            Some(address) => Some(bound(address).await?),
            None => None,
        };
        let scheme = if tls.is_some() { "https" } else { "http" };
        printer.line(&format!("{}{scheme}://{address}/", printer.say("首页：", "start page: ")));
        if let Some(admin) = &admin {
            let at = admin.local_addr().map_err(failed)?;
            printer.line(&format!("{}{scheme}://{at}/", printer.say("管理：", "administration: ")));
        }
        ready(service, address);
        let options = |address, desk| ServerOptions {
            public_url: common.public_url.clone(),
            metadata_key: served.metadata_key.clone(),
            tokens: served.tokens.clone(),
            gate: Arc::clone(&gate),
            desk,
            tls: tls.is_some(),
            traces: traces.clone(),
            allow_clock: common.clock == ClockKind::Manual && common.listen.ip().is_loopback(),
            ..ServerOptions::new(address, Versions::new("embedded"))
        };
        let (told, stopping) = tokio::sync::watch::channel(false);
        let stop = || {
            let mut stopping = stopping.clone();
            async move { drop(stopping.wait_for(|stop| *stop).await) }
        };
        tokio::spawn(access::upkeep(
            service.clone(),
            signals.hangup,
            common.watch,
            common.decisions_keep_days,
            stop(),
        ));
        let desk = if admin.is_some() { Desk::Public } else { Desk::Both };
        let public =
            server::serve(service.clone(), options(address, desk), listener, tls.clone(), stop());
        let admin = async {
            if let Some(admin) = admin {
                let at = admin.local_addr().unwrap_or(address);
                let options = options(at, Desk::Admin);
                server::serve(service.clone(), options, admin, tls.clone(), stop()).await;
            }
        };
        let stopped = async {
            tokio::select! {
                _ = signals.interrupt.recv() => {}
                _ = signals.terminate.recv() => {}
            }
            let _ = told.send(true);
        };
        tokio::join!(public, admin, stopped);
        printer.note(printer.say("已停止；记录都已落盘。", "stopped; every record is on disk"));
        Ok(Exit::Yes)
    });
    traces.finish();
    stopped
}

async fn bound(address: SocketAddr) -> Result<tokio::net::TcpListener, Failure> {
    server::bind(address).await.map_err(|error| {
        Failure::new(
            Exit::Failure,
            error.code(),
            error.to_string(),
            error.help(),
            "原有数据不受影响。",
        )
    })
}

/// What the service manager, or a person at the terminal, may send.
#[derive(Debug)]
struct Signals {
    /// Ctrl-C.
    interrupt: Signal,
    /// Please stop.
    terminate: Signal,
    /// Please reload.
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
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
