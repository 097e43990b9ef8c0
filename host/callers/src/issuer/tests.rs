use proptest::prelude::*;
use ring::hmac;
use serde_json::json;

use super::*;
use crate::testing::{ISSUER, NOW, Signer, b64, bearer, claims, issued, parse, with};
use crate::{Callers, ConfigError};

/// A token whose RSA key was thrown away after it was signed; good until 1 900 000 000.
fn rsa() -> Value {
    serde_json::from_str(include_str!("rsa.json")).unwrap()
}

fn code(result: Result<Identity, AuthFailure>) -> &'static str {
    result.map_or_else(AuthFailure::code, |it| panic!("accepted: {it:?}"))
}

const UNKNOWN: &str = "CREDENTIALS_NOT_ACCEPTED";
const MALFORMED: &str = "CREDENTIALS_MALFORMED";
const EXPIRED: &str = "CREDENTIALS_EXPIRED";

fn ed() -> (Signer, Callers) {
    let signer = Signer::ed(1);
    let callers = issued(&[signer.jwk("k")], "");
    (signer, callers)
}

#[test]
fn good_tokens_of_each_algorithm_are_accepted() {
    let (ed, ec, rsa) = (Signer::ed(1), Signer::ec(), rsa());
    let callers = issued(&[ed.jwk("d"), ec.jwk("c"), rsa["keys"][0].clone()], "");
    let tokens = [
        ed.token("d", &claims()),
        ec.token("c", &claims()),
        rsa["rsa"].as_str().unwrap().to_owned(),
    ];
    for token in tokens {
        let identity = bearer(&callers, &token, NOW).unwrap();
        assert_eq!(identity.id, "jwt:id.example.org:u-1");
        assert_eq!((identity.roles, identity.via), (vec!["asker".to_owned()], Via::Token));
        assert!(identity.townships.is_empty() && identity.rate == Rate::default());
    }
}

#[test]
fn a_token_cannot_choose_its_algorithm() {
    let (ed, ec, rsa) = (Signer::ed(1), Signer::ec(), rsa());
    let (modulus, good) = (rsa["keys"][0]["n"].as_str().unwrap(), claims().to_string());
    let callers = issued(&[ed.jwk("d"), ec.jwk("c"), rsa["keys"][0].clone()], "");
    for alg in ["none", "None", "", "HS256", "HS384", "RS384", "PS256", "ES384", "eddsa", "ES256K"]
    {
        for kid in ["d", "c", "rsa"] {
            let header = json!({ "alg": alg, "kid": kid }).to_string();
            assert_eq!(code(bearer(&callers, &ed.sign(&header, &good), NOW)), UNKNOWN, "{alg}");
            let bare = format!("{}.{}.", b64(&header), b64(&good));
            assert_eq!(code(bearer(&callers, &bare, NOW)), UNKNOWN, "{alg}");
        }
    }
    // the public key as the secret of an HMAC, as bytes, as text and as the whole key
    let decoded = crate::strict::base64url(modulus).unwrap();
    for secret in [&decoded[..], modulus.as_bytes(), rsa["keys"][0].to_string().as_bytes(), b""] {
        for alg in ["HS256", "RS256"] {
            let header = json!({ "alg": alg, "kid": "rsa" }).to_string();
            let message = format!("{}.{}", b64(header), b64(&good));
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            let token = format!("{message}.{}", b64(hmac::sign(&key, message.as_bytes())));
            assert_eq!(code(bearer(&callers, &token, NOW)), UNKNOWN, "{alg}");
        }
    }
}

#[test]
fn a_key_is_not_taken_for_another() {
    let (ed, ec, other) = (Signer::ed(1), Signer::ec(), Signer::ed(2));
    let callers = issued(&[ed.jwk("d"), ec.jwk("c")], "");
    let good = claims().to_string();
    for (signer, alg, kid) in [
        (&other, "EdDSA", "d"),
        (&ed, "EdDSA", "c"),
        (&ec, "ES256", "d"),
        (&ed, "ES256", "c"),
        (&ec, "EdDSA", "d"),
        (&ed, "EdDSA", "D"),
        (&ed, "EdDSA", ""),
        (&ed, "EdDSA", "../../d"),
    ] {
        let header = json!({ "alg": alg, "kid": kid }).to_string();
        assert_eq!(
            code(bearer(&callers, &signer.sign(&header, &good), NOW)),
            UNKNOWN,
            "{alg} {kid}"
        );
    }
    for kid in [json!(1), json!(["d"]), json!(null), json!("k".repeat(257))] {
        let header = json!({ "alg": "EdDSA", "kid": kid }).to_string();
        assert_eq!(code(bearer(&callers, &ed.sign(&header, &good), NOW)), MALFORMED, "{kid}");
    }
    // no kid: only when one key fits
    let header = r#"{"alg":"EdDSA"}"#;
    assert!(bearer(&callers, &ed.sign(header, &good), NOW).is_ok());
    let callers = issued(&[ed.jwk("d"), other.jwk("o")], "");
    assert_eq!(code(bearer(&callers, &ed.sign(header, &good), NOW)), UNKNOWN);
    // a signature of zeros fits no key, though some libraries have taken it
    for (alg, kid) in [("ES256", "c"), ("EdDSA", "d")] {
        let callers = issued(&[ed.jwk("d"), ec.jwk("c")], "");
        let header = json!({ "alg": alg, "kid": kid }).to_string();
        let token = format!("{}.{}.{}", b64(header), b64(&good), b64([0; 64]));
        assert_eq!(code(bearer(&callers, &token, NOW)), UNKNOWN, "{alg}");
    }
    // a key that the token brings along, or that is for encryption
    let brought = json!({ "alg": "EdDSA", "jwk": other.jwk("o"), "jku": "https://x", "kid": "d" });
    let callers = issued(&[ed.jwk("d")], "");
    assert_eq!(code(bearer(&callers, &other.sign(&brought.to_string(), &good), NOW)), UNKNOWN);
    let mut encryption = other.jwk("o");
    encryption["use"] = json!("enc");
    let callers = issued(&[ed.jwk("d"), encryption], "");
    assert_eq!(code(bearer(&callers, &other.token("o", &claims()), NOW)), UNKNOWN);
}

#[test]
fn short_rsa_keys_and_algorithms_outside_the_list_verify_nothing() {
    let (rsa, ed) = (rsa(), Signer::ed(1));
    let callers = issued(&[ed.jwk("d"), rsa["keys"][1].clone()], "");
    assert_eq!(code(bearer(&callers, rsa["rsa-small"].as_str().unwrap(), NOW)), UNKNOWN);
    let only = issued(&[ed.jwk("d"), rsa["keys"][0].clone()], "algorithms = [\"EdDSA\"]\n");
    assert_eq!(code(bearer(&only, rsa["rsa"].as_str().unwrap(), NOW)), UNKNOWN);
    assert!(bearer(&only, &ed.token("d", &claims()), NOW).is_ok());
}

#[test]
fn issuer_and_audience_have_to_be_ours() {
    let (signer, callers) = ed();
    for (name, value, want) in [
        ("aud", json!(null), MALFORMED),
        ("aud", json!([]), UNKNOWN),
        ("aud", json!(""), UNKNOWN),
        ("aud", json!("*"), UNKNOWN),
        ("aud", json!("xiangyue2"), UNKNOWN),
        ("aud", json!("Xiangyue"), UNKNOWN),
        ("aud", json!(["other"]), UNKNOWN),
        ("aud", json!({ "xiangyue": 1 }), MALFORMED),
        ("aud", json!(["xiangyue", 1]), MALFORMED),
        ("iss", json!(null), MALFORMED),
        ("iss", json!([ISSUER]), MALFORMED),
        ("iss", json!(format!("{ISSUER}/")), UNKNOWN),
        ("iss", json!("https://evil.example"), UNKNOWN),
    ] {
        let token = signer.token("k", &with(name, value.clone()));
        assert_eq!(code(bearer(&callers, &token, NOW)), want, "{name} {value}");
    }
    let null = claims().to_string().replace("\"xiangyue\"", "null");
    let null = signer.sign(r#"{"alg":"EdDSA","kid":"k"}"#, &null);
    assert_eq!(code(bearer(&callers, &null, NOW)), MALFORMED);
    let among = signer.token("k", &with("aud", json!(["other", "xiangyue"])));
    assert!(bearer(&callers, &among, NOW).is_ok());
}

#[test]
fn one_issuer_cannot_speak_for_another() {
    let (a, b) = (Signer::ed(1), Signer::ed(2));
    let table = |issuer: &str, name: &str| {
        format!(
            "[[issuers]]\nissuer = \"{issuer}\"\nname = \"{name}\"\naudience = \"xiangyue\"\njwks_file = \"{name}\"\n"
        )
    };
    let text = table(ISSUER, "a") + &table("https://id.example.org/realms/b", "b");
    let read = |file: &str| {
        let key = if file == "a" { &a } else { &b };
        Ok(json!({ "keys": [key.jwk("k")] }).to_string().into_bytes())
    };
    let callers = crate::Config::parse(&text, &read).and_then(Callers::new).unwrap();
    assert_eq!(bearer(&callers, &a.token("k", &claims()), NOW).unwrap().id, "jwt:a:u-1");
    assert_eq!(code(bearer(&callers, &b.token("k", &claims()), NOW)), UNKNOWN);
    let of_b = with("iss", json!("https://id.example.org/realms/b"));
    assert_eq!(bearer(&callers, &b.token("k", &of_b), NOW).unwrap().id, "jwt:b:u-1");
    // without names both would be `jwt:id.example.org:…`
    let bare = text.replace("name = \"a\"\n", "").replace("name = \"b\"\n", "");
    let error = crate::Config::parse(&bare, &read).unwrap_err();
    assert!(matches!(error, ConfigError::Duplicate { key: "name", .. }), "{error}");
}

#[test]
fn times_are_whole_seconds_and_count() {
    let (signer, callers) = ed();
    for (name, value, want) in [
        ("exp", json!(null), MALFORMED),
        ("exp", json!(format!("{}", NOW + 300)), MALFORMED),
        ("exp", json!(true), MALFORMED),
        ("exp", json!(1.9e9), MALFORMED),
        ("exp", json!(-1), MALFORMED),
        ("exp", json!(u64::MAX), MALFORMED),
        ("exp", json!([NOW + 300]), MALFORMED),
        ("nbf", json!("0"), MALFORMED),
        ("iat", json!("0"), MALFORMED),
        ("exp", json!(0), EXPIRED),
        ("exp", json!(NOW - 30), EXPIRED),
        ("nbf", json!(NOW + 31), EXPIRED),
        ("nbf", json!(i64::MAX), EXPIRED),
    ] {
        let token = signer.token("k", &with(name, value.clone()));
        assert_eq!(code(bearer(&callers, &token, NOW)), want, "{name} {value}");
    }
    for (name, value) in [
        ("exp", json!(NOW - 29)),
        ("exp", json!(i64::MAX)),
        ("nbf", json!(NOW + 30)),
        ("iat", json!(NOW)),
    ] {
        let token = signer.token("k", &with(name, value.clone()));
        assert!(bearer(&callers, &token, NOW).is_ok(), "{name} {value}");
    }
    let strict = issued(&[signer.jwk("k")], "leeway_seconds = 0\n");
    assert_eq!(code(bearer(&strict, &signer.token("k", &with("exp", json!(NOW))), NOW)), EXPIRED);
    let token = signer.token("k", &claims());
    assert_eq!(code(bearer(&callers, &token, i64::MAX)), EXPIRED);
    assert!(bearer(&callers, &token, i64::MIN).is_ok());
    // a forged token is never called expired
    let forged = Signer::ed(9).token("k", &with("exp", json!(0)));
    assert_eq!(code(bearer(&callers, &forged, NOW)), UNKNOWN);
}

#[test]
fn a_subject_is_a_short_printable_name() {
    let (signer, callers) = ed();
    let long = "长".repeat(128);
    for good in ["u-1", "auth0|5f7c", "CN=张三, O=村委会", "a:b:c", &long] {
        let token = signer.token("k", &with("sub", json!(good)));
        assert_eq!(bearer(&callers, &token, NOW).unwrap().id, format!("jwt:id.example.org:{good}"));
    }
    for bad in [
        json!(null),
        json!(""),
        json!(7),
        json!(["u-1"]),
        json!(" u-1"),
        json!("u-1 "),
        json!("u\n1"),
        json!("u\u{0}1"),
        json!("u\u{202e}1"),
        json!("u\u{200b}1"),
        json!("长".repeat(129)),
    ] {
        let token = signer.token("k", &with("sub", bad.clone()));
        assert_eq!(code(bearer(&callers, &token, NOW)), MALFORMED, "{bad}");
    }
}

#[test]
fn roles_and_townships_are_read_from_the_claims_that_the_file_names() {
    let signer = Signer::ed(1);
    let roles = |more: &str, claims: &Value| {
        bearer(&issued(&[signer.jwk("k")], more), &signer.token("k", claims), NOW)
            .map(|it| it.roles)
    };
    assert_eq!(roles("", &with("roles", json!(null))).unwrap(), Vec::<String>::new());
    assert_eq!(roles("", &with("roles", json!(["b", "a", "b"]))).unwrap(), ["a", "b"]);
    assert_eq!(
        roles("roles_claim = \"scope\"\n", &with("scope", json!("b a"))).unwrap(),
        ["a", "b"]
    );
    let nested = with("realm_access", json!({ "roles": ["审批"] }));
    assert_eq!(roles("roles_claim = \"/realm_access/roles\"\n", &nested).unwrap(), ["审批"]);
    assert_eq!(
        roles("roles_claim = \"https://x/roles\"\n", &claims()).unwrap(),
        Vec::<String>::new()
    );
    for bad in [
        json!(1),
        json!([1]),
        json!(["a b"]),
        json!([""]),
        json!({}),
        json!(["a\n"]),
        json!(vec!["a"; 65]),
    ] {
        assert_eq!(roles("", &with("roles", bad.clone())).unwrap_err().code(), MALFORMED, "{bad}");
    }
    let towns = |more: &str, value: Value| {
        let token = signer.token("k", &with("towns", value));
        bearer(&issued(&[signer.jwk("k")], more), &token, NOW).map(|it| it.townships)
    };
    assert_eq!(towns("townships = [\"370285102000\"]\n", json!([])).unwrap(), ["370285102000"]);
    let claim = "townships_claim = \"towns\"\n";
    assert_eq!(towns(claim, json!(["370285102000"])).unwrap(), ["370285102000"]);
    // an absent or empty claim must not mean the whole district
    for bad in [json!(null), json!([]), json!(""), json!("370285102259"), json!(["*"]), json!(0)] {
        assert_eq!(towns(claim, bad.clone()).unwrap_err().code(), MALFORMED, "{bad}");
    }
}

#[test]
fn a_token_is_read_in_one_way() {
    let (signer, callers) = ed();
    let good = claims().to_string();
    let header = r#"{"alg":"EdDSA","kid":"k"}"#;
    assert!(bearer(&callers, &signer.sign(header, &good), NOW).is_ok());
    for bad in [
        r#"{"alg":"none","alg":"EdDSA","kid":"k"}"#,
        r#"{"alg":"EdDSA","kid":"x","kid":"k"}"#,
        r#"{"alg":"EdDSA","kid":"k","crit":["exp"]}"#,
        r#"{"alg":"EdDSA","kid":"k","crit":[]}"#,
        r#"{"alg":"EdDSA","kid":"k","typ":"logout+jwt"}"#,
        r#"{"alg":"EdDSA","kid":"k","typ":1}"#,
        r#"{"alg":["EdDSA"],"kid":"k"}"#,
        r#"{"kid":"k"}"#,
        "{}",
    ] {
        assert_eq!(code(bearer(&callers, &signer.sign(bad, &good), NOW)), MALFORMED, "{bad}");
    }
    for typ in ["JWT", "jwt", "at+jwt", "application/at+jwt"] {
        let header = json!({ "alg": "EdDSA", "kid": "k", "typ": typ }).to_string();
        assert!(bearer(&callers, &signer.sign(&header, &good), NOW).is_ok(), "{typ}");
    }
    let twice = |name: &str, value: &str| good.replacen('{', &format!("{{\"{name}\":{value},"), 1);
    for bad in [
        twice("sub", "\"root\""),
        twice("exp", "9999999999"),
        twice("aud", "\"xiangyue\""),
        twice("iss", "\"x\""),
        twice("roles", "[]"),
        twice("s\\u0075b", "\"root\""),
        "[]".to_owned(),
        String::new(),
        "null".to_owned(),
        "[".repeat(3000),
    ] {
        let token = signer.sign(header, &bad);
        let failure = bearer(&callers, &token, NOW).unwrap_err().code();
        assert!(failure == MALFORMED || bad.is_empty() && failure == UNKNOWN, "{bad}: {failure}");
    }
    // other spellings of a good token
    let token = signer.sign(header, &good);
    let (message, signature) = token.rsplit_once('.').unwrap();
    for bad in [
        format!("{token}="),
        format!("{token}."),
        format!("{token}.x"),
        format!("{message}."),
        format!("{message}.{signature}A"),
        format!("{message}.{}", b64([0; 64])),
        format!("{message}.{}", &signature[1..]),
        format!(".{token}"),
    ] {
        assert!(bearer(&callers, &bad, NOW).is_err(), "{bad}");
    }
    // the cap holds for tokens as well, and what is below it is read
    let padded = |count: usize| signer.token("k", &with("pad", json!("x".repeat(count))));
    assert!(bearer(&callers, &padded(5500), NOW).is_ok());
    assert_eq!(code(bearer(&callers, &padded(6500), NOW)), MALFORMED);
}

#[test]
fn a_token_is_never_looked_up_as_a_key() {
    let signer = Signer::ed(1);
    let token = Signer::ed(2).token("k", &claims());
    let hash = <[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(token.as_bytes()));
    let text = format!(
        "[[keys]]\nid = \"a\"\nsha256 = \"{}\"\n[[issuers]]\nissuer = \"{ISSUER}\"\naudience = \"xiangyue\"\njwks_file = \"j\"\n",
        model::Digest(hash)
    );
    let callers = parse(&text, &json!({ "keys": [signer.jwk("k")] })).unwrap();
    assert_eq!(code(bearer(&callers, &token, NOW)), UNKNOWN);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever single byte of a good token is changed, nobody is recognised.
    #[test]
    fn every_byte_is_signed(at in 0_usize..400, byte in prop::sample::select(
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= {".to_vec(),
    )) {
        let (signer, callers) = ed();
        let token = signer.token("k", &claims());
        let mut bytes = token.clone().into_bytes();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(bearer(&callers, &changed, NOW).is_err(), "{}", changed);
    }

    /// No header and no claims, however odd, make the reader fail otherwise than by a refusal.
    #[test]
    fn nothing_makes_the_reader_panic(header in "\\PC{0,60}", claims in "\\PC{0,80}", tail in "[A-Za-z0-9_-]{0,90}") {
        let (signer, callers) = ed();
        let _ = bearer(&callers, &signer.sign(&header, &claims), NOW);
        let header = format!(r#"{{"alg":"EdDSA","kid":{}}}"#, json!(header));
        prop_assert!(bearer(&callers, &signer.sign(&header, &claims), NOW).is_err());
        let forged = format!("{}.{}.{tail}", b64(&header), b64(&claims));
        prop_assert!(bearer(&callers, &forged, NOW).is_err());
    }
}
