//! Rust's own parts, and the programs that are built by cargo into target/tools/bin.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sh::{Result, cargo, command, find, heading, output, run_twice, target};
use crate::stamp::{read, write};

const WASM_PACK: &str = "0.15.1";

pub(crate) fn tools() -> PathBuf {
    target().join("tools/bin")
}

/// The standard library for WebAssembly. It is looked for where rustc keeps it: a Rust without rustup may have it, too.
pub(crate) fn wasm_target() -> Result {
    let sysroot =
        output(command("rustc").args(["--print", "sysroot"])).ok_or("rustc cannot be run: install Rust with rustup")?;
    if Path::new(&sysroot).join("lib/rustlib/wasm32-unknown-unknown").is_dir() {
        return Ok(());
    }
    rustup("target", &["wasm32-unknown-unknown"])
}

pub(crate) fn lints() -> Result {
    let missing: Vec<&str> = ["clippy", "rustfmt"]
        .into_iter()
        .filter(|component| {
            let subcommand = if *component == "rustfmt" { "fmt --version" } else { "clippy --version" };
            output(&mut cargo(subcommand)).is_none()
        })
        .collect();
    if missing.is_empty() { Ok(()) } else { rustup("component", &missing) }
}

fn rustup(kind: &str, names: &[&str]) -> Result {
    let names_text = names.join(" and ");
    if find("rustup").is_none() {
        return Err(format!(
            "the Rust {kind} {names_text} is missing and there is no rustup to add it: install Rust with rustup, or add the {kind} by the means your Rust came by"
        ));
    }
    heading(&format!("setup: {names_text} into the Rust toolchain (rustup {kind} add)"));
    run_twice(command("rustup").args([kind, "add"]).args(names))
}

/// `wasm-bindgen` and its test runner, built from the workspace: `Cargo.lock` holds their versions.
pub(crate) fn wasm_bindgen() -> Result {
    let version = locked("wasm-bindgen")?;
    let cli = locked("wasm-bindgen-cli")?;
    if cli != version {
        return Err(format!(
            "Cargo.lock has wasm-bindgen {version} but wasm-bindgen-cli {cli}: write {version} into xtask/wasm-bindgen/Cargo.toml"
        ));
    }
    let programs = ["wasm-bindgen", "wasm-bindgen-test-runner"];
    if programs.iter().all(|program| is_installed(program, &version)) {
        return Ok(());
    }
    heading(&format!("setup: wasm-bindgen {version} into target/tools/bin (built from source, about two minutes)"));
    run_twice(&mut cargo("build --release -p evertoken-wasm-bindgen"))?;
    fs::create_dir_all(tools()).map_err(|error| format!("cannot create {}: {error}", tools().display()))?;
    for program in programs {
        fs::copy(target().join("release").join(program), tools().join(program))
            .map_err(|error| format!("cannot copy {program} into {}: {error}", tools().display()))?;
    }
    Ok(())
}

pub(crate) fn wasm_pack() -> Result {
    if is_installed("wasm-pack", WASM_PACK) {
        return Ok(());
    }
    heading(&format!("setup: wasm-pack {WASM_PACK} into target/tools/bin (built from source, about two minutes)"));
    run_twice(
        cargo("install wasm-pack --locked --force --version").arg(WASM_PACK).arg("--root").arg(target().join("tools")),
    )?;
    // A stamp without a date keeps wasm-pack from asking the network for a newer version.
    write(&tools().join("wasm-pack.stamp"), "")
}

fn is_installed(program: &str, version: &str) -> bool {
    output(command(tools().join(program)).arg("--version")).is_some_and(|found| found == format!("{program} {version}"))
}

/// The version of a package in `Cargo.lock`.
fn locked(package: &str) -> Result<String> {
    let lock = String::from_utf8_lossy(&read("Cargo.lock")?).into_owned();
    version_in(&lock, package)
        .ok_or_else(|| format!("Cargo.lock does not hold {package}: run `cargo update --workspace`"))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let (_, entry) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(entry.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn versions_are_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen-cli\"\nversion = \"0.2.1\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.2\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.2"));
        assert_eq!(version_in(lock, "wasm-bindgen-cli").as_deref(), Some("0.2.1"));
        assert_eq!(version_in(lock, "wasm"), None);
    }
}
