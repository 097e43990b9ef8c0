//! A component section by section.

use wasmparser::{
    CanonicalFunction, CompositeInnerType, DataKind, ElementItems, FunctionBody, Parser, Payload,
    RecGroup, TypeRef,
};

use super::body::{Body, Module};
use super::place::Place;
use super::{ENTRY, FUNCTION, SEGMENT, Shape, TYPE, many};

/// What is open around a section while a component is read.
#[derive(Default)]
struct Around {
    /// Of each thing around the present section, whether it is a component.
    open: Vec<bool>,
    /// Whether a function has been offered.
    lifted: bool,
}

impl Around {
    /// Whether the present section belongs to a component within the component.
    fn within(&self) -> bool {
        self.open.contains(&true)
    }
}

impl Shape {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut shape = Self::default();
        let mut module = Module::default();
        let mut around = Around::default();
        for payload in Parser::new(0).parse_all(bytes) {
            let Ok(payload) = payload else { break };
            match payload {
                Payload::ModuleSection { .. } => {
                    // what an encoder puts into components within has types only
                    shape.composed |= around.within();
                    shape.modules = shape.modules.saturating_add(1);
                    module = Module::default();
                    around.open.push(false);
                }
                Payload::ComponentSection { .. } => {
                    shape.composed |= around.within();
                    around.open.push(true);
                }
                Payload::End(_) => _ = around.open.pop(),
                Payload::InstanceSection(_) => shape.composed |= around.within(),
                Payload::ComponentInstanceSection(instances) => {
                    shape.composed |= around.within();
                    let count = usize::try_from(instances.count()).unwrap_or(usize::MAX);
                    shape.instances = shape.instances.saturating_add(count);
                }
                Payload::ComponentCanonicalSection(functions) => {
                    shape.composed |= around.within();
                    for function in functions.into_iter().flatten() {
                        shape.canonicals = shape.canonicals.saturating_add(1);
                        around.lifted |= matches!(function, CanonicalFunction::Lift { .. });
                        let lowers = matches!(function, CanonicalFunction::Lower { .. });
                        shape.composed |= lowers && around.lifted;
                    }
                }
                Payload::CodeSectionEntry(body) => shape.body(&mut module, &body),
                other => shape.section(&mut module, other),
            }
        }
        shape
    }

    /// A section of a module.
    fn section(&mut self, module: &mut Module, section: Payload<'_>) {
        match section {
            Payload::TypeSection(types) => {
                for ty in types.into_iter().flatten().flat_map(RecGroup::into_types) {
                    self.add(TYPE);
                    module.types.push(match ty.composite_type.inner {
                        CompositeInnerType::Func(ty) => {
                            (many(ty.params().len()), many(ty.results().len()))
                        }
                        _ => (0, 0),
                    });
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports().flatten() {
                    if let TypeRef::Func(ty) = import.ty {
                        self.function(module, ty);
                        module.imported = module.imported.saturating_add(1);
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                functions.into_iter().flatten().for_each(|ty| self.function(module, ty));
            }
            Payload::MemorySection(memories) => {
                for memory in memories.into_iter().flatten() {
                    self.memories = self.memories.saturating_add(1);
                    self.pages = self.pages.max(memory.initial);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables.into_iter().flatten() {
                    self.tables = self.tables.saturating_add(1);
                    self.entries = self.entries.max(table.ty.initial);
                }
            }
            Payload::GlobalSection(globals) => {
                // those that are not constants are set by one function, which grows with each of them
                let count = usize::try_from(globals.count()).unwrap_or(usize::MAX);
                self.globals = self.globals.saturating_add(count);
                let all = many(self.globals);
                self.add(ENTRY.saturating_mul(u64::from(globals.count())));
                self.add(all.saturating_mul(all) / 100);
            }
            Payload::ElementSection(segments) => {
                for segment in segments.into_iter().flatten() {
                    let entries = match segment.items {
                        ElementItems::Functions(items) => items.count(),
                        ElementItems::Expressions(_, items) => items.count(),
                    };
                    self.add(SEGMENT.saturating_add(ENTRY.saturating_mul(u64::from(entries))));
                }
            }
            Payload::DataSection(segments) => {
                for segment in segments.into_iter().flatten() {
                    let active = matches!(segment.kind, DataKind::Active { .. });
                    self.add(if active { SEGMENT } else { ENTRY });
                }
            }
            _ => {}
        }
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
        let work = read.work();
        self.add(work);
        if work > self.largest.0 {
            self.largest = (work, place);
        }
        if read.loops > self.loops.0 {
            self.loops = (read.loops, place);
        }
        if read.blocks > self.blocks.0 {
            self.blocks = (read.blocks, place);
        }
    }
}
