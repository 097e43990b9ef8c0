//! What compiling a component would take, read off its shape before anything is compiled.
//!
//! A compiler cannot be interrupted, and its work grows faster than the file: 4 KB of two hundred loops in each other that
//! use two hundred variables take it six seconds, 600 bytes of components that hold each other twice half a gigabyte.
//! What its work grows with is counted here; the weights were measured with the compiler that is pinned (decision 21).

mod body;
mod place;
mod read;

use crate::{Limits, LoadCode, LoadError};
use place::Place;

/// Loops within loops; the compiler's work grows with the third power. Rules that people write have five.
const LOOPS: usize = 32;
/// Blocks within blocks; each case of a `match` that becomes a table of jumps is one.
const BLOCKS: usize = 512;
/// Tables of all modules; an encoder adds one for what it links.
const TABLES: usize = 4;
/// Functions between component and host; each may have types of many parts.
const CANONICALS: usize = 32;
/// Instances of components within, which an encoder uses to give an interface its types.
const INSTANCES: usize = 16;

/// Work for an operator.
const OPERATOR: u64 = 4;
/// For an operator that calls through a table or changes one.
const TABLE: u64 = 120;
/// For a function, besides what is in it.
const FUNCTION: u64 = 240;
/// For a type of functions.
const TYPE: u64 = 160;
/// For a value that goes into a function or a block, or comes out.
const VALUE: u64 = 8;
/// For a loop instead of another block.
const LOOP: u64 = 4;
/// For a segment of data that is written at the start, which code is made for.
const SEGMENT: u64 = 400;
/// For a global, an entry of a table.
const ENTRY: u64 = 100;

const HELP: &str = "请把大函数分成几个小函数，少用层层嵌套的循环和分支；数据写成表，不要写成程序。";
const ONE: &str = "请把规则做成一个模块。";

/// What was counted.
#[derive(Default)]
struct Shape {
    /// Units of work, roughly four to a microsecond.
    work: u64,
    /// Work of the function that takes most.
    largest: (u64, Place),
    /// The deepest loops.
    loops: (usize, Place),
    /// The deepest blocks.
    blocks: (usize, Place),
    modules: usize,
    memories: usize,
    /// Pages of 64 KiB that the largest memory begins with.
    pages: u64,
    tables: usize,
    /// Entries that the largest table begins with.
    entries: u64,
    canonicals: usize,
    instances: usize,
    globals: usize,
    /// Whether components within it do anything but name types, or it calls what it offers: the compiler would unfold
    /// them, and write code that copies every part of their types from one to the other.
    composed: bool,
}

/// Units of work that compiling a component would take, roughly four to a microsecond; [`Limits::compile_work`] is how
/// many it may.
pub fn compile_work(component: &[u8]) -> u64 {
    Shape::of(component).work
}

/// Refuses what would take too long to compile, or too much memory.
///
/// Bytes that cannot be read are left to the compiler, which reads them the same way and says what is wrong.
pub(super) fn check(bytes: &[u8], limits: &Limits) -> Result<(), LoadError> {
    let found = Shape::of(bytes);
    found.parts(limits)?;
    let [loops, blocks] = [found.loops, found.blocks];
    if loops.0 > LOOPS {
        return Err(nested("loops", "循环", (loops.0, LOOPS), &loops.1.named(bytes)));
    }
    if blocks.0 > BLOCKS {
        return Err(nested("blocks", "分支", (blocks.0, BLOCKS), &blocks.1.named(bytes)));
    }
    let (work, max) = (found.work, limits.compile_work);
    if work <= max {
        return Ok(());
    }
    let (own, largest) = found.largest;
    let of = if own > work / 2 {
        let name = largest.named(bytes);
        (format!("; split its largest function, {name}"), format!("；最大的是函数 {name}"))
    } else {
        ("; leave out what it does not need".to_owned(), String::new())
    };
    Err(LoadError::new(
        LoadCode::TooComplex,
        format!("compiling it would take {work} units of work, at most {max}{}", of.0),
        &format!("规则组件太复杂：编译的工作量是{work}，最多允许{max}{}。", of.1),
        HELP,
    ))
}

impl Shape {
    fn add(&mut self, work: u64) {
        self.work = self.work.saturating_add(work);
    }

    /// What it is made of.
    fn parts(&self, limits: &Limits) -> Result<(), LoadError> {
        let refuse = |english: String, text: String| {
            Err(LoadError::new(LoadCode::Resources, english, &text, ONE))
        };
        if self.composed || self.instances > INSTANCES {
            return refuse(
                "it is made of components that hold or call each other; deliver it as one module"
                    .to_owned(),
                "规则组件由几个互相调用的组件拼成。".to_owned(),
            );
        }
        let modules = usize::try_from(limits.core_instances()).unwrap_or(usize::MAX);
        if self.modules > modules {
            return refuse(
                format!("it consists of {} modules, at most {modules}", self.modules),
                format!("规则组件由{}个模块组成，最多允许{modules}个。", self.modules),
            );
        }
        let bytes = self.pages.saturating_mul(64 << 10);
        let most = many(limits.memory_bytes.min(limits.slot_bytes()));
        if self.memories > 1 || bytes > most {
            return refuse(
                format!("it starts with {} memories of {bytes} bytes", self.memories),
                format!("规则组件一开始就要{}块内存，每块{bytes}字节。", self.memories),
            );
        }
        if self.tables > TABLES || self.entries > many(limits.table_elements()) {
            return refuse(
                format!("it has {} tables of up to {} entries", self.tables, self.entries),
                format!("规则组件有{}个函数表，最大的有{}项。", self.tables, self.entries),
            );
        }
        if self.canonicals > CANONICALS {
            return refuse(
                format!("it has {} functions to the host, at most {CANONICALS}", self.canonicals),
                format!("规则组件与外界之间有{}个函数，最多{CANONICALS}个。", self.canonicals),
            );
        }
        Ok(())
    }
}

fn nested(what: &str, zh: &str, (depth, max): (usize, usize), place: &str) -> LoadError {
    LoadError::new(
        LoadCode::TooComplex,
        format!("{depth} {what} lie in each other in {place}, at most {max}; split that function"),
        &format!("函数 {place} 里{zh}套{zh}达到{depth}层，最多允许{max}层。"),
        HELP,
    )
}

fn many(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
