//! From PEM files to what a TLS listener needs.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use thiserror::Error;

/// The contents of the PEM files of a listener.
#[derive(Clone, Copy)]
pub struct TlsFiles<'a> {
    /// The server's certificate, followed by those between it and the root.
    pub certificate: &'a [u8],
    /// The private key of the first certificate.
    pub key: &'a [u8],
    /// Who signs client certificates; without it, no client is asked for one.
    pub client_ca: Option<&'a [u8]>,
    /// Whether a client without a certificate is turned away in the handshake.
    pub client_required: bool,
}

impl std::fmt::Debug for TlsFiles<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsFiles")
            .field("client_ca", &self.client_ca.is_some())
            .field("client_required", &self.client_required)
            .finish_non_exhaustive()
    }
}

/// Why a TLS listener cannot be made of these files.
#[derive(Debug, Error)]
pub enum TlsError {
    /// No certificate, or one that is broken.
    #[error("the `{0}` file holds no certificate in pem form that can be read")]
    Certificate(&'static str),
    /// No private key, or one that is broken.
    #[error("the `key` file holds no private key in pem form that can be read")]
    Key,
    /// The two do not belong together, or the key is of an unknown kind.
    #[error("the `certificate` and the `key` cannot be used together: {0}")]
    Pair(#[source] rustls::Error),
    /// Client certificates are wanted, and nobody may sign them.
    #[error("client certificates are required, but no `client-ca` file says who signs them")]
    NoClientCa,
    /// The certificates of those who sign cannot be used.
    #[error("the `client-ca` file cannot be used: {0}")]
    ClientCa(String),
}

impl TlsError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Certificate(_) => "TLS_CERTIFICATE",
            Self::Key => "TLS_KEY",
            Self::Pair(_) => "TLS_PAIR",
            Self::NoClientCa | Self::ClientCa(_) => "TLS_CLIENT_CA",
        }
    }

    /// 中文：怎么办。
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Certificate(_) => {
                "证书文件读不出来。请给 PEM 格式的证书（以 BEGIN CERTIFICATE 开头）。"
            }
            Self::Key => "私钥文件读不出来。请给 PEM 格式、没有口令的私钥。",
            Self::Pair(_) => "证书和私钥对不上，或私钥种类不支持。请核对是不是同一套文件。",
            Self::NoClientCa => "要求客户端证书时，要同时给出签发客户端证书的 CA 文件。",
            Self::ClientCa(_) => "客户端 CA 文件不能用。请给 PEM 格式的 CA 证书。",
        }
    }
}

/// TLS 1.2 and 1.3 on `ring`, HTTP/1.1 only; client certificates as the files say.
///
/// # Errors
/// [`TlsError`].
pub fn server_config(files: &TlsFiles<'_>) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = certificates(files.certificate, "certificate")?;
    let key = PrivateKeyDer::from_pem_slice(files.key).map_err(|_| TlsError::Key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier: Arc<dyn ClientCertVerifier> = match files.client_ca {
        None if files.client_required => return Err(TlsError::NoClientCa),
        None => Arc::new(NoClientAuth),
        Some(pem) => {
            let unusable = |error: &dyn std::error::Error| TlsError::ClientCa(error.to_string());
            let mut roots = RootCertStore::empty();
            for certificate in certificates(pem, "client-ca")? {
                roots.add(certificate).map_err(|error| unusable(&error))?;
            }
            let builder =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            let builder =
                if files.client_required { builder } else { builder.allow_unauthenticated() };
            builder.build().map_err(|error| unusable(&error))?
        }
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Pair)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(TlsError::Pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if files.client_ca.is_some() {
        // A resumed session would bring back a certificate without looking at it again.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok(Arc::new(config))
}

fn certificates(pem: &[u8], file: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    all.ok().filter(|it| !it.is_empty()).ok_or(TlsError::Certificate(file))
}

#[cfg(test)]
pub(crate) mod tests;
