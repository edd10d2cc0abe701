//! Sessions of Rust front ends, in a browser, against the real djangorestframework-simplejwt.
#![cfg(all(target_family = "wasm", target_os = "unknown"))]

mod common;

mod core;
mod events;
mod options;
mod simplejwt;
mod stores;
mod tabs;
mod waiting;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
