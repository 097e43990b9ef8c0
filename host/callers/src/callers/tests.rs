use model::CivilDay;
use proptest::prelude::*;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::Rate;
use crate::testing::{NOW, bearer, parse};

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

fn hex(key: &str) -> String {
    model::Digest(hash(key)).to_string()
}

fn file() -> Callers {
    let text = format!(
        "[[keys]]\nid = \"sanzi\"\nsha256 = \"{}\"\nroles = [\"poster\", \"asker\", \"asker\"]\n\
         townships = [\"370285102000\"]\nrate_per_second = 200\n\
         [[keys]]\nid = \"old\"\nsha256 = \"{}\"\nnot_after = 2027-01-15\n\
         [[certificates]]\nid = \"wanggelian\"\nsha256 = \"{}\"\nroles = [\"网格\"]\nburst = 7\n",
        hex("key-a"),
        hex("key-b").to_ascii_uppercase(),
        hex("der"),
    );
    parse(&text, &json!({})).unwrap()
}

fn api_key(key: &str) -> Result<Identity, AuthFailure> {
    file().authenticate(&Credentials { api_key: Some(key), ..Credentials::default() }, NOW)
}

#[test]
fn a_key_is_known_in_either_header() {
    let identity = bearer(&file(), "key-a", NOW).unwrap();
    assert_eq!(identity.id, "sanzi");
    assert_eq!(identity.roles, ["asker", "poster"]);
    assert_eq!(identity.townships, ["370285102000"]);
    assert_eq!((identity.via, identity.rate), (Via::Key, Rate::new(200, 400).unwrap()));
    assert_eq!(api_key(" key-a "), Ok(identity));
}

#[test]
fn what_is_no_key_is_refused_and_the_answer_tells_nothing() {
    for wrong in
        ["key-c", "key-A", &hex("key-a"), "a.b.c", "e30.e30.e30x-", "der", &"k".repeat(8192)]
    {
        let failure = bearer(&file(), wrong, NOW).unwrap_err();
        assert!(!matches!(failure, Missing | AuthFailure::Expired(_)), "{wrong}");
        assert_eq!(api_key(wrong), Err(Unknown("no caller has this hash")), "{wrong}");
    }
    let none = Credentials::default();
    assert_eq!(file().authenticate(&none, NOW), Err(Missing));
    // the certificate's hash is of another list, and a hash is not a key
    assert_eq!(
        file().keys.identify(&hash("der"), Via::Key, NOW).unwrap_err().code(),
        "CREDENTIALS_NOT_ACCEPTED"
    );
}

#[test]
fn headers_that_cannot_be_read_are_malformed() {
    let long = format!("Bearer {}", "k".repeat(8193));
    for header in [
        "",
        "Bearer",
        "Bearer ",
        "Basic a2V5LWE=",
        "key-a",
        "Bearer key-a x",
        "Bearer key-é",
        "Bearer 钥匙",
        "Bearer\tkey-a",
        "Bearer key\u{0}a",
        "Bearer\u{a0}key-a",
        "bearer,Bearer key-a",
        &long,
    ] {
        let credentials = Credentials { authorization: Some(header), ..Credentials::default() };
        let failure = file().authenticate(&credentials, NOW).unwrap_err();
        assert_eq!(failure.code(), "CREDENTIALS_MALFORMED", "{header:?}");
        assert_eq!(failure.to_string(), "the credentials cannot be read");
    }
    for key in ["", " ", "key a", "钥匙", &"k".repeat(8193)] {
        assert_eq!(api_key(key).unwrap_err().code(), "CREDENTIALS_MALFORMED", "{key:?}");
    }
}

#[test]
fn the_last_day_counts_to_its_end_in_shanghai() {
    let day = CivilDay::parse("2027-01-15").unwrap();
    let end = day.plus_days(1).unwrap().start().0 * 60;
    assert_eq!(bearer(&file(), "key-b", end - 1).unwrap().id, "old");
    for late in [end, end + 1, i64::MAX] {
        assert_eq!(bearer(&file(), "key-b", late).unwrap_err().code(), "CREDENTIALS_EXPIRED");
    }
    assert!(bearer(&file(), "key-b", i64::MIN).is_ok());
}

#[test]
fn a_certificate_counts_when_no_header_is_sent() {
    let shown = |header, der: &str| {
        let certificate_sha256 = Some(hash(der));
        let credentials =
            Credentials { authorization: header, certificate_sha256, ..Credentials::default() };
        file().authenticate(&credentials, NOW)
    };
    let identity = shown(None, "der").unwrap();
    assert_eq!((&*identity.id, identity.via), ("wanggelian", Via::Certificate));
    assert_eq!((identity.rate.per_second(), identity.rate.burst()), (100, 7));
    assert_eq!(identity.roles, ["网格"]);
    // a header goes first, right or wrong
    assert_eq!(shown(Some("Bearer key-a"), "der").unwrap().id, "sanzi");
    assert_eq!(shown(Some("Bearer nobody"), "der").unwrap_err().code(), "CREDENTIALS_NOT_ACCEPTED");
    assert_eq!(shown(Some("Bearer"), "der").unwrap_err().code(), "CREDENTIALS_MALFORMED");
    // a certificate that the authority signed, but nobody listed; and a key's hash is none
    assert_eq!(shown(None, "other").unwrap_err().code(), "CREDENTIALS_NOT_ACCEPTED");
    assert_eq!(shown(None, "key-a").unwrap_err().code(), "CREDENTIALS_NOT_ACCEPTED");
    // two headers are ambiguous
    let two = Credentials {
        authorization: Some("Bearer key-a"),
        api_key: Some("key-a"),
        certificate_sha256: None,
    };
    assert_eq!(file().authenticate(&two, NOW).unwrap_err().code(), "CREDENTIALS_MALFORMED");
}

#[test]
fn nothing_secret_is_printed() {
    let shown = format!("{:?}", file());
    assert!(!shown.contains(&hex("key-a")) && shown.contains("count: 2"), "{shown}");
    let credentials = Credentials { api_key: Some("key-a"), ..Credentials::default() };
    assert!(!format!("{credentials:?}").contains("key-a"));
    assert!(parse("", &json!({})).unwrap().is_empty() && !file().is_empty());
}

proptest! {
    #[test]
    fn no_text_is_taken_for_a_key(text in "\\PC{0,200}") {
        prop_assume!(!["key-a", "key-b"].contains(&text.trim()));
        prop_assert!(bearer(&file(), &text, NOW).is_err());
    }
}
