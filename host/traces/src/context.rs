//! Whose span a span stands under, and whether it is kept: W3C Trace Context, and the sampler that
//! OpenTelemetry calls parent-based with a ratio for roots.

use std::fmt;

/// Id of a trace.
pub(crate) type TraceId = [u8; 16];
/// Id of a span.
pub(crate) type SpanId = [u8; 8];

/// A span of the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Parent {
    pub(crate) trace: TraceId,
    pub(crate) span: SpanId,
    /// Whether the caller keeps its own span.
    pub(crate) sampled: bool,
}

impl Parent {
    /// Reads `traceparent`; what is not exactly of its form is as if it had not been sent.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (version, rest) = text.split_once('-')?;
        let version = hex::<1>(version)?;
        let (trace, rest) = rest.split_once('-')?;
        let (span, rest) = rest.split_once('-')?;
        // A later version may say more behind the flags; the first one may not.
        let flags = match (version, rest.split_once('-')) {
            ([0xff], _) | ([0], Some(_)) => return None,
            (_, Some((flags, _))) => flags,
            (_, None) => rest,
        };
        let (trace, span, [flags]) = (hex::<16>(trace)?, hex::<8>(span)?, hex::<1>(flags)?);
        let named = trace != [0; 16] && span != [0; 8];
        named.then_some(Self { trace, span, sampled: flags & 1 == 1 })
    }
}

/// Lower-case hex of exactly so many bytes.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

/// Which part of the traces that begin here is kept, in millionths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ratio(u32);

const WHOLE: u32 = 1_000_000;

impl Default for Ratio {
    fn default() -> Self {
        Self(WHOLE)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / WHOLE, self.0 % WHOLE)
    }
}

impl Ratio {
    /// Reads `0`, `1`, `0.05`.
    ///
    /// # Errors
    /// One line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "a number from 0 to 1 with at most six decimals is needed".to_owned();
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 6 {
            return Err(wrong());
        }
        let whole: u32 = whole.parse().map_err(|_| wrong())?;
        let part: u32 = format!("{part:0<6}").parse().map_err(|_| wrong())?;
        let sum = whole.checked_mul(WHOLE).and_then(|whole| whole.checked_add(part));
        sum.filter(|sum| *sum <= WHOLE).map(Self).ok_or_else(wrong)
    }

    /// Whether a trace that begins here is kept: the same answer for one id at every service.
    pub(crate) fn keeps(self, trace: TraceId) -> bool {
        let drawn = trace.last_chunk().map_or(0, |low| u64::from_be_bytes(*low) >> 1);
        self.0 == WHOLE || drawn < (1 << 63) / u64::from(WHOLE) * u64::from(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_parent_is_read_as_the_recommendation_writes_it() {
        let parent = Parent::parse(GOOD).unwrap();
        assert_eq!((parent.trace[0], parent.trace[15]), (0x0a, 0x9c));
        assert_eq!((parent.span[0], parent.span[7]), (0xb7, 0x31));
        assert!(parent.sampled);
        assert!(!Parent::parse(&GOOD.replace("-01", "-00")).unwrap().sampled);
        assert!(!Parent::parse(&GOOD.replace("-01", "-fe")).unwrap().sampled);
        // a later version is read as far as this one goes
        assert_eq!(Parent::parse(&GOOD.replacen("00", "cc", 1)), Some(parent));
        let more = format!("{}-what-else", GOOD.replacen("00", "cc", 1));
        assert_eq!(Parent::parse(&more), Some(parent));
    }

    #[test]
    fn what_is_not_of_its_form_is_no_parent() {
        for wrong in [
            "",
            "00",
            "undefined",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
            " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-村af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        ] {
            assert_eq!(Parent::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_ratio_is_a_decimal_from_zero_to_one() {
        for (text, want) in
            [("0", 0), ("1", WHOLE), ("1.0", WHOLE), ("0.25", 250_000), ("0.000001", 1)]
        {
            assert_eq!(Ratio::parse(text).unwrap(), Ratio(want), "{text}");
        }
        for text in
            ["", ".", "1.", ".5", "-1", "+1", "1.1", "2", "0.0000001", "1e-3", "NaN", "half"]
        {
            assert!(Ratio::parse(text).is_err(), "{text}");
        }
        assert_eq!(Ratio::parse("0.05").unwrap().to_string(), "0.050000");
    }

    #[test]
    fn a_ratio_keeps_its_part_of_the_ids() {
        let id = |drawn: u64| {
            let mut id = [0xff; 16];
            id[8..].copy_from_slice(&drawn.to_be_bytes());
            id
        };
        for (ratio, want) in [("0", 0), ("0.25", 250), ("0.5", 500), ("1", 1_000)] {
            let ratio = Ratio::parse(ratio).unwrap();
            let step = u64::MAX / 1_000;
            let kept = (0..1_000).filter(|n| ratio.keeps(id(n * step + step / 2))).count();
            assert_eq!(kept, want, "{ratio}");
        }
        assert!(Ratio::default().keeps([0xff; 16]));
    }
}
