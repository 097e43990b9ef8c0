//! The start page over a plain Cedar folder.

use engine::plain::PlainEngine;

use super::html::Page;

/// What is served, and a line to try it with.
pub(crate) fn page(engine: &PlainEngine, url: &str) -> String {
    let (status, current) = (engine.status(), engine.current());
    let mut page = Page::new("乡约 · Cedar", None);
    page.heading("乡约 · Cedar");
    page.line("这里按一个普通 Cedar 文件夹回答“能不能办”。A plain Cedar folder is served here.");
    page.numbers(&[
        ("规矩 policies", status.policies.to_string()),
        ("实体 entities", current.entities.len().to_string()),
        ("版本 version", current.version.to_string()),
    ]);
    page.line(&format!("规矩摘要 edition {}", status.edition));
    if let Some(refused) = &status.refused {
        page.line(&format!("上次重新载入没有生效 last reload refused: {}", refused.message));
    }
    page.heading2("试一试 · Try");
    page.line(&format!(
        "curl -s {url}/access/v1/evaluation -H 'Content-Type: application/json' -d '{{\"subject\":{{\"type\":\"User\",\"id\":\"alice\"}},\"action\":{{\"name\":\"view\"}},\"resource\":{{\"type\":\"Document\",\"id\":\"d1\"}}}}'"
    ));
    page.link("/.well-known/authzen-configuration", "AuthZEN");
    page.link("/openapi.json", "OpenAPI");
    page.finish()
}
