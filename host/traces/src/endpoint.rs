//! Where the collector is.

use ureq::http::Uri;

use crate::TraceError;

/// The address for traces below a collector's base URL, as the OTLP exporter specification joins them.
pub(crate) fn traces_url(base: &str) -> Result<String, TraceError> {
    let wrong = TraceError::Endpoint;
    let uri: Uri = base.parse().map_err(|_| wrong("it is no URL"))?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") => {
            return Err(wrong(
                "`https` is not spoken; let a collector on this machine pass spans on",
            ));
        }
        _ => return Err(wrong("it has to begin with `http://`")),
    }
    let authority = uri.authority().filter(|it| !it.host().is_empty());
    let authority = authority.ok_or(wrong("it names no host"))?;
    if authority.as_str().contains('@') {
        return Err(wrong("it must hold no user or password"));
    }
    if uri.query().is_some() || base.contains('#') {
        return Err(wrong("it must have no query and no fragment"));
    }
    Ok(format!("http://{authority}{}/v1/traces", uri.path().trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_for_traces_comes_behind_the_base() {
        for (base, want) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
            ("http://collector.example/otlp/", "http://collector.example/otlp/v1/traces"),
            ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
        ] {
            assert_eq!(traces_url(base).unwrap(), want);
        }
        for base in [
            "",
            "127.0.0.1:4318",
            "collector",
            "/v1/traces",
            "http://",
            "https://collector.example",
            "grpc://127.0.0.1:4317",
            "http://me:secret@collector.example",
            "http://collector.example/?x=1",
            "http://collector.example/#x",
        ] {
            let error = traces_url(base).unwrap_err();
            assert_eq!(error.code(), "OTLP_ENDPOINT", "{base}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
