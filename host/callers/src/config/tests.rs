use serde_json::{Value, json};

use super::*;
use crate::testing::Signer;

/// The page that people copy from.
const PAGE: &str = include_str!("../../../../docs/callers.md");

fn example() -> &'static str {
    PAGE.split("```toml\n").nth(1).unwrap().split("```").next().unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that the parser asks for")]
fn read(_: &str) -> Result<Vec<u8>, String> {
    let mut other = Signer::ed(2).jwk("old");
    other["use"] = json!("enc");
    Ok(json!({ "keys": [Signer::ed(1).jwk("k"), other] }).to_string().into_bytes())
}

fn error(text: &str) -> ConfigError {
    let error = Config::parse(text, &read).expect_err(text);
    let line = error.to_string();
    assert!(!line.contains('\n') && !line.ends_with('.'), "{line}");
    assert!(line.starts_with(&format!("line {}: ", error.line())), "{line}");
    assert!(error.help().ends_with('。'));
    error
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../schemas/json/callers.schema.json")).unwrap()
}

/// A TOML file as an editor hands it to a JSON Schema.
fn as_json(text: &str) -> Value {
    fn convert(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(date) => json!(date.to_string()),
            toml::Value::Array(list) => list.into_iter().map(convert).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.into_iter().map(|(key, it)| (key, convert(it))).collect())
            }
            other => serde_json::to_value(other).unwrap(),
        }
    }
    convert(toml::Value::Table(text.parse().unwrap()))
}

#[test]
fn the_example_is_read_whole() {
    let config = Config::parse(example(), &read).unwrap();
    assert_eq!(config.counts(), (2, 1, 1));
    let notes = [
        "issuer `https://id.example.org/realms/laixi`: key 2 `old` is set aside: its `use` is not `sig`",
    ];
    assert_eq!(config.notes(), notes);
    let issuer = &config.issuers[0];
    assert_eq!((&*issuer.name, issuer.leeway_seconds), ("id.example.org", 30));
    assert_eq!(issuer.rate, Rate::new(50, 100).unwrap());
    assert_eq!(Config::parse("", &read).unwrap().counts(), (0, 0, 0));
}

#[test]
fn unknown_keys_are_named_with_their_line() {
    let key =
        |line: &str| format!("[[keys]]\nid = \"a\"\nsha256 = \"{}\"\n{line}\n", "0".repeat(64));
    for (text, line, key, table) in [
        ("a = 1\n".to_owned(), 1, "a", "callers file"),
        ("\n\n[limit]\n".to_owned(), 3, "limit", "callers file"),
        ("[limits]\nrate = 1\n".to_owned(), 2, "rate", "limits"),
        (key("role = []"), 4, "role", "keys"),
        (key("Roles = []"), 4, "Roles", "keys"),
        ("# x\n[[issuers]]\njwks_url = \"x\"\n".to_owned(), 3, "jwks_url", "issuers"),
    ] {
        match error(&text) {
            ConfigError::UnknownKey { line: l, key: k, table: t, known } => {
                assert_eq!((l, &*k, t), (line, key, table));
                assert!(known.contains(", "));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_missing_is_named() {
    for (text, line, key) in [
        ("\n[[keys]]\nid = \"a\"\n", 2, "sha256"),
        ("[[keys]]\n", 1, "id"),
        ("[[issuers]]\n", 1, "issuer"),
        ("[[issuers]]\nissuer = \"https://a\"\njwks_file = \"j\"\n", 1, "audience"),
        ("[[issuers]]\nissuer = \"https://a\"\naudience = \"x\"\n", 1, "jwks_file"),
        (
            "[[issuers]]\nissuer = \"https://a\"\naudience = \"x\"\nalgorithms = []\njwks_file = \"j\"\n",
            1,
            "algorithms",
        ),
    ] {
        match error(text) {
            ConfigError::MissingKey { line: l, key: k, .. } => {
                assert_eq!((l, k), (line, key), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn values_that_do_not_fit_are_named_with_their_line() {
    let good = format!("[[keys]]\nid = \"a\"\nsha256 = \"{}\"\n", "0".repeat(64));
    let issuer = "[[issuers]]\nissuer = \"https://a\"\naudience = \"x\"\njwks_file = \"j\"\n";
    let with = |line: &str| (format!("{good}{line}\n"), 4);
    let issued = |line: &str| (format!("{issuer}{line}\n"), 5);
    for (text, line) in [
        (good.replace("\"a\"", "\"A\""), 2),
        (good.replace("\"a\"", "\"jwt:a\""), 2),
        (good.replace("\"a\"", "\"\""), 2),
        (good.replace("\"a\"", &format!("\"{}\"", "a".repeat(65))), 2),
        (good.replace("\"a\"", "7"), 2),
        (good.replace("000\"", "\""), 3),
        (good.replace("000\"", "0 0\""), 3),
        // a sign before a digit is not a hex digit
        (good.replace("\"00", "\"+0"), 3),
        with("roles = \"asker\""),
        with("roles = [1]"),
        with("roles = [\"a b\"]"),
        with("roles = [\"\"]"),
        with("townships = [\"370285000000\"]"),
        with("townships = [\"370285102259\"]"),
        with("townships = [\"*\"]"),
        with("rate_per_second = 0"),
        with("rate_per_second = -1"),
        with("rate_per_second = 1.5"),
        with("burst = 1000001"),
        with("burst = \"5\""),
        with("not_after = 2027-02-28T00:00:00"),
        with("not_after = \"2027-02-30\""),
        with("not_after = 2027-01-01T00:00:00Z"),
        with("not_after = 2027"),
        issued("algorithms = [\"RS256\", \"HS256\"]"),
        issued("algorithms = [\"none\"]"),
        issued("algorithms = \"RS256\""),
        issued("leeway_seconds = 301"),
        issued("name = \"A\""),
        issued("roles_claim = \"\""),
        issued("townships_claim = \"t\"\ntownships = [\"370285102000\"]"),
        (issuer.replace("\"x\"", "\"\""), 3),
        (issuer.replace("\"x\"", "[]"), 3),
        (issuer.replace("https://a", "a"), 2),
        (issuer.replace("https://a", "https://u@a"), 2),
        (issuer.replace("https://a", "https://[::1]:8443/"), 2),
        ("keys = 1\n".to_owned(), 1),
        ("keys = [1]\n".to_owned(), 1),
        ("limits = []\n".to_owned(), 1),
    ] {
        match error(&text) {
            ConfigError::BadValue { line: l, .. } => assert_eq!(l, line, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    for text in ["[[keys]\n", "a = 01\n", "[limits]\nburst = 1\nburst = 2\n"] {
        assert!(matches!(error(text), ConfigError::Syntax { .. }), "{text}");
    }
}

#[test]
fn nobody_is_listed_twice() {
    let key = |table: &str, id: &str, hash: &str| {
        format!("[[{table}]]\nid = \"{id}\"\nsha256 = \"{}\"\n", hash.repeat(64))
    };
    for (text, line, first) in [
        (key("keys", "a", "0") + &key("keys", "a", "1"), 5, 2),
        (key("keys", "a", "a") + &key("keys", "b", "A"), 6, 3),
        (key("keys", "a", "0") + &key("certificates", "a", "1"), 5, 2),
        (key("certificates", "a", "0") + &key("certificates", "b", "0"), 6, 3),
    ] {
        match error(&text) {
            ConfigError::Duplicate { line: l, first: f, .. } => assert_eq!((l, f), (line, first)),
            other => panic!("{other:?}"),
        }
    }
    let issuer = |url: &str| {
        format!("[[issuers]]\nissuer = \"{url}\"\naudience = \"x\"\njwks_file = \"j\"\n")
    };
    for second in ["https://a", "https://A", "https://a/b", "https://a:8443", "https://A/c"] {
        let text = issuer("https://a") + &issuer(second);
        assert!(matches!(error(&text), ConfigError::Duplicate { .. }), "{second}");
    }
}

#[test]
fn keys_of_an_issuer_that_cannot_be_used_are_told() {
    let text = "[[issuers]]\nissuer = \"https://a\"\naudience = \"x\"\njwks_file = \"j.json\"\n";
    let unreadable = |_: &str| Err("no such\nfile".to_owned());
    let error = Config::parse(text, &unreadable).unwrap_err();
    let want = "line 4: the keys in `j.json` cannot be used: no such\u{fffd}file";
    assert_eq!(error.to_string(), want);
    let empty = |_: &str| Ok(b"{\"keys\":[]}".to_vec());
    let error = Config::parse(text, &empty).unwrap_err();
    assert!(error.to_string().ends_with("no key fits the algorithms of this issuer"), "{error}");
}

#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let schema = schema();
    let keys = |value: &Value| -> Vec<String> {
        let mut keys: Vec<String> =
            value["properties"].as_object().unwrap().keys().cloned().collect();
        keys.sort();
        assert_eq!(value["additionalProperties"], json!(false));
        keys
    };
    let defs = &schema["$defs"];
    assert_eq!(keys(&schema), ROOT);
    assert_eq!(keys(&defs["caller"]), CALLER);
    assert_eq!(keys(&defs["issuer"]), ISSUER);
    assert_eq!(keys(&schema["properties"]["limits"]), LIMITS);
}

#[test]
fn the_schema_takes_the_example_and_refuses_what_the_reader_refuses() {
    let validator = jsonschema::draft202012::options().build(&schema()).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&as_json(example())).map(|it| it.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    assert!(validator.is_valid(&json!({})));
    let change = |from: &str, to: &str| {
        assert!(example().contains(from), "{from}");
        let text = example().replacen(from, to, 1);
        let refused = Config::parse(&text, &read).is_err();
        assert_eq!((refused, validator.is_valid(&as_json(&text))), (true, false), "{to}");
    };
    change("id = \"sanzi\"", "id = \"San Zi\"");
    change("rate_per_second = 200", "rate_per_second = 0");
    change("audience = ", "audiences = ");
    change("audience = \"xiangyue\"", "");
    change("\"EdDSA\"", "\"HS256\"");
    change("leeway_seconds = 30", "leeway_seconds = 301");
    change("370285102000", "370285102259");
    change("roles = [\"asker\"]", "roles = [\"a b\"]");
}
