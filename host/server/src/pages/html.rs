//! A page in plain HTML; every text is escaped on its way in.

use std::fmt::Write as _;

const STYLE: &str = "body{font:18px/1.6 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;margin:0 auto;max-width:52rem;padding:1rem;color:#1b1b1b;background:#fff}\
.notice{border:2px solid #8a1c1c;padding:.4rem .8rem;font-weight:bold;text-align:center}\
h1{font-size:1.7rem;margin:.8rem 0 .2rem}h2{font-size:1.3rem;margin:1.6rem 0 .5rem;border-bottom:1px solid #999}\
.numbers{display:flex;flex-wrap:wrap;gap:.5rem;margin:.8rem 0;padding:0;list-style:none}\
.numbers li{flex:1 1 6rem;border:1px solid #bbb;padding:.4rem .6rem}.numbers b{display:block;font-size:1.4rem}\
.card{display:block;border:1px solid #999;padding:.6rem .8rem;margin:.5rem 0;color:inherit;text-decoration:none}\
.card b{font-size:1.15rem;text-decoration:underline}.card span{display:block}\
table{border-collapse:collapse;width:100%}.scroll{overflow-x:auto}th,td{border:1px solid #bbb;padding:.3rem .5rem;text-align:left}\
dl{margin:.5rem 0;border:1px solid #bbb;padding:.5rem .8rem}dt{font-weight:bold}dd{margin:0 0 .3rem;overflow-wrap:anywhere}";

/// Escapes text for HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A page under construction.
#[derive(Debug)]
pub(crate) struct Page {
    out: String,
}

impl Page {
    /// A page with a title, and a notice on top when there is one.
    pub(crate) fn new(title: &str, notice: Option<&str>) -> Self {
        let mut out = format!(
            "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <title>{}</title><style>{STYLE}</style></head><body>",
            escape(title)
        );
        if let Some(notice) = notice {
            let _ = write!(out, "<p class=\"notice\">{}</p>", escape(notice));
        }
        Self { out }
    }

    /// The page's heading.
    pub(crate) fn heading(&mut self, text: &str) {
        let _ = write!(self.out, "<h1>{}</h1>", escape(text));
    }

    /// A section's heading.
    pub(crate) fn heading2(&mut self, text: &str) {
        let _ = write!(self.out, "<h2>{}</h2>", escape(text));
    }

    /// A paragraph.
    pub(crate) fn line(&mut self, text: &str) {
        let _ = write!(self.out, "<p>{}</p>", escape(text));
    }

    /// A link on its own line.
    pub(crate) fn link(&mut self, to: &str, text: &str) {
        let _ = write!(self.out, "<p><a href=\"{}\">{}</a></p>", escape(to), escape(text));
    }

    /// Counts side by side.
    pub(crate) fn numbers(&mut self, numbers: &[(&str, String)]) {
        self.out.push_str("<ul class=\"numbers\">");
        for (name, value) in numbers {
            let _ = write!(self.out, "<li><b>{}</b>{}</li>", escape(value), escape(name));
        }
        self.out.push_str("</ul>");
    }

    /// A linked card with a name and two lines.
    pub(crate) fn card(&mut self, to: &str, name: &str, first: &str, second: &str) {
        let _ = write!(
            self.out,
            "<a class=\"card\" href=\"{}\"><b>{}</b><span>{}</span><span>{}</span></a>",
            escape(to),
            escape(name),
            escape(first),
            escape(second)
        );
    }

    /// A titled list of facts; empty ones are left out.
    pub(crate) fn facts(&mut self, title: &str, facts: &[(&str, String)]) {
        let _ = write!(self.out, "<h3>{}</h3><dl>", escape(title));
        for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = write!(self.out, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
        }
        self.out.push_str("</dl>");
    }

    /// A table that scrolls sideways on a narrow screen.
    pub(crate) fn table(&mut self, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        self.out.push_str("<div class=\"scroll\"><table><tr>");
        for name in head {
            let _ = write!(self.out, "<th>{}</th>", escape(name));
        }
        self.out.push_str("</tr>");
        for row in rows {
            self.out.push_str("<tr>");
            for cell in row {
                let _ = write!(self.out, "<td>{}</td>", escape(&cell));
            }
            self.out.push_str("</tr>");
        }
        self.out.push_str("</table></div>");
    }

    /// The page.
    pub(crate) fn finish(mut self) -> String {
        self.out.push_str("</body></html>");
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape("<b>\"&'"), "&lt;b&gt;&quot;&amp;&#39;");
        let mut page = Page::new("<x>", None);
        page.line("<script>");
        assert!(!page.finish().contains("<script>"));
    }
}
