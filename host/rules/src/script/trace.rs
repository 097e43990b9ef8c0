//! Which lines of a script run, how often and at what cost, and which ways it takes.
//!
//! The script engine tells nobody where it is, so a copy of the script gets a counting call before each statement and on
//! each way; line numbers stay as they are, and what the calls themselves cost is taken off again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{AST, Engine, NativeCallContext};

use super::engine;
use super::scan::{Token, tokens};
use super::ways::{Piece, Side, Way, ways};

/// What one line came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineCost {
    /// 1-based.
    pub line: u32,
    /// Times it was entered.
    pub hits: u64,
    /// Operations spent from its statements until the next one; what is left of a statement after a call is counted
    /// where the call ended.
    pub operations: u64,
    /// Statements on the line.
    pub statements: u32,
    /// Of which no call reached this many.
    pub missed: u32,
}

/// How often a way was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WayCount {
    /// Line of the `if` or of the case, 1-based.
    pub line: u32,
    /// Which way.
    pub side: Side,
    /// Times it was taken.
    pub hits: u64,
}

/// Counts for the statements and ways of one script, over all calls of the rule it came with.
#[derive(Debug)]
pub struct LineTrace {
    /// Line of each statement, and behind them of each mark on a way.
    lines: Vec<u32>,
    /// How many of them are statements.
    statements: usize,
    ways: Vec<Way>,
    /// Operations that one counting call takes.
    own: u64,
    counts: Mutex<Vec<Count>>,
    /// Line and column of each statement.
    places: Vec<(u32, u32)>,
    /// The statement that the last call ended in.
    last: Mutex<Option<usize>>,
}

#[derive(Clone, Copy, Default, Debug)]
struct Count {
    hits: u64,
    operations: u64,
}

impl LineTrace {
    /// Every line with a statement.
    pub fn lines(&self) -> Vec<LineCost> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: BTreeMap<u32, LineCost> = BTreeMap::new();
        for (line, count) in self.lines.iter().zip(counts.iter()).take(self.statements) {
            let empty = LineCost { line: *line, hits: 0, operations: 0, statements: 0, missed: 0 };
            let cost = found.entry(*line).or_insert(empty);
            cost.hits = cost.hits.max(count.hits);
            cost.operations = cost.operations.saturating_add(count.operations);
            cost.statements = cost.statements.saturating_add(1);
            cost.missed = cost.missed.saturating_add(u32::from(count.hits == 0));
        }
        // what is spent behind a mark belongs to the statement it stands in
        for (line, count) in self.lines.iter().zip(counts.iter()).skip(self.statements) {
            if let Some((_, cost)) = found.range_mut(..=line).next_back() {
                cost.operations = cost.operations.saturating_add(count.operations);
            }
        }
        found.into_values().collect()
    }

    /// Both sides of each `if` and each case of a `switch`, by line.
    pub fn ways(&self) -> Vec<WayCount> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let hits = |way: &Way| {
            let marks = way.marks.iter().filter_map(|mark| counts.get(*mark));
            marks.map(|count| count.hits).fold(0, u64::saturating_add)
        };
        let count = |way: &Way| WayCount { line: way.line, side: way.side, hits: hits(way) };
        self.ways.iter().map(count).collect()
    }

    /// Line and column, 1-based, of the statement that the last call ended in: where a limit stopped it, of which the
    /// script engine keeps no place. After a call within that statement it is the last one of what was called.
    pub fn ended(&self) -> Option<(u32, u32)> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        self.places.get(last?).copied()
    }

    /// Runs one call of the script and keeps what it counted.
    pub(super) fn watch<T>(&self, call: impl FnOnce() -> T) -> T {
        RUNNING.set(Running { own: self.own, ..Running::default() });
        let answer = call();
        let mut running = RUNNING.take();
        running.spend(engine::used(), 0);
        // a mark on a way is no place of its own
        let mut inner = running.stack.iter().rev().map(|(_, statement)| *statement);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
            inner.find(|statement| *statement < self.statements);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for (statement, count) in running.counts {
            if let Some(sum) = counts.get_mut(statement) {
                sum.hits = sum.hits.saturating_add(count.hits);
                sum.operations = sum.operations.saturating_add(count.operations);
            }
        }
        answer
    }
}

/// The call that is being watched on this thread.
#[derive(Default)]
struct Running {
    own: u64,
    seen: u64,
    /// Level of calls and statement, outermost first.
    stack: Vec<(usize, usize)>,
    counts: BTreeMap<usize, Count>,
}

thread_local! {
    static RUNNING: RefCell<Running> = RefCell::new(Running::default());
}

impl Running {
    /// Books what was used since the last time to the statement that is running.
    fn spend(&mut self, used: u64, own: u64) {
        let spent = used.saturating_sub(self.seen).saturating_sub(own);
        self.seen = used;
        if let Some((_, statement)) = self.stack.last() {
            let count = self.counts.entry(*statement).or_default();
            count.operations = count.operations.saturating_add(spent);
        }
    }

    fn enter(&mut self, level: usize, statement: usize, used: u64) {
        let own = self.own;
        self.spend(used, own);
        while self.stack.last().is_some_and(|(deep, _)| *deep >= level) {
            self.stack.pop();
        }
        self.stack.push((level, statement));
        let count = self.counts.entry(statement).or_default();
        count.hits = count.hits.saturating_add(1);
    }
}

/// Makes the counting call known; its name is out of reach of scripts that are not copied here.
pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("__at", |context: NativeCallContext<'_>, statement: i64| {
        let (level, used) = (context.call_level(), engine::used());
        let statement = usize::try_from(statement).unwrap_or(usize::MAX);
        RUNNING.with_borrow_mut(|running| running.enter(level, statement, used));
    });
}

/// The copy of a script that counts; `None` when its text is not understood well enough to put calls into it.
pub(super) fn counting(engine: &Engine, source: &str) -> Option<(AST, Arc<LineTrace>)> {
    if source.contains("__at") {
        return None;
    }
    let tokens = tokens(source);
    let starts = statements(&tokens);
    let ways = ways(&tokens, starts.len())?;
    let marks = starts.iter().enumerate().map(|(mark, (at, _))| (*at, Piece::Statement(mark)));
    let mut pieces: Vec<_> = marks.chain(ways.pieces).collect();
    pieces.sort_unstable();
    let (mut copy, mut from) = (String::with_capacity(source.len()), 0);
    for (at, piece) in pieces {
        copy.push_str(source.get(from..at)?);
        copy.push_str(&piece.text());
        from = at;
    }
    copy.push_str(source.get(from..)?);
    let ast = engine.compile(copy).ok()?;
    let statements = starts.len();
    let places: Vec<(u32, u32)> = starts.into_iter().map(|(_, place)| place).collect();
    let lines: Vec<u32> = places.iter().map(|(line, _)| *line).chain(ways.lines).collect();
    let counts = Mutex::new(vec![Count::default(); lines.len()]);
    let (own, ways) = (cost(engine)?, ways.list);
    let trace = LineTrace { lines, statements, ways, own, counts, places, last: Mutex::new(None) };
    Some((ast, Arc::new(trace)))
}

/// What one counting call adds.
fn cost(engine: &Engine) -> Option<u64> {
    let used = |source: &str| {
        let ast = engine.compile(source).ok()?;
        let (answer, used) = engine::metered(1_000, engine::Bounds::NONE, || {
            engine.call_fn::<i64>(&mut rhai::Scope::new(), &ast, "f", ())
        });
        answer.ok().map(|_| used)
    };
    let without = used("fn f() { let a = 1; a }")?;
    let with = used("fn f() { let a = 1; __at(0); a }")?;
    RUNNING.take();
    Some(with.saturating_sub(without))
}

/// What a bracket encloses.
enum Inside {
    /// Values: a call, an index, a map.
    Values,
    /// The cases of a `switch`.
    Cases,
    /// Statements; whether one may begin here, and whether the present one ends with its own block.
    Statements { start: bool, own_block: bool },
}

/// Words whose statement ends with its block.
const BLOCKS: [&str; 7] = ["if", "for", "while", "loop", "switch", "try", "{"];
/// Words that go on after a block.
const GO_ON: [&str; 2] = ["else", "catch"];

/// Byte offset, line and column of each statement within a function.
fn statements(tokens: &[Token<'_>]) -> Vec<(usize, (u32, u32))> {
    let mut found = Vec::new();
    let mut open: Vec<Inside> = Vec::new();
    let mut switches: Vec<usize> = Vec::new();
    for (number, token) in tokens.iter().enumerate() {
        if let Some(Inside::Statements { start, own_block }) = open.last_mut()
            && *start
            && !token.is("}")
            && !token.is(";")
        {
            found.push((token.at, (token.line, token.column)));
            (*start, *own_block) = (false, BLOCKS.iter().any(|word| token.is(word)));
        }
        if token.kind == super::scan::Kind::Text {
            continue;
        }
        match token.text {
            "switch" => switches.push(open.len()),
            "(" | "[" | "?[" | "#{" => open.push(Inside::Values),
            "{" if switches.last() == Some(&open.len()) => {
                switches.pop();
                open.push(Inside::Cases);
            }
            "{" => open.push(Inside::Statements { start: true, own_block: false }),
            ")" | "]" => _ = open.pop(),
            "}" => {
                let block = !matches!(open.pop(), Some(Inside::Values));
                let next = tokens.get(number.saturating_add(1));
                let on = next.is_some_and(|next| GO_ON.iter().any(|word| next.is(word)));
                if let Some(Inside::Statements { start, own_block: true }) = open.last_mut()
                    && block
                    && !on
                {
                    *start = true;
                }
            }
            ";" => {
                if let Some(Inside::Statements { start, .. }) = open.last_mut() {
                    *start = true;
                }
            }
            _ => {}
        }
    }
    found
}
