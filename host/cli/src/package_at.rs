//! From a path to a package, with every diagnostic.

use std::path::{Path, PathBuf};

use engine::files::read_package;
use engine::snapshot::Snapshot;
use package::{Diagnostic, Loaded, Package, Severity};
use rules::{HostOptions, Limits, RuleError, RuleHost};

use crate::Failure;
use crate::exit::Exit;

/// A loaded package with the part of it that was asked about.
#[derive(Debug)]
pub(crate) struct At {
    /// Folder that holds `district.toml`.
    pub(crate) root: PathBuf,
    /// Path within it that was asked about; empty = all of it.
    pub(crate) part: String,
    /// What loading found.
    pub(crate) loaded: Loaded,
}

/// A plain Cedar folder with its files.
pub(crate) struct PlainAt {
    /// The folder.
    pub(crate) root: PathBuf,
    /// Its files.
    pub(crate) files: package::Files,
    /// What loading found.
    pub(crate) loaded: package::plain::PlainLoaded,
}

/// The plain Cedar folder at a path, when it is one and lies in no district package.
pub(crate) fn plain(path: &Path) -> Result<Option<PlainAt>, Failure> {
    let Ok(root) = path.canonicalize() else { return Ok(None) };
    if !root.is_dir() || root.ancestors().any(|folder| folder.join("district.toml").is_file()) {
        return Ok(None);
    }
    let files = read_package(&root).map_err(|error| {
        Failure::new(
            Exit::Usage,
            "PACKAGE_UNREADABLE",
            error.to_string(),
            format!("打不开文件夹“{}”。", path.display()),
            "请核对路径和权限。",
        )
    })?;
    if !package::plain::is_plain(&files) {
        return Ok(None);
    }
    let loaded = package::plain::load(&files);
    Ok(Some(PlainAt { root, files, loaded }))
}

/// A plain folder that can serve, or the reasons why not.
pub(crate) fn usable(at: &PlainAt) -> Result<&package::plain::Plain, Failure> {
    let diagnostics = &at.loaded.diagnostics;
    at.loaded.plain.as_ref().ok_or_else(|| {
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        let first = diagnostics.iter().find(|d| d.severity == Severity::Error).map(place);
        let first = first.unwrap_or_default();
        Failure::new(
            Exit::No,
            "PACKAGE_INVALID",
            format!("the package has {errors} errors; the first: {first}"),
            format!("规矩包有{errors}处错误，第一处：{first}"),
            format!("请运行 xiangyue check {} 查看全部问题。", at.root.display()),
        )
    })
}

/// Loads the district package a path lies in.
pub(crate) fn load(path: &Path) -> Result<At, Failure> {
    let unreadable = |message: String| {
        Failure::new(
            Exit::Usage,
            "PACKAGE_UNREADABLE",
            message,
            format!("打不开规矩包“{}”。", path.display()),
            "请给出含有 district.toml 的文件夹，例如 ./policies/laixi，或者只有 .cedar 文件的文件夹。",
        )
    };
    let full = path
        .canonicalize()
        .map_err(|error| unreadable(format!("cannot read `{}`: {error}", path.display())))?;
    let root = full.ancestors().find(|folder| folder.join("district.toml").is_file()).ok_or_else(
        || {
            unreadable(format!(
                "`{}` lies in no district package and is no plain Cedar folder",
                path.display()
            ))
        },
    )?;
    let part =
        full.strip_prefix(root).map(|p| p.to_string_lossy().replace('\\', "/")).unwrap_or_default();
    let files = read_package(root).map_err(|error| unreadable(error.to_string()))?;
    Ok(At { root: root.to_path_buf(), part, loaded: package::load(&files) })
}

/// The rule host of a command that asks for a while and is done: a rule is asked however often it fails.
pub(crate) fn rule_host() -> Result<RuleHost, Failure> {
    opened(RuleHost::new(patient()))
}

/// The same, components interpreted.
pub(crate) fn interpreting_host() -> Result<RuleHost, Failure> {
    opened(RuleHost::interpreting(patient()))
}

fn patient() -> Limits {
    Limits { faults_in_a_row: 0, ..Limits::default() }
}

fn opened(host: Result<RuleHost, RuleError>) -> Result<RuleHost, Failure> {
    host.map_err(|error| {
        Failure::new(
            Exit::Failure,
            "RULE_HOST",
            format!("the rule host cannot start: {error}"),
            "积分办法运行环境启动失败。",
            "请检查本机内存限制（虚拟地址空间）后重试。",
        )
    })
}

/// A package that can serve, or the reasons why not.
pub(crate) fn snapshot(at: At) -> Result<Snapshot, Failure> {
    snapshot_of(at, rule_host)
}

/// The same for a host that stays.
pub(crate) fn served(at: At, options: &HostOptions) -> Result<Snapshot, Failure> {
    snapshot_of(at, || opened(RuleHost::open(options)))
}

fn snapshot_of(
    at: At,
    host: impl FnOnce() -> Result<RuleHost, Failure>,
) -> Result<Snapshot, Failure> {
    let root = at.root.clone();
    let package = valid(at)?;
    let host = host()?;
    Snapshot::new(package, &host)
        .map_err(|error| invalid(&root, error.to_string(), format!("规矩不能用于判断：{error}")))
}

/// The package, when it has no errors.
pub(crate) fn valid(at: At) -> Result<Package, Failure> {
    let Loaded { package, diagnostics } = at.loaded;
    package.ok_or_else(|| {
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        let first = diagnostics.iter().find(|d| d.severity == Severity::Error);
        let first = first.map(place).unwrap_or_default();
        invalid(
            &at.root,
            format!("the package has {errors} errors; the first: {first}"),
            format!("规矩包有{errors}处错误，第一处：{first}"),
        )
    })
}

fn invalid(root: &Path, message: String, text: String) -> Failure {
    let help = format!(
        "请运行 xiangyue check {} 查看全部问题，改好后再启动；原来的服务不受影响。",
        root.display()
    );
    Failure::new(Exit::No, "PACKAGE_INVALID", message, text, help)
}

/// `file:line:column: message`.
pub(crate) fn place(diagnostic: &Diagnostic) -> String {
    format!(
        "{}:{}:{}: {} [{}]",
        diagnostic.file, diagnostic.line, diagnostic.column, diagnostic.message, diagnostic.code
    )
}
