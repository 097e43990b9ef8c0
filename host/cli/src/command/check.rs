//! `xiangyue check PATH`: every diagnostic in one pass, rules compiled included.

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::DivisionCode;
use package::{Diagnostic, RuleKind, Scheme, Severity, TownshipEdition};
use rules::{Lint, LoadError};
use serde_json::json;

use crate::Failure;
use crate::command::scheme_fit;
use crate::exit::Exit;
use crate::package_at::{self, rule_host};
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of a district package, or of a township within one
    path: PathBuf,
}

/// Checks a package.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    if let Some(at) = package_at::plain(&arguments.path)? {
        return Ok(print(printer, &of_plain(&at)));
    }
    let at = package_at::load(&arguments.path)?;
    let mut diagnostics = at.loaded.diagnostics.clone();
    let mut scripts = BTreeMap::new();
    if let Some(package) = &at.loaded.package {
        diagnostics.extend(engine::plain::check_callers(package.callers()));
        let host = rule_host()?;
        for edition in package.editions() {
            for found in edition.sign_off_diagnostics() {
                // a township's later edition shares the district's folder
                if !diagnostics.contains(&found) {
                    diagnostics.push(found);
                }
            }
            for (code, township) in edition.townships() {
                let folder = folder_of(*code, township);
                // compiling is what takes time: rules of other townships are not what was asked
                let asked = at.part.starts_with(&folder) || folder.starts_with(&at.part);
                if !asked {
                    continue;
                }
                for scheme in township.all_schemes() {
                    let file = format!("{folder}/editions/{}/{}", township.from, scheme.rule);
                    match engine::snapshot::rule_of(&host, scheme) {
                        Ok(rule) => {
                            let rule = rule.as_ref();
                            diagnostics
                                .extend(scheme_fit::fit(&at.root, &folder, township, scheme, rule));
                            diagnostics.extend(lints(scheme, &file));
                        }
                        Err(error) => {
                            let error = host.refusal(&scheme.source, error);
                            diagnostics.push(of_rule(&file, &error));
                        }
                    }
                    if scheme.kind() == RuleKind::Script {
                        scripts.insert(file, String::from_utf8_lossy(&scheme.source).into_owned());
                    }
                }
            }
        }
    }
    diagnostics.retain(|d| at.part.is_empty() || d.file.starts_with(&at.part));
    Ok(print_beside(printer, &diagnostics, &scripts))
}

/// What a script had better be without.
fn lints(scheme: &Scheme, file: &str) -> Vec<Diagnostic> {
    if scheme.kind() != RuleKind::Script {
        return Vec::new();
    }
    let source = String::from_utf8_lossy(&scheme.source);
    let found = rules::lint_script(&source, &scheme.settings);
    found.into_iter().map(|lint| of_lint(file, lint)).collect()
}

fn of_lint(file: &str, lint: Lint) -> Diagnostic {
    Diagnostic {
        code: lint.code.to_owned(),
        severity: Severity::Warning,
        message: lint.message,
        text: lint.text,
        help: lint.help,
        file: file.to_owned(),
        line: lint.line.max(1),
        column: lint.column.max(1),
    }
}

/// A plain folder: policies, schema, and each entity against the schema.
fn of_plain(at: &package_at::PlainAt) -> Vec<Diagnostic> {
    let mut diagnostics = at.loaded.diagnostics.clone();
    if let Some(plain) = &at.loaded.plain {
        diagnostics.extend(engine::plain::check_callers(&plain.callers));
    }
    let file = at.files.get(package::plain::ENTITIES);
    if let (Some(plain), Some(bytes)) = (&at.loaded.plain, file) {
        diagnostics.extend(engine::plain::check_entities(plain, bytes));
    }
    diagnostics
}

/// The folder of a township within the package.
pub(crate) fn folder_of(code: DivisionCode, township: &TownshipEdition) -> String {
    let nine: String = code.to_string().chars().take(9).collect();
    format!("townships/{nine}-{}", township.slug)
}

fn of_rule(file: &str, error: &LoadError) -> Diagnostic {
    Diagnostic {
        code: error.code.code().to_owned(),
        severity: Severity::Error,
        message: error.message.clone(),
        text: error.text.clone(),
        help: error.help.clone(),
        file: file.to_owned(),
        line: error.line.max(1),
        column: error.column.max(1),
    }
}

pub(crate) fn print(printer: Printer, diagnostics: &[Diagnostic]) -> Exit {
    print_beside(printer, diagnostics, &BTreeMap::new())
}

/// Prints; under what is about a script, the line of it.
fn print_beside(
    printer: Printer,
    diagnostics: &[Diagnostic],
    scripts: &BTreeMap<String, String>,
) -> Exit {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = diagnostics.len().saturating_sub(errors);
    if printer.json() {
        printer
            .answer(&json!({"diagnostics": diagnostics, "errors": errors, "warnings": warnings}));
    } else {
        for diagnostic in diagnostics {
            let severity = match diagnostic.severity {
                Severity::Error => printer.say("错误", "error"),
                Severity::Warning => printer.say("提醒", "warning"),
            };
            let said = printer.say(&diagnostic.text, &diagnostic.message);
            let Diagnostic { code, file, line, column, help, .. } = diagnostic;
            printer.line(&format!("{severity}[{code}] {file}:{line}:{column}\n  {said}"));
            let source = scripts.get(file);
            if let Some(shown) = source.and_then(|it| crate::caret::under(it, *line, *column)) {
                printer.line(&shown);
            }
            if !help.is_empty() {
                printer.line(&format!("  {}{help}", printer.say("怎么改：", "help: ")));
            }
        }
        let summary = match (errors, warnings) {
            (0, 0) => printer.say("检查通过，没有问题。", "valid, nothing to report").to_owned(),
            (0, n) => format!("{}{n}", printer.say("检查通过，提醒条数：", "valid, warnings: ")),
            (n, _) => format!("{}{n}", printer.say("没有通过，错误条数：", "not valid, errors: ")),
        };
        printer.line(&summary);
    }
    if errors == 0 { Exit::Yes } else { Exit::No }
}
