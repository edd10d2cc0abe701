//! The npm package: the crate as WebAssembly and pkg/src, bundled into the one file pkg/dist/evertoken.js. What only some
//! pages need is a file of its own beside it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::npm;
use crate::setup::{self, Need};
use crate::sh::{Result, cargo, heading, root, run, target};
use crate::sizes::Sizes;
use crate::stamp::{Stamp, read, write};
use crate::text;

pub(crate) const NEEDS: &[Need] = &[Need::WasmTarget, Need::PackageModules];

const SOURCES: &str = "pkg/src";
/// What the browser does for a session, whichever face it has.
const PLATFORM: &str = "src/web/js";
const PACKAGE: &str = "pkg/dist/evertoken.js";
const DPOP: &str = "pkg/dist/dpop.js";
/// What makes a backend. A page uses one, and its bundler leaves out the others.
const BACKENDS: [&str; 6] = ["simpleJwt", "oauth2", "flaskJwt", "supabase", "slidingJwt", "strictRotation"];

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

/// Files on the way to the package, all in target/pkg.
struct Work {
    directory: PathBuf,
}

impl Work {
    fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

pub(crate) fn build() -> Result {
    setup::install(NEEDS)?;
    heading("build: the npm package into pkg/dist");
    let compiled = compile()?;
    let work = Work { directory: target().join("pkg") };
    for directory in [&work.directory, Path::new("pkg/dist")] {
        fs::create_dir_all(directory).map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
    }
    let stamp = Stamp::new(&work.directory, &inputs(&compiled)?);
    let table = work.file("sizes.txt");
    let is_built = [PACKAGE, DPOP].iter().all(|file| Path::new(file).is_file());
    if !(stamp.is_fresh() && is_built && table.is_file()) {
        let sizes = assemble(&work, &compiled)?;
        write(&table, sizes.to_string())?;
        print!("{sizes}");
        sizes.check()?;
        return stamp.write();
    }
    print!("{}", String::from_utf8_lossy(&read(&table)?));
    Ok(())
}

/// Compiles the crate with the browser's face alone.
fn compile() -> Result<PathBuf> {
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

/// Everything that the package is made of, this recipe among it.
fn inputs(compiled: &Path) -> Result<Vec<Vec<u8>>> {
    let mut files: Vec<PathBuf> = vec![compiled.to_owned(), "Cargo.lock".into(), "pkg/package-lock.json".into()];
    for directory in [SOURCES, "pkg/src/backends", "pkg/src/dpop", PLATFORM] {
        let listing = fs::read_dir(directory).map_err(|error| format!("cannot read {directory}: {error}"))?;
        files.extend(listing.flatten().map(|entry| entry.path()).filter(|path| path.is_file()));
    }
    files.sort();
    let recipe = [
        &include_bytes!("package.rs")[..],
        include_bytes!("text.rs"),
        include_bytes!("text/order.rs"),
        include_bytes!("sizes.rs"),
    ];
    let mut inputs = recipe.map(<[u8]>::to_vec).to_vec();
    for file in files {
        inputs.push(file.as_os_str().as_encoded_bytes().to_vec());
        inputs.push(read(&file)?);
    }
    Ok(inputs)
}

fn assemble(work: &Work, compiled: &Path) -> Result<Sizes> {
    optimize(work, compiled)?;
    let wasm = without_paths(read(work.file("evertoken.wasm"))?);
    write(&work.file("inline.js"), text::module(&wasm))?;
    write(&work.file("nothing.js"), text::module(&[]))?;
    let wasm_in = |name| format!("--alias:#wasm={}", work.file(name).display());
    bundle(work, "index.js", &[wasm_in("inline.js")], Path::new(PACKAGE))?;
    bundle(work, "index.js", &[wasm_in("nothing.js")], &work.file("without-wasm.js"))?;
    // Beside the package's one file, which it imports: one class of errors for both.
    let package = ["--alias:#evertoken=./evertoken.js", "--external:./evertoken.js"].map(String::from);
    bundle(work, "dpop.js", &package, Path::new(DPOP))?;
    for types in ["index.d.ts", "dpop.d.ts"] {
        write(&Path::new("pkg/dist").join(types), read(format!("{SOURCES}/{types}"))?)?;
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        write(&Path::new("pkg/dist").join(licence), read(licence)?)?;
    }
    let pages = BACKENDS.into_iter().map(|backend| Ok((backend, page(work, backend)?))).collect::<Result<Vec<_>>>()?;
    Ok(Sizes::new(&wasm, &read(work.file("without-wasm.js"))?, &read(PACKAGE)?, &pages))
}

/// What a bundler makes of the package for a page with this backend.
fn page(work: &Work, backend: &str) -> Result<Vec<u8>> {
    let (source, bundled) = (work.file("page.js"), work.file("page.bundled.js"));
    let package = root().join(PACKAGE);
    write(&source, format!("export {{ createSession, {backend}, EvertokenError }} from {:?};", package.display()))?;
    let mut esbuild = npm::program("pkg", "esbuild");
    esbuild.arg(source).args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
    run(esbuild.arg(format!("--outfile={}", bundled.display())))?;
    read(bundled)
}

fn optimize(work: &Work, compiled: &Path) -> Result {
    let mut command = npm::program("pkg", "wasm-opt");
    command.args(WASM_FEATURES).args(PASSES).args(["--strip-debug", "--strip-producers", "--strip-target-features"]);
    run(command.arg(compiled).arg("--output").arg(work.file("evertoken.wasm")))
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

/// Bundles an entry of pkg/src. There, `#wasm` is the WebAssembly as text, `#evertoken` the bundle of index.js. What
/// esbuild has minified, terser makes 4 % smaller.
fn bundle(work: &Work, entry: &str, modules: &[String], output: &Path) -> Result {
    let option = |name: &str, file: &Path| format!("{name}={}", file.display());
    let bundled = work.file("bundled.js");
    let mut esbuild = npm::program("pkg", "esbuild");
    esbuild.arg(format!("{SOURCES}/{entry}"));
    esbuild.args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
    esbuild.arg(option("--alias:#platform", &root().join(PLATFORM))).args(modules);
    run(esbuild.arg(option("--outfile", &bundled)))?;
    let mut terser = npm::program("pkg", "terser");
    terser.arg(bundled).args(["--module", "--ecma", "2020", "--compress", "passes=2", "--mangle", "--output"]);
    run(terser.arg(output))
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
