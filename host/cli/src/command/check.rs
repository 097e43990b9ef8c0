//! `xiangyue check PATH`: every diagnostic in one pass, rules compiled included.

use std::path::PathBuf;

use model::DivisionCode;
use package::{Diagnostic, Severity, TownshipEdition};
use rules::LoadError;
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
                for scheme in township.schemes.values() {
                    match engine::snapshot::rule_of(&host, scheme) {
                        Ok(rule) => diagnostics.extend(scheme_fit::fit(
                            &at.root,
                            &folder,
                            township,
                            scheme,
                            rule.as_ref(),
                        )),
                        Err(error) => {
                            let error = host.refusal(&scheme.source, error);
                            let file =
                                format!("{folder}/editions/{}/{}", township.from, scheme.rule);
                            diagnostics.push(of_rule(&file, &error));
                        }
                    }
                }
            }
        }
    }
    diagnostics.retain(|d| at.part.is_empty() || d.file.starts_with(&at.part));
    Ok(print(printer, &diagnostics))
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
