//! Stored entities of a plain folder, the package in force, recorded decisions.

use engine::plain::Reloaded;
use engine::service::Service;
use model::{Refusal, RefusalKind};
use serde_json::{Value, json};

use crate::app::App;
use crate::limits::ENTITIES_LISTED_MAX;
use crate::reads::Asked;
use crate::table::{Entities, Package};
use crate::writes::invalid;

/// Reads or writes stored entities. Blocks until a write is safe; called off the async threads.
pub(crate) fn entities(app: &App, does: Entities, asked: &Asked) -> Result<Value, Refusal> {
    let engine = app.service.plain().ok_or_else(not_plain)?;
    let caller = asked.system.id.as_str();
    let (kind, id) = (asked.path("type"), asked.path("id"));
    match does {
        Entities::Get => engine.entity(kind, id),
        Entities::List => {
            let limit = match asked.query("limit") {
                "" => 100,
                text => text.parse().map_err(|_| invalid("`limit` must be a whole number"))?,
            };
            let behind = Some(asked.query("after")).filter(|after| !after.is_empty());
            Ok(engine.entities(kind, behind, limit.clamp(1, ENTITIES_LISTED_MAX)))
        }
        Entities::Put => {
            let mut value = Value::Object(asked.body.clone());
            let uid = json!({"type": kind, "id": id});
            match value.as_object_mut() {
                Some(map) if map.get("uid").is_none_or(|own| *own == uid) => {
                    map.insert("uid".to_owned(), uid);
                    map.entry("attrs").or_insert_with(|| json!({}));
                    map.entry("parents").or_insert_with(|| json!([]));
                }
                _ => {
                    return Err(invalid(
                        "`uid` differs from the type and id in the path; leave it out",
                    ));
                }
            }
            engine.put_entity(caller, value)
        }
        Entities::Remove => engine.remove_entity(caller, kind, id),
        Entities::Load => {
            let Some(Value::Array(values)) = asked.body.get("entities") else {
                return Err(invalid(
                    "`entities` must be an array of entities in Cedar's JSON form",
                ));
            };
            let loaded = engine.load_entities(caller, values.clone())?;
            Ok(json!({"loaded": loaded.count, "version": loaded.version}))
        }
    }
}

fn not_plain() -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "NOT_A_PLAIN_FOLDER",
        "in a district things come about by acts; this path serves plain Cedar folders",
        "区市的资料由办理的动作产生，这个地址只用于普通 Cedar 文件夹。",
        "请用 /v1 下对应的办理地址。",
    )
}

/// Status and reload of the package, and recorded decisions.
pub(crate) fn package(app: &App, does: Package, asked: &Asked) -> Result<Value, Refusal> {
    match does {
        Package::Status => Ok(json!({"packages": [status(&app.service)]})),
        Package::Reload => {
            let done = match &app.service {
                Service::Plain(engine) => engine.reload()?,
                Service::District(engine) => engine.reload()?,
            };
            let word = match done {
                Reloaded::Unchanged => "unchanged",
                Reloaded::Swapped => "swapped",
            };
            Ok(json!({"reload": word, "package": status(&app.service)}))
        }
        Package::Decision => {
            app.service.recorded(asked.path("id"), asked.language, asked.system.who.as_ref())
        }
    }
}

fn status(service: &Service) -> Value {
    match service {
        Service::Plain(engine) => {
            let current = engine.current();
            let mut value = serde_json::to_value(engine.status()).unwrap_or_default();
            if let Some(map) = value.as_object_mut() {
                map.insert("kind".to_owned(), json!("plain"));
                map.insert("entities".to_owned(), json!(current.entities.len()));
                map.insert("version".to_owned(), json!(current.version));
            }
            value
        }
        Service::District(engine) => {
            let mut value = serde_json::to_value(engine.status()).unwrap_or_default();
            if let Some(map) = value.as_object_mut() {
                map.insert("kind".to_owned(), json!("district"));
                map.insert("version".to_owned(), json!(engine.records()));
            }
            value
        }
    }
}
