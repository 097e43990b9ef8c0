//! The bytes of a frame.

use super::*;

/// Worked out by hand with Python's `struct`, `zlib` and `hashlib`: the format on disk is a promise.
#[test]
fn the_bytes_of_a_frame_are_fixed() {
    let chain = DivisionCode::parse("370285102000").unwrap();
    let frame = Frame { kind: 0x0102, recorded_at: Minute(29_900_000), body: b"hello".to_vec() };
    let group = encode(LogKind::Journal, chain, Head::default(), &[frame]);
    let hex = group.bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    assert_eq!(
        hex,
        concat!(
            "5859465201010102000000000000005636b643b0000000000000000100000000",
            "01c83ce000000005000000000000000000000000000000000000000000000000",
            "00000000000000001608db8f68656c6c6f",
        )
    );
    assert_eq!(
        group.head.hash.to_string(),
        "aefe847ab3c34321a8429ae8e2e92c6b1b707820490994b7724e81bc8196e195"
    );
    let mut heads = crate::heads::Heads::default();
    heads.advance(chain, group.head, 1);
    assert_eq!(
        heads.position().digest.to_string(),
        "da85099bcc5ded213e9752c6fa3117fa769cc0f57575040315af0ea77cb6d38e"
    );
    let decisions = encode(
        LogKind::Decisions,
        chain,
        Head::default(),
        &[Frame { kind: 0x0102, recorded_at: Minute(29_900_000), body: b"hello".to_vec() }],
    );
    assert_ne!(decisions.head, group.head, "a decision cannot be passed off as a record");
}
