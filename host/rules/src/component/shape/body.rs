//! One module, and one function of it, operator by operator.

use wasmparser::{
    BlockType, ContType, FrameKind, FuncType, FunctionBody, ModuleArity, Operator, RefType, SubType,
};

use super::{LOOP, OPERATOR, TABLE, VALUE, many};

/// Values in and out of a function.
pub(super) type Arity = (u64, u64);

/// One core module while it is read.
#[derive(Default)]
pub(super) struct Module {
    pub(super) types: Vec<Arity>,
    /// Type of each function, imported ones first.
    pub(super) functions: Vec<u32>,
    pub(super) imported: usize,
    pub(super) bodies: usize,
}

/// A block that is open while a function is read.
struct Open {
    is_loop: bool,
    /// Values in and out.
    arity: Arity,
    /// Values that wait below it.
    below: u64,
}

impl Open {
    /// Values that a jump to it hands over.
    const fn handed(&self) -> u64 {
        if self.is_loop { self.arity.0 } else { self.arity.1 }
    }
}

/// Knows no module: for operators that always take and give as many values.
struct Fixed;

impl ModuleArity for Fixed {
    fn sub_type_at(&self, _: u32) -> Option<&SubType> {
        None
    }

    fn tag_type_arity(&self, _: u32) -> Option<(u32, u32)> {
        None
    }

    fn type_index_of_function(&self, _: u32) -> Option<u32> {
        None
    }

    fn func_type_of_cont_type(&self, _: &ContType) -> Option<&FuncType> {
        None
    }

    fn sub_type_of_ref_type(&self, _: &RefType) -> Option<&SubType> {
        None
    }

    fn control_stack_height(&self) -> u32 {
        0
    }

    fn label_block(&self, _: u32) -> Option<(BlockType, FrameKind)> {
        None
    }
}

impl Module {
    fn arity(&self, ty: u32) -> Arity {
        let ty = usize::try_from(ty).ok().and_then(|ty| self.types.get(ty));
        ty.copied().unwrap_or_default()
    }

    /// Work for the values of a call.
    pub(super) fn values(&self, ty: u32) -> u64 {
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
pub(super) struct Body {
    /// Work for operators, values and nesting.
    steps: u64,
    /// The deepest loops within loops.
    pub(super) loops: usize,
    /// The deepest blocks within blocks.
    pub(super) blocks: usize,
    /// Parameters and local variables.
    variables: u64,
    /// Values that the function gives back.
    back: u64,
    /// Values that wait to be used, as far as the place is ever reached.
    height: u64,
    /// The most of them.
    highest: u64,
    /// Values of all blocks, in and out.
    merged: u64,
    /// Blocks of the compiled function, and how many of them are loops.
    pieces: u64,
    looped: u64,
    open: Vec<Open>,
    open_loops: usize,
}

impl Body {
    pub(super) fn of(module: &Module, function: usize, body: &FunctionBody<'_>) -> Self {
        let (given, back) = module.arity(module.of_function(function));
        let locals = body.get_locals_reader().into_iter().flatten().flatten();
        let locals = locals.map(|(count, _)| u64::from(count)).fold(0, u64::saturating_add);
        let variables = given.saturating_add(locals);
        let mut read = Self { variables, back, steps: variables, ..Self::default() };
        for operator in body.get_operators_reader().into_iter().flatten() {
            let Ok(operator) = operator else { break };
            read.operator(module, &operator);
        }
        read
    }

    /// All of it. Some of the compiler's passes look at each piece for each piece, for each loop, for each value.
    pub(super) fn work(&self) -> u64 {
        let values = self.variables.saturating_add(self.highest).saturating_add(self.merged);
        let each = |others: u64, share: u64| {
            self.pieces.saturating_mul(others).checked_div(share).unwrap_or(u64::MAX)
        };
        let passes = [each(self.pieces, 40), each(self.looped, 5), each(values, 20)];
        passes.into_iter().fold(self.steps, u64::saturating_add)
    }

    fn add(&mut self, work: u64) {
        self.steps = self.steps.saturating_add(work);
    }

    fn piece(&mut self, pieces: u64) {
        self.pieces = self.pieces.saturating_add(pieces);
    }

    fn operator(&mut self, module: &Module, operator: &Operator<'_>) {
        self.add(OPERATOR);
        match operator {
            Operator::Loop { blockty } => self.enter(Kind::Loop, module.of_block(*blockty)),
            Operator::Block { blockty } => self.enter(Kind::Block, module.of_block(*blockty)),
            Operator::If { blockty } => self.enter(Kind::If, module.of_block(*blockty)),
            Operator::Else => {
                if let Some(open) = self.open.last() {
                    self.height = open.below.saturating_add(open.arity.0);
                }
            }
            Operator::End => self.leave(),
            Operator::Call { function_index } => {
                let function = usize::try_from(*function_index).unwrap_or(usize::MAX);
                self.call(module, module.of_function(function));
            }
            Operator::CallIndirect { type_index, .. } => {
                self.take(1);
                self.table();
                self.call(module, *type_index);
            }
            Operator::Br { relative_depth } => self.jump(*relative_depth),
            Operator::BrIf { relative_depth } => {
                self.take(1);
                self.piece(1);
                self.jump(*relative_depth);
            }
            Operator::BrTable { targets } => {
                self.take(1);
                self.piece(1);
                let all = targets.targets().flatten().chain([targets.default()]);
                all.for_each(|target| self.jump(target));
            }
            Operator::Return => self.add(VALUE.saturating_mul(self.back)),
            other => {
                if matches!(
                    other,
                    Operator::TableGet { .. }
                        | Operator::TableSet { .. }
                        | Operator::TableGrow { .. }
                        | Operator::TableFill { .. }
                        | Operator::TableCopy { .. }
                        | Operator::TableInit { .. }
                ) {
                    self.table();
                }
                let (taken, given) = other.operator_arity(&Fixed).unwrap_or_default();
                self.take(u64::from(taken));
                self.give(u64::from(given));
            }
        }
    }

    /// An operator that looks into a table: checks and a way for each that fails.
    fn table(&mut self) {
        self.add(TABLE);
        self.piece(4);
    }

    fn take(&mut self, values: u64) {
        self.height = self.height.saturating_sub(values);
    }

    fn give(&mut self, values: u64) {
        self.height = self.height.saturating_add(values);
        self.highest = self.highest.max(self.height);
    }

    fn call(&mut self, module: &Module, ty: u32) {
        self.add(module.values(ty));
        let (given, back) = module.arity(ty);
        self.take(given);
        self.give(back);
    }

    fn enter(&mut self, kind: Kind, arity: Arity) {
        let (is_loop, is_if) = (kind == Kind::Loop, kind == Kind::If);
        self.take(u64::from(is_if));
        let values = arity.0.saturating_add(arity.1);
        let (pieces, times) = match kind {
            Kind::Block => (1, 1),
            Kind::Loop => (2, 1),
            Kind::If => (3, 2),
        };
        self.piece(pieces);
        self.looped = self.looped.saturating_add(u64::from(is_loop));
        self.merged = self.merged.saturating_add(values.saturating_mul(times));
        let below = self.height.saturating_sub(arity.0);
        self.open.push(Open { is_loop, arity, below });
        self.open_loops = self.open_loops.saturating_add(usize::from(is_loop));
        self.loops = self.loops.max(self.open_loops);
        self.blocks = self.blocks.max(self.open.len());
        // what may be merged at its end, for each block around it; at a loop's beginning, for each loop
        let kept = self.variables.saturating_add(self.height).saturating_add(arity.1);
        let mut nested = kept.saturating_mul(many(self.open.len())) / 4;
        if is_loop {
            let loops = kept.saturating_mul(many(self.open_loops)).saturating_mul(LOOP);
            nested = nested.saturating_add(loops);
        }
        self.add(nested);
    }

    fn leave(&mut self) {
        let Some(closed) = self.open.pop() else { return };
        self.open_loops = self.open_loops.saturating_sub(usize::from(closed.is_loop));
        self.height = closed.below;
        self.give(closed.arity.1);
    }

    fn jump(&mut self, depth: u32) {
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        let target = self.open.len().checked_sub(1).and_then(|top| top.checked_sub(depth));
        let target = target.and_then(|target| self.open.get(target));
        let handed = target.map_or(self.back, Open::handed);
        self.add(VALUE.saturating_mul(handed).saturating_add(OPERATOR));
    }
}

/// What a block is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Block,
    Loop,
    If,
}
