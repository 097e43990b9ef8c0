//! Words of `serve` for a host that follows another.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::Engine;
use engine::follow::FollowOptions;
use follower::{Follower, Leader, Link};

use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;

/// Whom to follow, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Words {
    /// Follow the host at this address: copy its record, answer from the copy, record nothing
    #[arg(long, value_name = "URL")]
    follow: Option<String>,
    /// File with the key that the leader knows this host by
    #[arg(long, value_name = "FILE", requires = "follow")]
    follow_key: Option<PathBuf>,
    /// Authorities in PEM that may have signed the leader's certificate
    #[arg(long, value_name = "FILE", requires = "follow")]
    follow_ca: Option<PathBuf>,
    /// Milliseconds after which a copy is too old to answer from
    #[arg(long, default_value_t = 1_000, requires = "follow", value_parser = clap::value_parser!(u64).range(50..=1_000))]
    follow_limit_ms: u64,
}

impl Words {
    /// Whether another host is followed.
    pub(crate) fn follows(&self) -> bool {
        self.follow.is_some()
    }

    /// The way to the leader and how it is followed; none for a host that leads.
    pub(crate) fn leader(&self) -> Result<Option<(Link, FollowOptions)>, Failure> {
        let Some(url) = &self.follow else { return Ok(None) };
        let read = |path: &Path| {
            std::fs::read(path).map_err(|error| {
                Failure::new(
                    Exit::Usage,
                    "FOLLOW_UNREADABLE",
                    format!("cannot read `{}`: {error}", path.display()),
                    "跟随用的钥匙或者证书文件打不开。",
                    "请核对 --follow-key 和 --follow-ca 指定的文件名和权限。",
                )
            })
        };
        let key = self.follow_key.as_deref().map(read).transpose()?;
        let key = key.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
        let ca = self.follow_ca.as_deref().map(read).transpose()?;
        let link = Link::new(&Leader { url: url.clone(), key, ca }).map_err(|error| {
            Failure::new(
                Exit::Usage,
                error.code(),
                error.to_string(),
                "不能这样跟随主机。",
                error.help(),
            )
        })?;
        // An address on this machine is no secret to those who ask here; the leader tells any other itself.
        let told =
            if link.is_local() { url.trim_end_matches('/').to_owned() } else { String::new() };
        let limit = Duration::from_millis(self.follow_limit_ms);
        Ok(Some((link, FollowOptions { limit, told })))
    }

    /// Plain folders cannot be followed.
    pub(crate) fn not_a_folder(&self) -> Result<(), Failure> {
        if !self.follows() {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Usage,
            "FOLLOW_NEEDS_DISTRICT",
            "a plain Cedar folder cannot follow another host; only a district package can",
            "普通 Cedar 文件夹不能跟随主机，区市的规矩包才可以。",
            "请去掉 --follow，或者用 --policies 指定区市的规矩包。",
        ))
    }
}

/// Begins to follow, where there is somebody to be followed.
pub(crate) fn start(
    printer: Printer,
    engine: Option<&Arc<Engine>>,
    link: Option<Link>,
) -> Result<Option<Follower>, Failure> {
    let (Some(engine), Some(link)) = (engine, link) else { return Ok(None) };
    printer.note(printer.say(
        "跟随模式：本机抄主机的记录，只供查询和判断；不能确认是最新时一律不能办。登记请到主机。",
        "following: this host copies the leader's record and only answers; whatever may be old is denied; write to the leader",
    ));
    Follower::start(Arc::clone(engine), link).map(Some).map_err(|error| {
        Failure::new(
            Exit::Failure,
            "SERVER",
            format!("the thread that follows cannot be started: {error}"),
            "服务没有启动。",
            "请查看运行日志后重试。",
        )
    })
}
