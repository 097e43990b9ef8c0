use serde_json::json;

use super::*;
use crate::testing::{Signer, b64};

const ALL: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

fn read_keys(keys: &Value) -> Result<KeySet, JwksError> {
    parse(json!({ "keys": keys }).to_string().as_bytes(), &ALL)
}

fn changed(mut jwk: Value, member: &str, value: Value) -> Value {
    jwk[member] = value;
    jwk
}

/// An entry beside a good one is set aside, and the note says why.
fn set_aside(jwk: &Value, why: &str) {
    let set = read_keys(&json!([Signer::ed(1).jwk("good"), jwk])).unwrap();
    assert_eq!(set.keys.len(), 1, "{jwk}");
    assert!(set.notes.len() == 1 && set.notes[0].contains(why), "{:?}", set.notes);
    assert_eq!(read_keys(&json!([jwk])).err(), Some(JwksError::NoneFits), "{jwk}");
}

fn rsa(bytes: usize) -> Value {
    json!({ "kty": "RSA", "n": b64(vec![0xc1; bytes]), "e": "AQAB", "kid": "r" })
}

#[test]
fn a_key_verifies_one_algorithm() {
    let set = read_keys(&json!([rsa(256), Signer::ec().jwk("e"), Signer::ed(1).jwk("d")])).unwrap();
    let found: Vec<_> = set.keys.iter().map(|it| (it.kid.as_deref(), it.algorithm)).collect();
    let want = [
        (Some("r"), Algorithm::RS256),
        (Some("e"), Algorithm::ES256),
        (Some("d"), Algorithm::EdDSA),
    ];
    assert_eq!(found, want);
    assert!(set.notes.is_empty());
}

#[test]
fn keys_for_something_else_are_set_aside() {
    let ec = Signer::ec().jwk("e");
    set_aside(&changed(ec.clone(), "use", json!("enc")), "`use`");
    set_aside(&changed(ec.clone(), "use", json!("SIG")), "`use`");
    set_aside(&changed(ec.clone(), "key_ops", json!(["encrypt"])), "`key_ops`");
    set_aside(&changed(ec.clone(), "key_ops", json!([])), "`key_ops`");
    set_aside(&changed(ec.clone(), "alg", json!("ES384")), "another algorithm");
    set_aside(&changed(ec.clone(), "alg", json!("HS256")), "another algorithm");
    set_aside(&changed(ec.clone(), "crv", json!("P-384")), "kind of key");
    set_aside(&changed(ec, "kty", json!("oct")), "kind of key");
    set_aside(&changed(Signer::ed(2).jwk("x"), "crv", json!("X25519")), "kind of key");
    set_aside(&changed(rsa(256), "alg", json!("PS256")), "another algorithm");
    set_aside(&rsa(128), "2048");
    set_aside(&rsa(255), "2048");
    set_aside(&changed(rsa(256), "n", json!(b64([vec![0x7f], vec![1; 255]].concat()))), "2048");
    set_aside(&rsa(1025), "8192");
    let set = parse(json!({ "keys": [rsa(256)] }).to_string().as_bytes(), &[Algorithm::ES256]);
    assert_eq!(set.err(), Some(JwksError::NoneFits));
}

#[test]
fn broken_and_secret_keys_are_errors() {
    let (ec, ed) = (Signer::ec().jwk("e"), Signer::ed(1).jwk("d"));
    for broken in [
        changed(rsa(256), "n", json!(b64([vec![0], vec![0xc1; 256]].concat()))),
        changed(rsa(256), "n", json!("===")),
        changed(rsa(256), "n", json!(5)),
        changed(rsa(256), "e", json!("")),
        changed(ec.clone(), "x", json!(b64([1; 31]))),
        changed(ec.clone(), "y", json!(b64([1; 33]))),
        changed(ec.clone(), "kid", json!("")),
        changed(ec.clone(), "kid", json!(7)),
        changed(ec.clone(), "key_ops", json!("verify")),
        changed(ec.clone(), "use", json!(["sig"])),
        changed(ed.clone(), "x", json!(b64([1; 64]))),
        json!({ "kty": "RSA", "e": "AQAB" }),
        json!({ "kid": "no-kty" }),
    ] {
        let error = read_keys(&json!([broken])).err();
        assert!(matches!(error, Some(JwksError::Broken { index: 1, .. })), "{broken}: {error:?}");
    }
    for secret in [changed(ec, "d", json!("AQ")), json!({ "kty": "oct", "k": "AQ" })] {
        assert_eq!(read_keys(&json!([ed, secret])).err(), Some(JwksError::Secret { index: 2 }));
    }
}

#[test]
fn a_set_is_read_in_one_way() {
    let key = Signer::ed(1).jwk("d");
    let same = read_keys(&json!([key, Signer::ed(2).jwk("d")])).err();
    assert_eq!(same, Some(JwksError::SameKid("d".to_owned())));
    for text in ["", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[1]}", "{\"keys\":[],\"keys\":[]}"] {
        assert_eq!(parse(text.as_bytes(), &ALL).err(), Some(JwksError::NotASet), "{text}");
    }
    let twice = key.to_string().replacen('{', "{\"kid\":\"x\",", 1);
    let twice = parse(format!("{{\"keys\":[{twice}]}}").as_bytes(), &ALL);
    assert_eq!(twice.err(), Some(JwksError::NotASet));
    assert_eq!(read_keys(&json!([])).err(), Some(JwksError::NoneFits));
    assert_eq!(read_keys(&json!(vec![key; 101])).err(), Some(JwksError::TooLarge));
    assert_eq!(parse(&vec![b' '; (1 << 20) + 1], &ALL).err(), Some(JwksError::TooLarge));
}
