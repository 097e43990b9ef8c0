//! Which stated values are personal: those that a schema marks `@personal`.

use decision::marked;

/// Paths of the attributes and context keys that carry the mark, whichever side states them.
pub(crate) fn personal(schema_text: &str) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for (of_context, name) in marked(schema_text, "personal") {
        if of_context {
            paths.push(format!("context.{name}"));
        } else {
            paths.push(format!("subject.properties.{name}"));
            paths.push(format!("resource.properties.{name}"));
        }
    }
    paths.sort();
    paths.dedup();
    paths
}
