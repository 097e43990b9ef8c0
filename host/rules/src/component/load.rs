//! From bytes to a rule: size, validity, imports, interface, resources, self-description.

use std::sync::Arc;

use model::Digest;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::Components;
use super::run::{ComponentRule, Entry, Run};
use super::{shape, v0_1, v1_0};
use crate::{Law, LoadCode, LoadError, Rule, RuleError};

/// Imports that are always there.
const ALLOWED: [&str; 2] = ["xiangyue:rules/types", "xiangyue:rules/diag"];

const BUILD_HELP: &str =
    "请用 wasm32-unknown-unknown 目标重新编译规则，并去掉 println!、std::env、时间、文件和随机数。";

impl Components {
    pub(crate) fn load(&self, bytes: &[u8]) -> Result<Arc<dyn Rule>, LoadError> {
        self.size(bytes)?;
        let component = self.compiled(bytes)?;
        self.imports(&component)?;
        let spoken = self.interface(&component)?;
        self.resources(&component)?;
        let run = Run::new(self.clone(), Digest::of([bytes]), spoken.abi.clone());
        let entry = self.link(&component, &spoken, &run)?;
        Ok(Arc::new(ComponentRule { run, entry }))
    }

    /// Compiles what does not take too long, or takes what was compiled before; either way every other check follows.
    pub(super) fn compiled(&self, bytes: &[u8]) -> Result<Component, LoadError> {
        let kept = self.cache.as_ref().map(|cache| (cache, Digest::of([bytes])));
        if let Some((cache, digest)) = &kept
            && let Some(component) = cache.take(&self.engine, digest)
        {
            return Ok(component);
        }
        shape::check(bytes, &self.limits)?;
        let component =
            Component::from_binary(&self.engine, bytes).map_err(|error| invalid(&error))?;
        if let Some((cache, digest)) = &kept
            && let Ok(code) = component.serialize()
        {
            cache.keep(digest, &code);
        }
        Ok(component)
    }

    fn size(&self, bytes: &[u8]) -> Result<(), LoadError> {
        let max = self.limits.component_bytes;
        if bytes.len() > max {
            return Err(LoadError::new(
                LoadCode::TooLarge,
                format!(
                    "the component has {} bytes, at most {max} are allowed; build with opt-level=2, lto and strip",
                    bytes.len()
                ),
                &format!("规则组件有{}字节，最多允许{max}字节。", bytes.len()),
                "请用 opt-level=2、lto 和 strip 编译，并去掉不需要的库。",
            ));
        }
        if Engine::detect_precompiled(bytes).is_some() {
            return Err(LoadError::new(
                LoadCode::Precompiled,
                "precompiled native code is never accepted; deliver the component itself",
                "这是预编译的机器码，不能接收。",
                "请提交编译前的组件（.wasm）。",
            ));
        }
        Ok(())
    }

    fn imports(&self, component: &Component) -> Result<(), LoadError> {
        for (name, _) in component.component_type().imports(&self.engine) {
            let interface = name.split('@').next().unwrap_or_default();
            if !ALLOWED.contains(&interface) {
                return Err(LoadError::new(
                    LoadCode::UnknownImport,
                    format!(
                        "component imports `{name}`; build for wasm32-unknown-unknown and remove println!, std::env, \
                         clocks, files and random numbers"
                    ),
                    &format!("规则组件要用“{name}”，但规则不能接触时钟、文件、网络和随机数。"),
                    BUILD_HELP,
                ));
            }
        }
        Ok(())
    }

    /// The interface is read from the typed exports, not from a label an author could get wrong.
    fn interface(&self, component: &Component) -> Result<Spoken, LoadError> {
        let ty = component.component_type();
        let mut found = Vec::new();
        let mut others = Vec::new();
        for (name, _) in ty.exports(&self.engine) {
            match Spoken::read(name) {
                Some(spoken) => found.push(spoken),
                None => others.push(name.to_owned()),
            }
        }
        if found.len() > 1 {
            return Err(LoadError::new(
                LoadCode::UnknownInterface,
                "the component exports more than one rule interface; build one component per rule",
                "一个规则组件里有多条规则。",
                "请每条规则单独编译成一个组件。",
            ));
        }
        found.pop().ok_or_else(|| {
            let names = v1_0::INTERFACES
                .map(|(name, _)| name.rsplit('/').next().unwrap_or_default())
                .join(", ");
            LoadError::new(
                LoadCode::UnknownInterface,
                format!(
                    "the component exports no interface known here ({}); export one of {names} of \
                     xiangyue:rules@1.0.0",
                    if others.is_empty() { "nothing".to_owned() } else { others.join(", ") }
                ),
                "规则组件没有导出本程序认识的接口。",
                "请用 xiangyue-sdk 的导出宏（如 export_scorer!）导出规则，或者升级本程序。",
            )
        })
    }

    /// What the pool would refuse at run time is refused here.
    fn resources(&self, component: &Component) -> Result<(), LoadError> {
        let Some(needs) = component.resources_required() else {
            return Err(resources("it nests other components; deliver it as one module"));
        };
        let pages = needs.max_initial_memory_size.unwrap_or_default();
        let bytes = usize::try_from(pages).unwrap_or(usize::MAX);
        if needs.num_memories > 1 || bytes > self.limits.memory_bytes.min(self.limits.slot_bytes())
        {
            return Err(resources(&format!(
                "it starts with {} memories of {bytes} bytes",
                needs.num_memories
            )));
        }
        let elements = needs.max_initial_table_size.unwrap_or_default();
        let elements = usize::try_from(elements).unwrap_or(usize::MAX);
        if needs.num_tables > 2 || elements > self.limits.table_elements() {
            return Err(resources(&format!("it has {} tables", needs.num_tables)));
        }
        Ok(())
    }

    /// Links and lets the component describe itself: what it cannot say here it cannot do later either.
    fn link(&self, component: &Component, spoken: &Spoken, run: &Run) -> Result<Entry, LoadError> {
        let abi = &spoken.abi;
        let refuse = |error: wasmtime::Error| {
            LoadError::new(
                LoadCode::UnknownInterface,
                format!("the component does not fit `{abi}`: {}", one_line(&error)),
                &format!("规则组件与接口“{abi}”不一致。"),
                "请用与本程序配套的 xiangyue-sdk 重新编译。",
            )
        };
        let undescribed = |error: RuleError| describe(&error);
        let pre = self.linker.instantiate_pre(component).map_err(refuse)?;
        match spoken.version {
            Version::V0_1 => {
                let entry = v0_1::Entry::new(spoken.law, pre)
                    .unwrap_or_else(|| Err(wasmtime::format_err!("0.1 has no such interface")));
                let entry = entry.map_err(refuse)?;
                let said = run.describe_0_1(&entry).map_err(undescribed)?;
                Ok(Entry::V0_1(entry, Box::new(said)))
            }
            Version::V1_0 => {
                let entry = v1_0::Entry::new(spoken.law, pre).map_err(refuse)?;
                let said = run.describe_1_0(&entry).map_err(undescribed)?;
                Ok(Entry::V1_0(entry, Box::new(said)))
            }
        }
    }
}

/// The versions of the interface that this program speaks; a new one gets its own file, its own bindings and its own
/// arm, and the older ones stay as they are.
#[derive(Clone, Copy)]
enum Version {
    V0_1,
    V1_0,
}

/// What a component exports.
struct Spoken {
    abi: String,
    law: Law,
    version: Version,
}

impl Spoken {
    /// A later point release of a version may be asked by an earlier one's names: it only adds.
    fn read(name: &str) -> Option<Self> {
        let (interface, version) = name.split_once('@')?;
        let (version, known) = if version.starts_with("0.1.") {
            (Version::V0_1, &v0_1::INTERFACES[..])
        } else if version.starts_with("1.0.") {
            (Version::V1_0, &v1_0::INTERFACES[..])
        } else {
            return None;
        };
        let (_, law) = known.iter().find(|(known, _)| *known == interface)?;
        Some(Self { abi: name.to_owned(), law: *law, version })
    }
}

fn resources(problem: &str) -> LoadError {
    LoadError::new(
        LoadCode::Resources,
        format!("the component needs more than a rule may have: {problem}"),
        "规则组件需要的内存或表超过上限。",
        "请减少静态数据，并确认组件里只有一个内存。",
    )
}

fn describe(error: &RuleError) -> LoadError {
    LoadError::new(
        LoadCode::Describe,
        format!("`describe` failed with {}: {error}", error.code()),
        &format!("规则组件不能说明自己：{}", error.text()),
        "请检查组件里 describe 的写法。",
    )
}

/// wasmtime has no typed error for a proposal that is switched off, so the float refusal is told apart by its words; a
/// test holds the words.
fn invalid(error: &wasmtime::Error) -> LoadError {
    let message = one_line(error);
    if ["floating-point support is disabled", "floating-point instruction disallowed"]
        .iter()
        .any(|words| message.contains(words))
    {
        return LoadError::new(
            LoadCode::Floats,
            format!(
                "the component computes with floating-point numbers ({message}); use whole numbers in 1/100 point"
            ),
            "规则组件里有小数（浮点）运算，积分和金额只能用整数。",
            "请改用整数（1.00分写成100），比例用千分数或分子/分母；格式化小数的库也要去掉。",
        );
    }
    // The pool checks what it can hold while compiling.
    if message.contains("exceeds the limit of")
        || message.contains("exceeds the configured maximum")
    {
        return resources(&message);
    }
    LoadError::new(
        LoadCode::Invalid,
        format!("not a valid WebAssembly component: {message}"),
        "这个文件不是有效的规则组件。",
        "请用 xiangyue plugin build 重新编译。",
    )
}

pub(super) fn one_line(error: &wasmtime::Error) -> String {
    let full = format!("{error:#}");
    full.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}
