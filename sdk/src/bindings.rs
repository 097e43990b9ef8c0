//! Generated from `schemas/wit/rules/v0_1`; one module per world, types shared.
#![allow(clippy::all, missing_docs)]

pub mod scoring {
    wit_bindgen::generate!({
        path: "../schemas/wit/rules/v0_1",
        world: "scoring",
        pub_export_macro: true,
        default_bindings_module: "xiangyue_sdk::glue::scoring",
    });
}

pub mod settlement {
    wit_bindgen::generate!({
        path: "../schemas/wit/rules/v0_1",
        world: "settlement",
        pub_export_macro: true,
        default_bindings_module: "xiangyue_sdk::glue::settlement",
        with: {
            "xiangyue:rules/types@0.1.0": super::scoring::xiangyue::rules::types,
            "xiangyue:rules/diag@0.1.0": super::scoring::xiangyue::rules::diag,
        },
    });
}

pub mod redemption {
    wit_bindgen::generate!({
        path: "../schemas/wit/rules/v0_1",
        world: "redemption",
        pub_export_macro: true,
        default_bindings_module: "xiangyue_sdk::glue::redemption",
        with: {
            "xiangyue:rules/types@0.1.0": super::scoring::xiangyue::rules::types,
            "xiangyue:rules/diag@0.1.0": super::scoring::xiangyue::rules::diag,
        },
    });
}

#[cfg(target_arch = "wasm32")]
pub use scoring::xiangyue::rules::diag;
pub use scoring::xiangyue::rules::types;
