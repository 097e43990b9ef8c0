//! Changes bytes without knowing what they mean, and in the ways that break readers of JSON and text.

use super::dice::Dice;

/// Bytes that are no text, halves of characters, and texts that look like others.
const ODD: [&[u8]; 18] = [
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbb\xbf",
    b"\x00",
    b"\r\n",
    b"\\ud800",
    b"\\udfff\\ud83d",
    b"\\u0000",
    b"\\ud83d\\ude00",
    "\u{202e}".as_bytes(),
    "\u{ff5b}".as_bytes(),
    "e\u{301}".as_bytes(),
    "乡约".as_bytes(),
    "\u{10ffff}".as_bytes(),
    b"\\",
    b"\"",
];

const NUMBERS: [&str; 14] = [
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "1e308",
    "1e999",
    "-0",
    "0.1",
    "1.00005",
    "00",
    "1E+2",
    "99999999999999999999999999999999999999999999999999",
    "-",
];

/// Changes an input once.
pub(super) fn mutate(
    input: &mut Vec<u8>,
    dice: &mut Dice,
    corpus: &[Vec<u8>],
    words: &[&'static str],
) {
    let at = dice.below(input.len() + 1);
    let end = (at + 1 + dice.below(40)).min(input.len());
    match dice.below(14) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = dice.byte();
            }
        }
        2 => put(input, at, &[dice.byte()]),
        3 => drop(input.drain(at..end)),
        4 => {
            let copy = input[at..end].to_vec();
            put(input, dice.below(input.len() + 1), &copy);
        }
        5 if !corpus.is_empty() => {
            let other = dice.of(corpus);
            let from = dice.below(other.len() + 1);
            let until = (from + dice.below(400)).min(other.len());
            input.splice(at..end, other[from..until].iter().copied());
        }
        6 => put(input, at, dice.pick(&ODD)),
        7 => number(input, at, dice),
        8 => input.truncate(at),
        9 => repeat_member(input, dice),
        10 => nest(input, at, end, dice),
        11 | 12 if !words.is_empty() => {
            let word = dice.of(words).as_bytes();
            if dice.one_in(2) {
                put(input, at, word);
            } else {
                input.splice(at..end, word.iter().copied());
            }
        }
        _ => swap_texts(input, dice),
    }
}

fn put(input: &mut Vec<u8>, at: usize, more: &[u8]) {
    input.splice(at..at, more.iter().copied());
}

/// Puts an extreme number where one stands, or anywhere.
fn number(input: &mut Vec<u8>, at: usize, dice: &mut Dice) {
    let digit = |byte: &u8| byte.is_ascii_digit();
    let from = input[at..].iter().position(digit).map_or(at, |more| at + more);
    let until = input[from..].iter().position(|it| !digit(it)).map_or(input.len(), |n| from + n);
    input.splice(from..until, dice.of(&NUMBERS).bytes());
}

/// Places of texts in quotes, without looking at escapes.
fn texts(input: &[u8]) -> Vec<(usize, usize)> {
    let quotes = input.iter().enumerate().filter(|(_, byte)| **byte == b'"');
    let quotes: Vec<usize> = quotes.map(|(at, _)| at).collect();
    quotes.windows(2).map(|two| (two[0], two[1] + 1)).collect()
}

/// Writes a member's name a second time, right behind an opening brace or a comma.
fn repeat_member(input: &mut Vec<u8>, dice: &mut Dice) {
    let texts = texts(input);
    let names: Vec<&(usize, usize)> =
        texts.iter().filter(|(_, end)| input.get(*end) == Some(&b':')).collect();
    let opened = input.iter().enumerate().filter(|(_, byte)| matches!(byte, b'{' | b','));
    let opened: Vec<usize> = opened.map(|(at, _)| at + 1).collect();
    if names.is_empty() || opened.is_empty() {
        return;
    }
    let (from, end) = **dice.of(&names);
    let name = input[from..end].to_vec();
    let value: &[u8] = dice.pick(&[b"null" as &[u8], b"{}", b"[]", b"\"x\"", b"0", b"true"]);
    let at = *dice.of(&opened);
    put(input, at, &[&name, b":" as &[u8], value, b","].concat());
}

fn nest(input: &mut Vec<u8>, at: usize, end: usize, dice: &mut Dice) {
    let pairs: [(&[u8], &[u8]); 6] = [
        (b"[", b"]"),
        (b"{\"a\":", b"}"),
        (b"(", b")"),
        (b"!", b""),
        (b"-", b""),
        (b"{\"__entity\":", b"}"),
    ];
    let (open, close) = *dice.of(&pairs);
    let deep = *dice.of(&[1, 2, 3, 60, 64, 65, 66, 127, 128, 500, 3_000]);
    let middle = input[at..end].to_vec();
    let all = [open.repeat(deep), middle, close.repeat(deep)].concat();
    input.splice(at..end, all);
}

/// Puts one text in the place of another.
fn swap_texts(input: &mut Vec<u8>, dice: &mut Dice) {
    let texts = texts(input);
    if texts.is_empty() {
        return;
    }
    let (from, end) = *dice.of(&texts);
    let (start, until) = *dice.of(&texts);
    let text = input[start..until].to_vec();
    input.splice(from..end, text);
}
