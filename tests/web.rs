#![cfg(all(target_family = "wasm", target_os = "unknown"))]
