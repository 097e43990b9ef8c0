//! `xiangyue prove PATH`: the package's invariants, proved over every kind of request.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::Clock;
use model::{Digest, DivisionCode};
use package::{Certificate, Edition, Package};
use proof::{Names, Options, Report, Scope, SolverCommand, Status};

use crate::Failure;
use crate::command::{check, proved};
use crate::exit::Exit;
use crate::package_at::{self, At};
use crate::render::Printer;

/// Words of the command.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of a district package; a township's folder proves what that township wrote, and no certificate is written
    path: PathBuf,
    /// Only this invariant, by its id; writes no certificate
    #[arg(long)]
    invariant: Option<String>,
    /// Ask the solver everything again, whatever earlier verdicts say
    #[arg(long)]
    fresh: bool,
    /// Leave this forbid out, to see what rests on it; writes no certificate
    #[arg(long, value_name = "POLICY")]
    without: Vec<String>,
    /// Write no certificate; one that is missing or stale is a no
    #[arg(long)]
    check: bool,
    /// The solver; without it `cvc5` on the path
    #[arg(long, env = "XIANGYUE_CVC5")]
    solver: Option<PathBuf>,
    /// Milliseconds the solver may take for one question
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    limit_ms: u64,
}

/// Proves a package.
pub(crate) fn run(printer: Printer, arguments: &Arguments) -> Result<Exit, Failure> {
    if package_at::plain(&arguments.path)?.is_some() {
        return Err(Failure::new(
            Exit::Usage,
            "NOTHING_TO_PROVE",
            format!(
                "`{}` is a plain Cedar folder; it names no invariants",
                arguments.path.display()
            ),
            "这个文件夹里没有写要证明的保证。",
            "保证写在区市规矩包的 editions/<日期>/invariants/ 里；写法见 policies/laixi/README.md。",
        ));
    }
    let at = package_at::load(&arguments.path)?;
    let Some(package) = &at.loaded.package else {
        return Ok(check::print(printer, &at.loaded.diagnostics));
    };
    known_invariant(package, arguments)?;
    known_forbids(package, arguments)?;
    let names = Names::core().map_err(|error| {
        Failure::new(
            Exit::Failure,
            "PROOF_NAMES",
            error.to_string(),
            "程序自带的字段名称表有误。",
            "请联系维护人员。",
        )
    })?;
    let solver = solver(arguments);
    let scope = scope(&at, package, arguments)?;
    let mut proofs = Vec::new();
    for edition in package.editions() {
        let asked = Asked { arguments, scope, solver: solver.as_ref(), names: &names };
        let report = proved(printer, package, edition, &asked)?;
        let paper = paper(&at.root, edition, &report, &asked)?;
        proofs.push(proved::Proof { report, paper });
    }
    proved::print(printer, &proofs, solver.is_some());
    Ok(exit(&proofs))
}

/// The worst of everything; a certificate that was to hold and does not is a no.
fn exit(proofs: &[proved::Proof]) -> Exit {
    let worst = proofs.iter().map(|proof| proof.report.status()).max().unwrap_or(Status::Proved);
    let stale = proofs.iter().any(|proof| proof.paper == Paper::Stale);
    match worst {
        Status::Refuted => Exit::No,
        Status::Unknown => Exit::Unknown,
        Status::Proved if stale => Exit::No,
        Status::Proved => Exit::Yes,
    }
}

/// What of a package is proved, and with what.
struct Asked<'a> {
    arguments: &'a Arguments,
    scope: Scope<'a>,
    solver: Option<&'a SolverCommand>,
    names: &'a Names,
}

/// How much is proved: what was asked for by name, or by a path that lies in one township.
fn scope<'a>(at: &At, package: &Package, arguments: &'a Arguments) -> Result<Scope<'a>, Failure> {
    let Some(folder) = at.part.strip_prefix("townships/").and_then(|rest| rest.split('/').next())
    else {
        return Ok(arguments.invariant.as_deref().map_or(Scope::All, Scope::Invariant));
    };
    let nine = folder.split('-').next().unwrap_or_default();
    let code = DivisionCode::parse(&format!("{nine}000")).ok();
    let known = |code: &DivisionCode| {
        package.editions().iter().any(|edition| edition.township(*code).is_some())
    };
    let unusable = |message: String, text: &str, help: &str| {
        Err(Failure::new(Exit::Usage, "NOTHING_TO_PROVE", message, text, help))
    };
    match code.filter(known) {
        None => unusable(
            format!("`{}` is no township's folder in force", at.part),
            "这个文件夹不是镇（街道）的规矩。",
            "请给出区市的规矩包，或者其中一个镇的文件夹，例如 policies/laixi/townships/370285102-xiagezhuang。",
        ),
        Some(_) if arguments.invariant.is_some() => unusable(
            "invariants are the district's; give the district's folder with `--invariant`"
                .to_owned(),
            "保证是区市定的，不属于某个镇。",
            "带 --invariant 时请给出区市规矩包的文件夹。",
        ),
        Some(code) => Ok(Scope::Township(code)),
    }
}

fn known_invariant(package: &Package, arguments: &Arguments) -> Result<(), Failure> {
    let Some(id) = &arguments.invariant else { return Ok(()) };
    let mut all = package.editions().iter().flat_map(|edition| edition.invariants().policies());
    if all.any(|policy| policy.id().to_string() == *id) {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Usage,
        "UNKNOWN_INVARIANT",
        format!("no invariant is called `{id}`; run without `--invariant` to see them all"),
        format!("没有编号为“{id}”的保证。"),
        "不带 --invariant 运行一次，可以看到全部保证的编号。",
    ))
}

/// A forbid that is left out has to be there, or nothing would be learnt from it.
fn known_forbids(package: &Package, arguments: &Arguments) -> Result<(), Failure> {
    let ids: BTreeSet<String> = package
        .editions()
        .iter()
        .flat_map(|edition| edition.base().policies())
        .map(|policy| policy.id().to_string())
        .collect();
    let Some(id) = arguments.without.iter().find(|id| !ids.contains(*id)) else { return Ok(()) };
    Err(Failure::new(
        Exit::Usage,
        "UNKNOWN_POLICY",
        format!(
            "the district has no policy `{id}`; ids stand after `@id` in its `authorization` folder"
        ),
        format!("没有编号为“{id}”的规矩。"),
        "规矩的编号写在 authorization 文件夹里每条规矩的 @id 后面。",
    ))
}

fn proved(
    printer: Printer,
    package: &Package,
    edition: &Edition,
    asked: &Asked<'_>,
) -> Result<Report, Failure> {
    let Asked { arguments, scope, solver, names } = *asked;
    // a verdict is about one question, whichever edition it was asked for
    let known: BTreeSet<Digest> = package
        .editions()
        .iter()
        .filter_map(Edition::certificate)
        .filter(|_| !arguments.fresh)
        .flat_map(|held| &held.verdicts)
        .copied()
        .collect();
    let without: BTreeSet<String> = arguments.without.iter().cloned().collect();
    let started = std::time::Instant::now();
    let shown = std::cell::Cell::new(0);
    let options = Options {
        solver: solver.cloned(),
        known: &known,
        scope,
        without: &without,
        thorough: true,
        names,
        today: Clock::System.now().day(),
        village: village(package),
        progress: &|done, all| {
            if started.elapsed().as_secs() >= 2 && done >= shown.get() + 50 {
                shown.set(done);
                printer.note(&format!("{} {done}/{all}", printer.say("正在证明", "proving")));
            }
        },
    };
    proof::prove(edition, &options).map_err(|error| {
        Failure::new(
            Exit::Failure,
            "PROOF_IMPOSSIBLE",
            error.to_string(),
            format!("{} 起施行的规矩不能证明：{error}", edition.from()),
            "请先运行 xiangyue check；规矩里不要把两个变量相乘，也不要用 toDate、toDays。",
        )
    })
}

/// Where examples happen: the demo's village, or the district's first.
fn village(package: &Package) -> DivisionCode {
    let first = || package.divisions().villages().next().map(|village| village.code);
    let demo = package.demo().map(|demo| demo.matters_village);
    demo.or_else(first).unwrap_or(package.district().code)
}

/// The solver that was named, or `cvc5` where it lies on the path.
fn solver(arguments: &Arguments) -> Option<SolverCommand> {
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join("cvc5")).find(|file| file.is_file())
    };
    let program = arguments.solver.clone().or_else(on_path)?;
    Some(SolverCommand { program, limit: Duration::from_millis(arguments.limit_ms) })
}

/// What happened to an edition's certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Paper {
    /// There is nothing to certify, or not everything was proved.
    None,
    /// It was right already.
    Kept,
    /// It was written.
    Written,
    /// It is missing or about other rules, and was not to be written.
    Stale,
}

/// Writes the certificate of an edition of which everything is proved, unless it says so already.
fn paper(
    root: &Path,
    edition: &Edition,
    report: &Report,
    asked: &Asked<'_>,
) -> Result<Paper, Failure> {
    let Asked { arguments, scope, solver, .. } = *asked;
    let part = scope != Scope::All || !arguments.without.is_empty();
    let nothing = edition.invariants().is_empty() || part;
    if nothing || report.status() != Status::Proved {
        return Ok(Paper::None);
    }
    let held = edition.certificate();
    let same =
        |held: &Certificate| held.digest == report.digest && held.verdicts == report.verdicts;
    if held.is_some_and(same) {
        return Ok(Paper::Kept);
    }
    if arguments.check {
        return Ok(match edition.proof() {
            package::ProofState::Holds => Paper::Kept,
            _ => Paper::Stale,
        });
    }
    let version = solver.filter(|_| report.asked > 0).map(version);
    let certificate = Certificate {
        edition: edition.from(),
        digest: report.digest,
        prover: version
            .or_else(|| held.map(|held| held.prover.clone()))
            .unwrap_or_else(|| proof::TRANSLATOR.to_owned()),
        invariants: report.invariants.iter().map(|row| row.id.clone()).collect(),
        verdicts: report.verdicts.clone(),
    };
    let folder = root.join("proofs");
    let file = folder.join(format!("{}.toml", edition.from()));
    let unwritable = |message: String| {
        Failure::new(
            Exit::Failure,
            "PROOF_UNWRITABLE",
            format!("cannot write `{}`: {message}", file.display()),
            format!("都证明了，但是证明书“{}”写不了。", file.display()),
            "请核对文件夹权限；只想证明、不写证明书的，加 --check。",
        )
    };
    let text =
        toml::to_string_pretty(&certificate).map_err(|error| unwritable(error.to_string()))?;
    std::fs::create_dir_all(&folder).map_err(|error| unwritable(error.to_string()))?;
    // aside first, so that a reader never finds half of it
    let aside = folder.join(format!(".{}.tmp", edition.from()));
    std::fs::write(&aside, format!("{HEAD}{text}"))
        .and_then(|()| std::fs::rename(&aside, &file))
        .map_err(|error| unwritable(error.to_string()))?;
    Ok(Paper::Written)
}

/// What stands at the top of a certificate.
const HEAD: &str = "# 证明书：由 xiangyue prove 写成，不用手改。规矩改过以后要重新运行 xiangyue prove，\n# 摘要对不上的规矩不能生效。写法见 docs/proof.md。\n\n";

/// Translator and solver with their versions.
fn version(solver: &SolverCommand) -> String {
    let said = std::process::Command::new(&solver.program).arg("--version").output().ok();
    let text = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let number = text
        .as_deref()
        .unwrap_or_default()
        .split_whitespace()
        .skip_while(|word| *word != "version")
        .nth(1);
    format!("{}, cvc5 {}", proof::TRANSLATOR, number.unwrap_or("of an unknown version"))
}
