//! Which stated values are personal: those that a schema marks `@personal`.

use decision::marked_paths;

/// Paths of the attributes and context keys that carry the mark, whichever side states them.
pub(crate) fn personal(schema_text: &str) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for (of_context, path) in marked_paths(schema_text, "personal") {
        let name = path.join(".");
        if of_context {
            // what is stated of an action reaches policies as a context key of this name
            if let Some(inside) = name.strip_prefix("action.") {
                paths.push(format!("action.properties.{inside}"));
            }
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
