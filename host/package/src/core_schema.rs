//! The Cedar schema: the product's own text plus one generated type for the district's parameters.

use std::fmt::Write as _;

/// The product's part of the Cedar schema (`schemas/cedar/core.cedarschema`).
pub const CORE_SCHEMA: &str = include_str!("../../../schemas/cedar/core.cedarschema");

/// The whole schema text for these parameter ids.
///
/// Parameters become required `Long` attributes, so a policy that misspells one does not validate.
pub fn schema_text<'a>(parameters: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::with_capacity(CORE_SCHEMA.len().saturating_add(1024));
    text.push_str(CORE_SCHEMA);
    text.push_str("\n// generated from parameters/*.toml\ntype Parameters = {");
    for (index, id) in parameters.into_iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}\n  {id:?}: Long");
    }
    text.push_str("\n};\n");
    text
}
