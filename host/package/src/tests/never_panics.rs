use std::sync::LazyLock;

use proptest::prelude::*;

use super::good;
use crate::{Files, load};

static GOOD: LazyLock<Files> = LazyLock::new(|| {
    let mut files = good();
    // a short division list keeps each run quick
    let csv = String::from_utf8(files.remove("divisions.csv").unwrap()).unwrap();
    let few: Vec<&str> = csv
        .lines()
        .filter(|l| {
            !l.contains(",village,")
                || l.starts_with("37028510225")
                || l.starts_with("370285102260")
        })
        .collect();
    files.insert("divisions.csv".to_owned(), few.join("\n").into_bytes());
    files
});

fn holds(files: &Files) -> Result<(), TestCaseError> {
    let loaded = load(files);
    let errors = loaded.diagnostics.iter().filter(|d| d.severity == crate::Severity::Error).count();
    prop_assert_eq!(loaded.package.is_none(), errors > 0);
    prop_assert!(loaded.diagnostics.iter().all(|d| d.line >= 1 && d.column >= 1));
    Ok(())
}

fn some_path() -> impl Strategy<Value = String> {
    (0..GOOD.len()).prop_map(|n| GOOD.keys().nth(n).cloned().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Random bytes at every place that has a meaning.
    #[test]
    fn random_bytes(path in some_path(), bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut files = GOOD.clone();
        files.insert(path, bytes);
        holds(&files)?;
    }

    /// A good file with a few bytes changed, cut or doubled.
    #[test]
    fn damaged_files(path in some_path(), at in any::<prop::sample::Index>(), new in any::<u8>(), how in 0_u8..4) {
        let mut files = GOOD.clone();
        let bytes = files.get_mut(&path).unwrap();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = new,
                1 => bytes.truncate(at),
                2 => { bytes.remove(at); }
                _ => bytes.insert(at, new),
            }
        }
        holds(&files)?;
    }

    /// A line taken out or written twice, which keeps the syntax and breaks the sense.
    #[test]
    fn shuffled_lines(path in some_path(), at in any::<prop::sample::Index>(), twice in any::<bool>()) {
        let mut files = GOOD.clone();
        let text = String::from_utf8_lossy(&files[&path]).into_owned();
        let mut lines: Vec<&str> = text.lines().collect();
        if !lines.is_empty() {
            let at = at.index(lines.len());
            if twice { lines.insert(at, lines[at]) } else { lines.remove(at); }
        }
        files.insert(path, lines.join("\n").into_bytes());
        holds(&files)?;
    }

    /// Nothing but noise.
    #[test]
    fn noise(files in proptest::collection::btree_map("[a-z./{}-]{0,40}", proptest::collection::vec(any::<u8>(), 0..60), 0..8)) {
        holds(&files)?;
    }
}
