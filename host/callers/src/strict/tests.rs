use super::*;

#[test]
fn a_member_occurs_once() {
    let text = br#"{"a":[1,-2,true,null,{"b":"c"}],"d":1.5}"#;
    assert_eq!(object(text).unwrap().len(), 2);
    for bad in [
        &br#"{"a":1,"a":1}"#[..],
        br#"{"a":{"b":1,"b":2}}"#,
        br#"[{"b":1,"b":2}]"#,
        // the same name, once written with an escape
        br#"{"a":1,"\u0061":2}"#,
        br#"{"a":1} "#,
        br#"{"a":1}x"#,
        br#"{"a":"\ud800"}"#,
        b"{\"a\":\"\xff\"}",
        b"[]",
        b"",
    ] {
        let found = object(bad);
        assert_eq!(found.is_some(), bad.ends_with(b" "), "{}", String::from_utf8_lossy(bad));
    }
    assert!(object("[".repeat(4000).as_bytes()).is_none());
    assert!(looks_like_object(br#" {"a":1,"a":1}"#));
    assert!(!looks_like_object(b"[1]") && !looks_like_object(b"{\"a\"") && !looks_like_object(b""));
}

#[test]
fn base64url_has_one_spelling() {
    assert_eq!(base64url("AQ").unwrap(), [1]);
    for bad in ["AR", "AQ=", "AQ==", "A", "A+", "A/", "AQ\n", " AQ", "ＡＱ"] {
        assert!(base64url(bad).is_none(), "{bad}");
    }
}
