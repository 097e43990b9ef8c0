//! Generated from `schemas/wit/rules/v1_0`; one module per world, types shared.
#![allow(clippy::all, missing_docs)]

pub mod scoring {
    wit_bindgen::generate!({
        path: "../schemas/wit/rules/v1_0",
        world: "scoring",
        pub_export_macro: true,
        default_bindings_module: "xiangyue_sdk::glue::scoring",
    });
}

macro_rules! world {
    ($module:ident, $world:literal, $path:literal) => {
        pub mod $module {
            wit_bindgen::generate!({
                path: "../schemas/wit/rules/v1_0",
                world: $world,
                pub_export_macro: true,
                default_bindings_module: $path,
                with: {
                    "xiangyue:rules/types@1.0.0": super::scoring::xiangyue::rules::types,
                    "xiangyue:rules/diag@1.0.0": super::scoring::xiangyue::rules::diag,
                },
            });
        }
    };
}

world!(settlement, "settlement", "xiangyue_sdk::glue::settlement");
world!(grading, "grading", "xiangyue_sdk::glue::grading");
world!(conversion, "conversion", "xiangyue_sdk::glue::conversion");
world!(distribution, "distribution", "xiangyue_sdk::glue::distribution");
world!(redemption, "redemption", "xiangyue_sdk::glue::redemption");
world!(eligibility, "eligibility", "xiangyue_sdk::glue::eligibility");
world!(assessment, "assessment", "xiangyue_sdk::glue::assessment");

#[cfg(target_arch = "wasm32")]
pub use scoring::xiangyue::rules::diag;
pub use scoring::xiangyue::rules::types;
