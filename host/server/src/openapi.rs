//! The OpenAPI 3.1 description, made from the route table.

use serde_json::{Map, Value, json};

use crate::Desk;
use crate::routes::ROUTES;
use crate::shapes::{Field, Kind};
use crate::table::{Does, Route};

/// The description.
pub fn openapi() -> Value {
    let mut paths = Map::new();
    for route in &ROUTES {
        let path = paths.entry(route.path.replace("{*", "{")).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(route.method.name().to_lowercase(), operation(route));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Xiangyue 乡约",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "rules-as-code for village and township governance",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "caller": {"type": "apiKey", "in": "header", "name": "X-API-Key",
                    "description": "用 --callers 启动后需要；with `--callers`, which also takes a JWT or a client certificate in its place"},
            },
            "schemas": {"Problem": problem()},
        },
    })
}

/// The description as it is checked in.
pub fn openapi_text() -> String {
    let mut text = serde_json::to_string_pretty(&openapi()).unwrap_or_default();
    text.push('\n');
    text
}

fn operation(route: &Route) -> Value {
    let mut parameters: Vec<Value> = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| name.trim_start_matches('*'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    parameters.extend(
        route
            .query
            .iter()
            .map(|name| json!({"name": name, "in": "query", "schema": {"type": "string"}})),
    );
    if matches!(route.does, Does::Write(_)) {
        parameters.push(json!({"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 128},
            "description": "同一件事重发用同一编号；the same key and body is answered once"}));
    }
    let ok = if route.creates { "201" } else { "200" };
    let error = json!({"description": "problem", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}});
    let mut operation = json!({
        "summary": route.en,
        "description": route.zh,
        "parameters": parameters,
        "responses": {ok: {"description": "ok"}, "default": error},
    });
    if let Some(map) = operation.as_object_mut() {
        if route.token {
            map.insert("security".to_owned(), json!([{"bearer": []}]));
        } else if route.act(Desk::Both).is_some() {
            map.insert("security".to_owned(), json!([{}, {"caller": []}]));
        }
        if !route.body.is_empty() {
            let open = matches!(route.does, Does::Access(_));
            map.insert(
                "requestBody".to_owned(),
                json!({
                    "required": true,
                    "content": {"application/json": {"schema": schema(route.body, open)}},
                }),
            );
        }
    }
    operation
}

fn schema(fields: &[Field], open: bool) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), member(field))).collect();
    let required: Vec<&str> = fields.iter().filter(|f| f.required).map(|f| f.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": open})
}

fn member(field: &Field) -> Value {
    let mut value = match field.kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Code => json!({"type": "string", "pattern": "^[1-9][0-9]{11}$"}),
        Kind::Day => json!({"type": "string", "format": "date"}),
        Kind::Int => json!({"type": "integer", "format": "int64"}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Object => json!({"type": "object"}),
        Kind::Objects => json!({"type": "array", "items": {"type": "object"}}),
    };
    if let Some(map) = value.as_object_mut() {
        map.insert("description".to_owned(), json!(field.text));
    }
    value
}

fn problem() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object",
        "description": "RFC 9457 problem details; `code` is stable, `text` and `help` are Chinese",
        "properties": {
            "type": text, "title": text, "status": {"type": "integer"}, "code": text, "detail": text, "text": text,
            "help": text, "reasons": {"type": "array"}, "request_id": text,
        },
        "required": ["type", "title", "status", "code", "detail", "text", "help", "request_id"],
    })
}

#[cfg(test)]
mod tests {
    /// `XIANGYUE_UPDATE=1` writes the file instead of comparing it.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "compares a checked-in file")]
    fn the_checked_in_description_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/openapi.json");
        let now = super::openapi_text();
        if std::env::var("XIANGYUE_UPDATE").is_ok_and(|v| v == "1") {
            std::fs::write(path, &now).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == now,
            "schemas/openapi.json is stale; run `XIANGYUE_UPDATE=1 cargo test --release -p server openapi`"
        );
    }
}
