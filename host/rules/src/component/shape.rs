//! What compiling a component would take, read off its shape before anything is compiled.
//!
//! A compiler cannot be interrupted, and its work grows faster than the file: 4 KB of two hundred loops in each other that
//! use two hundred locals take it six seconds, 7 KB of calls that hand over a thousand values eight seconds and a gigabyte.
//! What its work grows with is counted here; the weights were measured with the compiler that is pinned.

use wasmparser::{
    BlockType, CanonicalFunction, CompositeInnerType, FunctionBody, KnownCustom, Name, Operator,
    Parser, Payload, TypeRef,
};

use crate::{Limits, LoadCode, LoadError};

/// Loops within loops; the compiler's work grows with the third power. Rules that people write have five.
const LOOPS: usize = 32;
/// Blocks within blocks; each case of a `match` that becomes a table of jumps is one.
const BLOCKS: usize = 512;

/// Work for an operator.
const OPERATOR: u64 = 4;
/// For a function, besides what is in it.
const FUNCTION: u64 = 80;
/// For a value that goes into a function or a block, or comes out.
const VALUE: u64 = 8;
/// For a loop instead of another block.
const LOOP: u64 = 4;
/// For a function between component and host.
const CANONICAL: u64 = 400;

const HELP: &str = "请把大函数分成几个小函数，少用层层嵌套的循环和分支；数据写成表，不要写成程序。";

/// Refuses what would take too long to compile, or too much memory.
///
/// Bytes that cannot be read are left to the compiler, which reads them the same way and says what is wrong.
pub(super) fn check(bytes: &[u8], limits: &Limits) -> Result<(), LoadError> {
    let found = Shape::of(bytes);
    if found.lowers_itself {
        return Err(LoadError::new(
            LoadCode::Resources,
            "it is made of components that call each other; deliver it as one module",
            "规则组件由几个互相调用的组件拼成。",
            "请把规则做成一个模块。",
        ));
    }
    let modules = u32::try_from(found.modules).unwrap_or(u32::MAX);
    if modules > limits.core_instances() {
        return Err(LoadError::new(
            LoadCode::Resources,
            format!("it consists of {modules} modules, at most {}", limits.core_instances()),
            &format!("规则组件由{modules}个模块组成，最多允许{}个。", limits.core_instances()),
            "请把规则做成一个模块。",
        ));
    }
    let at = |place: Place| place.named(bytes);
    let [loops, blocks] = [found.loops, found.blocks];
    if loops.0 > LOOPS {
        return Err(nested("loops", "循环", (loops.0, LOOPS), &at(loops.1)));
    }
    if blocks.0 > BLOCKS {
        return Err(nested("blocks", "分支", (blocks.0, BLOCKS), &at(blocks.1)));
    }
    if found.work > limits.compile_work {
        let (work, max, largest) = (found.work, limits.compile_work, at(found.largest.1));
        return Err(LoadError::new(
            LoadCode::TooComplex,
            format!(
                "compiling it would take {work} units of work, at most {max}; split its largest function, {largest}"
            ),
            &format!(
                "规则组件太复杂：编译的工作量是{work}，最多允许{max}；最大的是函数 {largest}。"
            ),
            HELP,
        ));
    }
    Ok(())
}

/// Units of work that compiling a component would take, roughly four to a microsecond; [`Limits::compile_work`] is how
/// many it may.
pub fn compile_work(component: &[u8]) -> u64 {
    Shape::of(component).work
}

fn nested(what: &str, zh: &str, (depth, max): (usize, usize), place: &str) -> LoadError {
    LoadError::new(
        LoadCode::TooComplex,
        format!("{depth} {what} lie in each other in {place}, at most {max}; split that function"),
        &format!("函数 {place} 里{zh}套{zh}达到{depth}层，最多允许{max}层。"),
        HELP,
    )
}

/// A function of a module, both counted from 0 in the order of the file; imported functions count too.
#[derive(Clone, Copy, Default)]
struct Place {
    module: usize,
    function: usize,
}

impl Place {
    /// By its name if the module has names.
    fn named(self, bytes: &[u8]) -> String {
        let number = format!("`wasm-function[{}]`", self.function);
        let mut module = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload {
                Ok(Payload::ModuleSection { .. }) => module = module.saturating_add(1),
                Ok(Payload::CustomSection(section)) if module == self.module.saturating_add(1) => {
                    let KnownCustom::Name(names) = section.as_known() else { continue };
                    for names in names.into_iter().flatten() {
                        let Name::Function(names) = names else { continue };
                        let mut named = names.into_iter().flatten();
                        let own =
                            named.find(|name| usize::try_from(name.index) == Ok(self.function));
                        if let Some(own) = own {
                            return format!("`{}`", super::probe::plain(own.name));
                        }
                    }
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        number
    }
}

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
    /// Whether a component within it has functions of its own, or calls what it offers: the compiler would write code
    /// that copies every part of their types from one to the other.
    lowers_itself: bool,
}

/// Values in and out of a function.
type Arity = (u64, u64);

/// One core module while it is read.
#[derive(Default)]
struct Module {
    types: Vec<Arity>,
    /// Type of each function, imported ones first.
    functions: Vec<u32>,
    imported: usize,
    bodies: usize,
}

/// A block that is open while a function is read.
struct Open {
    is_loop: bool,
    /// Values that a jump to it hands over.
    handed: u64,
}

impl Shape {
    fn of(bytes: &[u8]) -> Self {
        let mut shape = Self::default();
        let mut module = Module::default();
        let mut lifted = false;
        // of what lies around the present section, which are components
        let mut around = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload {
                Ok(Payload::ModuleSection { .. }) => {
                    shape.modules = shape.modules.saturating_add(1);
                    module = Module::default();
                    around.push(false);
                }
                Ok(Payload::ComponentSection { .. }) => around.push(true),
                Ok(Payload::End(_)) => _ = around.pop(),
                Ok(Payload::ComponentCanonicalSection(functions)) => {
                    // what an encoder puts into components within has types only
                    shape.lowers_itself |= around.contains(&true);
                    for function in functions.into_iter().flatten() {
                        shape.add(CANONICAL);
                        lifted |= matches!(function, CanonicalFunction::Lift { .. });
                        let lowers = matches!(function, CanonicalFunction::Lower { .. });
                        shape.lowers_itself |= lowers && lifted;
                    }
                }
                Ok(Payload::TypeSection(types)) => {
                    for ty in types.into_iter().flatten().flat_map(wasmparser::RecGroup::into_types)
                    {
                        module.types.push(match ty.composite_type.inner {
                            CompositeInnerType::Func(ty) => {
                                (many(ty.params().len()), many(ty.results().len()))
                            }
                            _ => (0, 0),
                        });
                    }
                }
                Ok(Payload::ImportSection(imports)) => {
                    for import in imports.into_imports().flatten() {
                        if let TypeRef::Func(ty) = import.ty {
                            shape.function(&mut module, ty);
                            module.imported = module.imported.saturating_add(1);
                        }
                    }
                }
                Ok(Payload::FunctionSection(functions)) => {
                    for ty in functions.into_iter().flatten() {
                        shape.function(&mut module, ty);
                    }
                }
                Ok(Payload::CodeSectionEntry(body)) => shape.body(&mut module, &body),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        shape
    }

    fn add(&mut self, work: u64) {
        self.work = self.work.saturating_add(work);
    }

    fn function(&mut self, module: &mut Module, ty: u32) {
        module.functions.push(ty);
        self.add(FUNCTION.saturating_add(module.values(ty)));
    }

    fn body(&mut self, module: &mut Module, body: &FunctionBody<'_>) {
        let function = module.imported.saturating_add(module.bodies);
        module.bodies = module.bodies.saturating_add(1);
        let place = Place { module: self.modules.saturating_sub(1), function };
        let read = Body::of(module, function, body);
        self.add(read.work);
        if read.work > self.largest.0 {
            self.largest = (read.work, place);
        }
        if read.loops > self.loops.0 {
            self.loops = (read.loops, place);
        }
        if read.blocks > self.blocks.0 {
            self.blocks = (read.blocks, place);
        }
    }
}

impl Module {
    fn arity(&self, ty: u32) -> Arity {
        let ty = usize::try_from(ty).ok().and_then(|ty| self.types.get(ty));
        ty.copied().unwrap_or_default()
    }

    /// Work for the values of a call.
    fn values(&self, ty: u32) -> u64 {
        let (given, back) = self.arity(ty);
        VALUE.saturating_mul(given.saturating_add(back))
    }

    fn of_block(&self, ty: BlockType) -> Arity {
        match ty {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(ty) => self.arity(ty),
        }
    }

    fn of_function(&self, function: usize) -> u32 {
        self.functions.get(function).copied().unwrap_or(u32::MAX)
    }
}

/// One function, read operator by operator; where it cannot be read it ends, as it does for the compiler.
#[derive(Default)]
struct Body {
    work: u64,
    loops: usize,
    blocks: usize,
    /// Variables that a block may have to merge.
    variables: u64,
    /// Values that the function gives back.
    back: u64,
    open: Vec<Open>,
    open_loops: usize,
}

impl Body {
    fn of(module: &Module, function: usize, body: &FunctionBody<'_>) -> Self {
        let (given, back) = module.arity(module.of_function(function));
        let locals = body.get_locals_reader().into_iter().flatten().flatten();
        let locals = locals.map(|(count, _)| u64::from(count)).fold(0, u64::saturating_add);
        let variables = given.saturating_add(locals);
        let mut read = Self { variables, back, work: variables, ..Self::default() };
        for operator in body.get_operators_reader().into_iter().flatten() {
            let Ok(operator) = operator else { break };
            read.operator(module, &operator);
        }
        read
    }

    fn add(&mut self, work: u64) {
        self.work = self.work.saturating_add(work);
    }

    fn operator(&mut self, module: &Module, operator: &Operator<'_>) {
        self.add(OPERATOR);
        match operator {
            Operator::Loop { blockty } => self.enter(true, module.of_block(*blockty)),
            Operator::Block { blockty } | Operator::If { blockty } => {
                self.enter(false, module.of_block(*blockty));
            }
            Operator::End => {
                let closed = self.open.pop();
                if closed.is_some_and(|open| open.is_loop) {
                    self.open_loops = self.open_loops.saturating_sub(1);
                }
            }
            Operator::Call { function_index } => {
                let function = usize::try_from(*function_index).unwrap_or(usize::MAX);
                self.add(module.values(module.of_function(function)));
            }
            Operator::CallIndirect { type_index, .. } => self.add(module.values(*type_index)),
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                self.jump(*relative_depth);
            }
            Operator::BrTable { targets } => {
                let all = targets.targets().flatten().chain([targets.default()]);
                all.for_each(|target| self.jump(target));
            }
            Operator::Return => self.add(VALUE.saturating_mul(self.back)),
            _ => {}
        }
    }

    fn enter(&mut self, is_loop: bool, (given, back): Arity) {
        let handed = if is_loop { given } else { back };
        self.open.push(Open { is_loop, handed });
        self.open_loops = self.open_loops.saturating_add(usize::from(is_loop));
        self.loops = self.loops.max(self.open_loops);
        self.blocks = self.blocks.max(self.open.len());
        // what may be merged here, for each block around it
        let merged = self.variables.saturating_add(given).saturating_add(back);
        let times = if is_loop { LOOP } else { 1 };
        self.add(merged.saturating_mul(many(self.open.len())).saturating_mul(times));
    }

    fn jump(&mut self, depth: u32) {
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        let target = self.open.len().checked_sub(1).and_then(|top| top.checked_sub(depth));
        let handed =
            target.and_then(|target| self.open.get(target)).map_or(self.back, |it| it.handed);
        self.add(VALUE.saturating_mul(handed).saturating_add(OPERATOR));
    }
}

fn many(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
