//! The name of a function that a refusal is about.

use wasmparser::{KnownCustom, Name, Parser, Payload};

/// A function of a module, both counted from 0 in the order of the file; imported functions count too.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) module: usize,
    pub(super) function: usize,
}

impl Place {
    /// By its name if the module has names.
    pub(super) fn named(self, bytes: &[u8]) -> String {
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
                            return format!("`{}`", super::super::probe::plain(own.name));
                        }
                    }
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        format!("`wasm-function[{}]`", self.function)
    }
}
