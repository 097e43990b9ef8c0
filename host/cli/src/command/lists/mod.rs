//! `xiangyue lists`: what stands on which list, and how a spreadsheet becomes one.

mod basis;
mod compare;
pub(super) mod import;
mod render;
mod show;
mod sign_off;
pub(super) mod source;

use crate::Failure;
use crate::exit::Exit;
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the entries of a package, an edition, a folder of lists or one list
    Show(show::Arguments),
    /// Read a spreadsheet (.csv, .xlsx) as one list of a package; all or nothing
    Import(import::Arguments),
    /// Compare two versions: what came, went, moved or changed, and by how many percent
    Diff(compare::Arguments),
    /// Print the table of duties as HTML (A3), JSON, XLSX or CSV
    Render(render::Arguments),
    /// Check a citation against the table of laws on a day
    Basis(basis::Arguments),
    /// Sign off for a department that its entries and items are lawful, or tell who has signed
    SignOff(sign_off::Arguments),
}

/// Runs the command.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Show(arguments) => show::run(printer, arguments),
        Command::Import(arguments) => import::run(printer, arguments),
        Command::Diff(arguments) => compare::run(printer, arguments),
        Command::Render(arguments) => render::run(printer, arguments),
        Command::Basis(arguments) => basis::run(printer, arguments),
        Command::SignOff(arguments) => sign_off::run(printer, arguments),
    }
}

/// Reads a list's id or Chinese name.
fn kind(text: &str) -> Result<package::ListKind, String> {
    use package::ListKind;
    let known = ListKind::ALL.into_iter().find(|k| k.id() == text || k.title() == text);
    known.ok_or_else(|| {
        let ids: Vec<&str> = ListKind::ALL.into_iter().map(ListKind::id).collect();
        format!("no such list; one of: {}", ids.join(", "))
    })
}

/// Reads a day.
fn day(text: &str) -> Result<model::CivilDay, String> {
    model::CivilDay::parse(text).map_err(|error| error.to_string())
}
