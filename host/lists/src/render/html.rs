//! One page that prints on A3, landscape; nothing is fetched from anywhere.

use package::Row;

use super::{cell, used};
use crate::columns::Field;

const STYLE: &str = "@page{size:A3 landscape;margin:12mm}\
body{font-family:\"SimSun\",\"Songti SC\",serif;font-size:10.5pt;color:#000;margin:1em}\
h1{font-size:18pt;text-align:center;margin:0 0 .3em}p{text-align:center;margin:0 0 .6em}\
table{border-collapse:collapse;width:100%}th,td{border:1px solid #000;padding:2px 4px;text-align:left;vertical-align:top}\
thead{display:table-header-group}tr{break-inside:avoid}th{background:#eee}\
h2{font-size:13pt;margin:.8em 0 .2em}";

/// The table as HTML, one part for each list. `title` and `note` stand above it.
pub fn html(title: &str, note: &str, rows: &[Row]) -> String {
    let (title, note) = (escaped(title), escaped(note));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n<h1>{title}</h1>\n<p>{note}</p>\n"
    );
    for (kind, kind_title) in Row::kinds() {
        let own: Vec<Row> = rows.iter().filter(|row| row.kind == kind).cloned().collect();
        if !own.is_empty() {
            page.push_str(&part(kind_title, &own));
        }
    }
    page.push_str("</html>\n");
    page
}

fn part(title: &str, rows: &[Row]) -> String {
    let columns: Vec<Field> =
        used(rows).into_iter().map(|(field, _)| field).filter(|f| *f != Field::Kind).collect();
    let all = |tag: &str, texts: Vec<String>| -> String {
        let cells: Vec<String> =
            texts.iter().map(|text| format!("<{tag}>{}</{tag}>", escaped(text))).collect();
        cells.concat()
    };
    let head = all("th", columns.iter().map(|field| field.title().to_owned()).collect());
    let line = |row: &Row| {
        let cells = all("td", columns.iter().map(|field| cell(row, *field)).collect());
        format!("<tr id=\"{}\">{cells}</tr>\n", escaped(&row.id))
    };
    let body = rows.iter().map(line).collect::<Vec<String>>().concat();
    let (title, count) = (escaped(title), rows.len());
    format!(
        "<h2>{title}（{count}项）</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n\
         <tbody>\n{body}</tbody>\n</table>\n"
    )
}

/// A text that stands in HTML as it is, within quotes too.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
