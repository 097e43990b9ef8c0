//! From a path to lists: a package, an edition's folder, a folder of lists, or one file.

use std::path::{Path, PathBuf};

use model::CivilDay;
use package::{Diagnostic, Edition, Files, Row, Severity, Wording, WorkList};

use crate::Failure;
use crate::exit::Exit;
use crate::package_at;

/// Bytes of one list file; what a package may have too.
pub(super) const FILE_BYTES_MAX: u64 = 512 * 1024;

/// Lists read from a path.
pub(super) struct Source {
    /// The lists.
    pub(super) lists: Vec<WorkList>,
    /// The edition they belong to, when the path is a package.
    pub(super) edition: Option<Edition>,
    /// Synonyms of the district the path lies in.
    pub(super) wording: Wording,
}

impl Source {
    /// The rows of the table: everything of an edition, or just the lists. Without a day every
    /// entry counts, in force or not.
    pub(super) fn rows(
        &self,
        day: Option<CivilDay>,
        township: Option<model::DivisionCode>,
    ) -> Vec<Row> {
        if let Some(edition) = &self.edition {
            return edition.registry(day, township);
        }
        let mut rows = package::rows(&self.lists);
        rows.retain(|row| day.zip(row.entry.as_ref()).is_none_or(|(day, e)| e.in_force(day)));
        rows
    }
}

/// Reads a path; a package is read whole and must be good.
pub(super) fn read(path: &Path, day: Option<CivilDay>) -> Result<Source, Failure> {
    let full = path.canonicalize().map_err(|error| unreadable(path, &error.to_string()))?;
    let wording = wording_of(&full)?;
    if full.join("district.toml").is_file() {
        let at = package_at::load(&full)?;
        let package = at.loaded.package.as_ref().ok_or_else(|| invalid(&at.loaded.diagnostics))?;
        let edition = match day {
            Some(day) => package.edition(day),
            None => package.editions().last(),
        };
        let edition = edition.cloned().ok_or_else(|| {
            Failure::new(
                Exit::No,
                "NO_EDITION",
                "no edition is in force on that day",
                "那一天还没有生效的版本。",
                "换一个日期，或者看看 editions 文件夹里最早的版本。",
            )
        })?;
        let lists = edition.lists().values().cloned().collect();
        return Ok(Source { lists, edition: Some(edition), wording });
    }
    let (lists, diagnostics) = package::read_lists(&list_files(&full)?);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Err(invalid(&diagnostics));
    }
    Ok(Source { lists, edition: None, wording })
}

/// The list files of a path: itself, those of its folder `lists`, or those in it.
fn list_files(path: &Path) -> Result<Files, Failure> {
    let mut files = Files::new();
    let mut take = |file: &Path| -> Result<(), Failure> {
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        files.insert(name, bytes(file, FILE_BYTES_MAX)?);
        Ok(())
    };
    if path.is_file() {
        take(path)?;
        return Ok(files);
    }
    let inner = path.join("lists");
    let folder = if inner.is_dir() { inner } else { path.to_path_buf() };
    let entries =
        std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error.to_string()))?;
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|end| end == "toml"))
        .collect();
    found.sort();
    for file in &found {
        take(file)?;
    }
    if found.is_empty() {
        return Err(unreadable(path, "it holds no list (*.toml)"));
    }
    Ok(files)
}

/// Synonyms of the nearest district above a path.
fn wording_of(path: &Path) -> Result<Wording, Failure> {
    let file = path.ancestors().map(|folder| folder.join("wording.toml")).find(|f| f.is_file());
    let Some(file) = file else { return Ok(Wording::default()) };
    let (wording, diagnostics) = package::read_wording(&bytes(&file, FILE_BYTES_MAX)?);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Err(invalid(&diagnostics));
    }
    Ok(wording)
}

/// A file's bytes, when there are not too many.
pub(in crate::command) fn bytes(file: &Path, max: u64) -> Result<Vec<u8>, Failure> {
    let size = std::fs::metadata(file).map_err(|error| unreadable(file, &error.to_string()))?.len();
    if size > max {
        return Err(unreadable(file, &format!("{size} bytes are more than {max}")));
    }
    std::fs::read(file).map_err(|error| unreadable(file, &error.to_string()))
}

/// A path that gives no lists.
pub(super) fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        "LISTS_UNREADABLE",
        format!("cannot read `{}`: {why}", path.display()),
        format!("读不出“{}”里的清单。", path.display()),
        "请给出规矩包、版本文件夹、清单文件夹或一个清单文件，例如 ./policies/laixi。",
    )
}

/// Lists that have errors.
pub(super) fn invalid(diagnostics: &[Diagnostic]) -> Failure {
    let errors: Vec<&Diagnostic> =
        diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    let first = errors.first().map(|d| package_at::place(d)).unwrap_or_default();
    Failure::new(
        Exit::No,
        "LISTS_INVALID",
        format!("{} errors; the first: {first}", errors.len()),
        format!("清单有{}处错误，第一处：{first}", errors.len()),
        "请先运行 xiangyue check 查看全部问题。",
    )
}
