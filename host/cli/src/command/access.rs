//! Who may come in, over what, and when the package is read again.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use callers::{Callers, Config, TlsFiles};
use engine::service::Service;
use server::{Gate, MetadataKey};
use tokio::signal::unix::Signal;
use traces::Traces;

use crate::Failure;
use crate::command::serve::Common;
use crate::exit::Exit;
use crate::render::Printer;

/// The gate that the words ask for. Without known callers everybody may come in, but only from this
/// machine.
pub(crate) fn gate(printer: Printer, common: &Common) -> Result<Gate, Failure> {
    let Some(path) = &common.callers else {
        let outside = [Some(common.listen), common.admin_listen].into_iter().flatten();
        if let Some(address) = outside.into_iter().find(|address| !address.ip().is_loopback()) {
            return Err(Failure::new(
                Exit::Usage,
                "OPEN_NOT_ON_LOOPBACK",
                format!(
                    "`{address}` can be reached from elsewhere, and nobody is asked who calls; name the calling systems with `--callers FILE`"
                ),
                "没有登记调用系统时只能在本机监听。",
                "请用 --callers 指定调用系统的文件（写法见 docs/callers.md），或者监听 127.0.0.1。",
            ));
        }
        printer.note(printer.say(
            "开放模式：本机上的任何程序都可以调用。对外服务前请用 --callers 登记调用系统。",
            "open mode: any program on this machine may call; use `--callers` before serving others",
        ));
        return Ok(Gate::Open);
    };
    let unusable = |message: String, help: String| {
        Failure::new(Exit::Usage, "CALLERS_UNREADABLE", message, "调用系统的文件不能用。", help)
    };
    let read = |path: &Path| std::fs::read(path).map_err(|error| error.to_string());
    let bytes = read(path).map_err(|error| {
        unusable(format!("cannot read `{}`: {error}", path.display()), "请核对文件名。".to_owned())
    })?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let config = Config::parse(&text, &|name| read(&folder.join(name))).map_err(|error| {
        let place = format!("{}:{}", path.display(), error.line());
        unusable(format!("{place}: {error}"), error.help().to_owned())
    })?;
    for note in config.notes() {
        printer.note(note);
    }
    let known = Callers::new(config)
        .map_err(|error| unusable(error.to_string(), error.help().to_owned()))?;
    Ok(Gate::of(known))
}

/// Rules without a proof are for trying things out: only this machine may ask, and it is told.
pub(crate) fn loopback_for_unproved(printer: Printer, common: &Common) -> Result<(), Failure> {
    if !common.allow_unproved {
        return Ok(());
    }
    let mut outside = [Some(common.listen), common.admin_listen].into_iter().flatten();
    if let Some(address) = outside.find(|address| !address.ip().is_loopback()) {
        return Err(Failure::new(
            Exit::Usage,
            "UNPROVED_NOT_ON_LOOPBACK",
            format!(
                "`--allow-unproved` needs a loopback address, not `{address}`; prove the package instead"
            ),
            "没有证明的规矩只能在本机试用。",
            "请运行 xiangyue prove 后去掉 --allow-unproved，或者监听 127.0.0.1。",
        ));
    }
    printer.note(printer.say(
        "警告：没有证明、部门没有审核签字的规矩也会生效（--allow-unproved）。只供试用，不能用来办真事。",
        "warning: rules that are not proved or not signed off are put in force (`--allow-unproved`); for trying things out only",
    ));
    Ok(())
}

/// The TLS settings that the words ask for.
pub(crate) fn tls(common: &Common) -> Result<Option<Arc<rustls::ServerConfig>>, Failure> {
    let (Some(certificate), Some(key)) = (&common.tls_certificate, &common.tls_key) else {
        return Ok(None);
    };
    let read = |path: &PathBuf| {
        std::fs::read(path).map_err(|error| {
            Failure::new(
                Exit::Usage,
                "TLS_UNREADABLE",
                format!("cannot read `{}`: {error}", path.display()),
                "证书或者私钥文件打不开。",
                "请核对文件名和权限。",
            )
        })
    };
    let client_ca = common.tls_client_ca.as_ref().map(read).transpose()?;
    let (certificate, key) = (read(certificate)?, read(key)?);
    let files = TlsFiles {
        certificate: &certificate,
        key: &key,
        client_ca: client_ca.as_deref(),
        client_required: common.tls_client_required,
    };
    callers::server_config(&files).map(Some).map_err(|error| {
        Failure::new(Exit::Usage, error.code(), error.to_string(), "证书不能用。", error.help())
    })
}

/// The key that signs the metadata document.
pub(crate) fn metadata_key(path: &Path) -> Result<MetadataKey, Failure> {
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::new(
            Exit::Usage,
            "METADATA_KEY_UNREADABLE",
            format!("cannot read `{}`: {error}", path.display()),
            "签名元数据的私钥文件打不开。",
            "请核对 --metadata-key 指定的文件名和权限。",
        )
    })?;
    MetadataKey::from_pem(&bytes).map_err(|error| {
        Failure::new(
            Exit::Usage,
            error.code(),
            format!("`{}`: {error}", path.display()),
            "签名元数据的私钥不能用。",
            error.help(),
        )
    })
}

/// Where the spans of requests go.
pub(crate) fn traces(common: &Common) -> Result<Traces, Failure> {
    Traces::start(&common.traces, env!("CARGO_PKG_VERSION")).map_err(|error| {
        Failure::new(
            Exit::Usage,
            error.code(),
            error.to_string(),
            "链路追踪没有启动。",
            error.help(),
        )
    })
}

/// Reads the package again on SIGHUP, and every so often when asked to watch it; once an hour lets go
/// of decisions that need not be kept any longer.
pub(crate) async fn upkeep(
    service: Service,
    mut hangup: Signal,
    watch: Option<u64>,
    keep_days: Option<u32>,
    stop: impl Future<Output = ()> + Send,
) {
    let mut tick = tokio::time::interval(Duration::from_secs(watch.unwrap_or(86_400)));
    let mut hour = tokio::time::interval(Duration::from_hours(1));
    tick.tick().await;
    tokio::pin!(stop);
    loop {
        let retain = tokio::select! {
            () = &mut stop => return,
            told = hangup.recv() => if told.is_none() { return } else { None },
            _ = tick.tick(), if watch.is_some() => None,
            _ = hour.tick(), if keep_days.is_some() => keep_days,
        };
        let service = service.clone();
        // What comes of it is in the log and in the status; a broken package changes nothing.
        let _ = tokio::task::spawn_blocking(move || match retain {
            Some(days) => service.retain(days),
            None => reload(&service),
        })
        .await;
    }
}

fn reload(service: &Service) {
    let _ = match service {
        Service::District(engine) => engine.reload().map(drop),
        Service::Plain(engine) => engine.reload().map(drop),
    };
}
