//! `replace` as scripts are offered it: the length of what comes out is known before anything is made. The one of the
//! script engine is measured afterwards, when a short text put into a long one at every letter has filled the memory.

use rhai::{Engine, EvalAltResult, ImmutableString, Position};

type Answer = Result<(), Box<EvalAltResult>>;

/// Takes the place of the engine's own four.
pub(super) fn register(engine: &mut Engine, max: usize) {
    engine
        .register_fn("replace", move |text: &mut ImmutableString, find: &str, with: &str| {
            replace(text, find, with, max)
        })
        .register_fn("replace", move |text: &mut ImmutableString, find: &str, with: char| {
            replace(text, find, with.encode_utf8(&mut [0; 4]), max)
        })
        .register_fn("replace", move |text: &mut ImmutableString, find: char, with: &str| {
            replace(text, find.encode_utf8(&mut [0; 4]), with, max)
        })
        .register_fn("replace", move |text: &mut ImmutableString, find: char, with: char| {
            replace(text, find.encode_utf8(&mut [0; 4]), with.encode_utf8(&mut [0; 4]), max)
        });
}

fn replace(text: &mut ImmutableString, find: &str, with: &str, max: usize) -> Answer {
    let found = text.matches(find).count();
    let added = found.checked_mul(with.len()).and_then(|more| more.checked_add(text.len()));
    let left = added.and_then(|len| len.checked_sub(found.saturating_mul(find.len())));
    if left.is_none_or(|len| len > max) {
        let what = "Length of string".to_owned();
        return Err(Box::new(EvalAltResult::ErrorDataTooLarge(what, Position::NONE)));
    }
    *text = text.as_str().replace(find, with).into();
    Ok(())
}
