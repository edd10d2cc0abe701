//! The WebAssembly of the package.

use std::env;
use std::fs;
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
    let flags = format!("target.wasm32-unknown-unknown.rustflags={:?}", shorter_paths());
    let arguments =
        "rustc -p evertoken --lib --crate-type cdylib --profile wasm-release --target wasm32-unknown-unknown";
    run(cargo(arguments).args(["--no-default-features", "--features", "npm", "--config", &flags]))?;
    Ok(target().join("wasm32-unknown-unknown/wasm-release/evertoken.wasm"))
}

/// Flags that keep the place of this machine's crates out of the messages in the package: each byte is loaded by every
/// page, and two machines should build the same one.
fn shorter_paths() -> Vec<String> {
    let home = env::var("CARGO_HOME").or_else(|_| env::var("HOME").map(|home| home + "/.cargo")).unwrap_or_default();
    let registries = fs::read_dir(Path::new(&home).join("registry/src")).into_iter().flatten().flatten();
    let mut flags: Vec<String> =
        registries.map(|entry| format!("--remap-path-prefix={}=", entry.path().display())).collect();
    flags.sort();
    flags
}

pub(super) fn optimize(compiled: &Path, output: &Path) -> Result<Vec<u8>> {
    let mut command = npm::program("pkg", "wasm-opt");
    command.args(WASM_FEATURES).args(PASSES).args(["--strip-debug", "--strip-producers", "--strip-target-features"]);
    run(command.arg(compiled).arg("--output").arg(output))?;
    Ok(without_paths(read(output)?))
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

/// Blanks the places in the standard library that its panics would name: in a page nobody sees them.
fn without_paths(mut wasm: Vec<u8>) -> Vec<u8> {
    let (begin, end) = (b"/rustc/", b".rs");
    let mut at = 0;
    while let Some(found) = wasm[at..].windows(begin.len()).position(|bytes| bytes == begin) {
        at += found;
        let Some(length) = wasm[at..].windows(end.len()).position(|bytes| bytes == end) else { break };
        wasm[at..at + length].fill(b' ');
    }
    wasm
}

#[cfg(test)]
mod tests {
    use super::without_paths;

    #[test]
    fn only_paths_of_the_standard_library_are_blanked() {
        let blanked = without_paths(b"a/rustc/59/lib/vec.rs\0b/rustc/59/mod.rs./rustc/c".to_vec());
        assert_eq!(blanked, [b"a", &[b' '; 17][..], b".rs\0b", &[b' '; 13], b".rs./rustc/c"].concat());
    }
}
