//! The WebAssembly of the package.

use std::path::{Path, PathBuf};

use flate2::Crc;

use crate::npm;
use crate::sh::{Result, cargo, run, target};
use crate::stamp::read;

/// The custom section's name.
const SECTION: &str = "evertoken";

/// What rustc emits for wasm32-unknown-unknown; every engine that the package supports has it.
const WASM_FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Two rounds on a flattened program, and functions beside their like, make the package 2 % smaller than one `-Oz`. Low
/// memory is the end of the stack.
const PASSES: [&str; 9] = [
    "--low-memory-unused",
    "--converge",
    "--flatten",
    "--rereloop",
    "--one-caller-inline-max-function-size",
    "16",
    "-Oz",
    "-Oz",
    "--reorder-functions-by-name",
];

/// Compiles the crate with the browser's face alone.
pub(super) fn compile() -> Result<PathBuf> {
    let arguments =
        "rustc -p evertoken --lib --crate-type cdylib --profile wasm-release --target wasm32-unknown-unknown";
    run(cargo(arguments).args(["--no-default-features", "--features", "npm"]))?;
    Ok(target().join("wasm32-unknown-unknown/wasm-release/evertoken.wasm"))
}

pub(super) fn optimize(compiled: &Path, output: &Path) -> Result<Vec<u8>> {
    let mut command = npm::program("pkg", "wasm-opt");
    command.args(WASM_FEATURES).args(PASSES).args(["--strip-debug", "--strip-producers", "--strip-target-features"]);
    run(command.arg(compiled).arg("--output").arg(output))?;
    read(output)
}

/// By what `evertoken/slim` knows the WebAssembly that belongs to it.
pub(super) fn stamp(wasm: &[u8]) -> String {
    let mut crc = Crc::new();
    crc.update(wasm);
    format!("{:08x}", crc.sum())
}

/// The module with its stamp, in a custom section.
pub(super) fn stamped(wasm: &[u8], stamp: &str) -> Vec<u8> {
    let section = [&[SECTION.len() as u8], SECTION.as_bytes(), stamp.as_bytes()].concat();
    [wasm, &[0, section.len() as u8], &section].concat()
}
