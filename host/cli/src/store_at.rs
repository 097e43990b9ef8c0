//! From a store URL to a folder.

use std::path::PathBuf;

use crate::Failure;
use crate::exit::Exit;

/// The default store.
pub(crate) const DEFAULT: &str = "embedded:./data";

/// The folder of an embedded store.
pub(crate) fn folder(url: &str) -> Result<PathBuf, Failure> {
    let wrong = |message: String, text: &str| {
        Failure::new(
            Exit::Usage,
            "STORE_URL",
            message,
            text,
            "请写成 embedded:文件夹，例如 embedded:./data。",
        )
    };
    match url.split_once(':') {
        Some(("embedded", path)) if !path.is_empty() => Ok(PathBuf::from(path)),
        Some(("postgres" | "postgresql", _)) => Err(wrong(
            format!("store `{}` is not in this build; use `embedded:DIR`", scheme(url)),
            "本版本只带内置存储，不带 PostgreSQL 存储。",
        )),
        _ => Err(wrong(
            format!("`{}` is not a store; write `embedded:DIR`", scheme(url)),
            "存储地址写法不对。",
        )),
    }
}

/// The URL without what may be a password.
fn scheme(url: &str) -> String {
    url.split_once("://")
        .map_or_else(|| url.chars().take(60).collect(), |(scheme, _)| format!("{scheme}://…"))
}
