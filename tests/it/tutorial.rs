//! The tutorial, run: every command of the page in order, and what each block shows is what it says.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tests::district::{root, scratch, write};
use tests::server::binary;

/// A block of commands and the lines that must come out, each in parts that stand in this order in one line.
struct Block {
    commands: String,
    shown: Vec<Vec<String>>,
}

fn blocks(page: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(root().join("docs").join(page)).unwrap();
    let mut found: Vec<Block> = Vec::new();
    let mut open: Option<(&str, String)> = None;
    for line in text.lines() {
        match (&mut open, line) {
            (None, "```sh" | "```text") => open = Some((&line[3..], String::new())),
            (None, _) => {}
            (Some(_), "```") => match open.take().unwrap() {
                ("sh", commands) => found.push(Block { commands, shown: Vec::new() }),
                (_, text) => {
                    let parts = |line: &str| line.split('…').map(str::to_owned).collect();
                    found.last_mut().unwrap().shown = text.lines().map(parts).collect();
                }
            },
            (Some((_, text)), line) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    assert!(open.is_none() && found.len() >= 10, "{page}: {} blocks", found.len());
    found
}

fn says(output: &str, parts: &[String]) -> bool {
    output.lines().any(|line| {
        let mut rest = line;
        parts.iter().all(|part| match rest.split_once(part.as_str()) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    })
}

#[test]
fn both_pages_have_the_same_commands() {
    let of = |page: &str| -> Vec<(String, Vec<Vec<String>>)> {
        blocks(page).into_iter().map(|block| (block.commands, block.shown)).collect()
    };
    assert_eq!(of("tutorial.md"), of("tutorial.zh-CN.md"));
}

#[test]
fn the_commands_of_the_tutorial_do_what_it_says() {
    let blocks = blocks("tutorial.zh-CN.md");
    let folder = scratch("tutorial");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut script =
        String::from("set -euo pipefail\nsay() { echo; echo \"== $1 $(date +%s.%N)\"; }\n");
    script.push_str("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n");
    for (number, block) in blocks.iter().enumerate() {
        let commands = block.commands.replace("127.0.0.1:8181", &format!("127.0.0.1:{port}"));
        // `kill %1` is for a terminal; a script has jobs by number only with job control
        let commands = commands.replace("kill %1", "kill $!");
        write!(script, "say {number}\n{commands}").unwrap();
    }
    script.push_str("say end\n");
    let file = folder.join("tutorial.sh");
    write(&file, &script);
    let output = run(&folder, &file);
    let parts: Vec<&str> = output.split("\n== ").skip(1).collect();
    assert_eq!(parts.len(), blocks.len() + 1, "it stopped:\n{output}");
    let mut last = None;
    for (number, block) in blocks.iter().enumerate() {
        let (head, said) = parts[number].split_once('\n').unwrap();
        let at: f64 = head.split(' ').nth(1).unwrap().parse().unwrap();
        if let Some(before) = last.replace(at) {
            println!("block {} took {:.1} s", number - 1, at - before);
        }
        for line in &block.shown {
            assert!(says(said, line), "block {number} does not say {line:?} but\n{said}");
        }
    }
}

fn run(folder: &Path, script: &Path) -> String {
    let program = binary();
    let path = std::env::var("PATH").unwrap_or_default();
    let shared = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), std::path::PathBuf::from);
    let mut child = Command::new("bash")
        .arg(script)
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", program.parent().unwrap().display()))
        .env("XIANGYUE", root())
        .env("CARGO_TARGET_DIR", shared)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(folder.join("out.txt")).unwrap())
        .stderr(std::fs::File::create(folder.join("err.txt")).unwrap())
        .spawn()
        .unwrap();
    for _ in 0..3_000 {
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    // ends the script, should it hang; its server ends with the trap
    let _ = child.kill();
    let _ = child.wait();
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let errors = text("err.txt");
    if !errors.is_empty() {
        println!("{errors}");
    }
    text("out.txt")
}
