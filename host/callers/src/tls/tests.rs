use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};

use super::*;

/// A certificate and its key, as DER and as PEM.
pub(crate) struct Pair {
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

impl Pair {
    pub(crate) fn certificate_pem(&self) -> Vec<u8> {
        pem("CERTIFICATE", &self.certificate)
    }

    pub(crate) fn key_pem(&self) -> Vec<u8> {
        pem("PRIVATE KEY", &self.key)
    }
}

/// Somebody who signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    pub(crate) fn pem(&self) -> Vec<u8> {
        pem("CERTIFICATE", &self.der())
    }

    /// For the server named `localhost`, or for a client.
    pub(crate) fn issue(&self, server: bool) -> Pair {
        let names = if server { vec!["localhost".to_owned()] } else { Vec::new() };
        let mut params = CertificateParams::new(names).unwrap();
        params.extended_key_usages = vec![if server {
            ExtendedKeyUsagePurpose::ServerAuth
        } else {
            ExtendedKeyUsagePurpose::ClientAuth
        }];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().der().to_vec();
        Pair { certificate, key: key.serialize_der() }
    }
}

pub(crate) fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push('\n');
    }
    [text, format!("-----END {label}-----\n")].concat().into_bytes()
}

#[test]
fn files_that_do_not_fit_are_told() {
    let authority = Authority::new();
    let (server, other) = (authority.issue(true), authority.issue(true));
    let (certificate, key, ca) = (server.certificate_pem(), server.key_pem(), authority.pem());
    let good = TlsFiles {
        certificate: &certificate,
        key: &key,
        client_ca: Some(&ca),
        client_required: true,
    };
    let config = server_config(&good).unwrap();
    assert_eq!(config.alpn_protocols, [b"http/1.1"]);
    let broken = pem("CERTIFICATE", b"no der");
    let wrong_key = other.key_pem();
    for (files, code) in [
        (TlsFiles { certificate: b"", ..good }, "TLS_CERTIFICATE"),
        (TlsFiles { certificate: &key, ..good }, "TLS_CERTIFICATE"),
        (TlsFiles { key: b"", ..good }, "TLS_KEY"),
        (TlsFiles { key: &certificate, ..good }, "TLS_KEY"),
        (TlsFiles { key: &wrong_key, ..good }, "TLS_PAIR"),
        (TlsFiles { certificate: &broken, ..good }, "TLS_PAIR"),
        (TlsFiles { client_ca: None, ..good }, "TLS_CLIENT_CA"),
        (TlsFiles { client_ca: Some(&broken), ..good }, "TLS_CLIENT_CA"),
        (TlsFiles { client_ca: Some(b"x"), ..good }, "TLS_CERTIFICATE"),
    ] {
        let error = server_config(&files).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.to_string().contains('\n') && error.help().ends_with('。'), "{error}");
    }
    assert!(server_config(&TlsFiles { client_ca: None, client_required: false, ..good }).is_ok());
    assert!(!format!("{good:?}").contains("key"));
}
