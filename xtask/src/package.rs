//! The npm package in pkg/dist: the crate as WebAssembly, and of pkg/src a file for each entry.

mod scripts;
mod wasm;

use std::fs;
use std::path::{Path, PathBuf};

use crate::setup::{self, Need};
use crate::sh::{Result, heading, root, run, target};
use crate::sizes::Sizes;
use crate::stamp::{Stamp, read, write};
use crate::text;

pub(crate) const NEEDS: &[Need] = &[Need::WasmTarget, Need::PackageModules];

const DIST: &str = "pkg/dist";
const SOURCES: &str = "pkg/src";
/// What the browser does for a session, whichever face it has.
const PLATFORM: &str = "src/web/js";
const WASM: &str = "evertoken.wasm";
/// What makes a backend. A page uses one, and its bundler leaves out the others.
const BACKENDS: [&str; 6] = ["simpleJwt", "oauth2", "flaskJwt", "supabase", "slidingJwt", "strictRotation"];

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
    let compiled = wasm::compile()?;
    let work = Work { directory: target().join("pkg") };
    make(&work.directory)?;
    let stamp = Stamp::new(&work.directory, &inputs(&compiled)?);
    let table = work.file("sizes.txt");
    let is_built = scripts::ALL.iter().all(|name| dist(format!("{name}.js")).is_file()) && dist(WASM).is_file();
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

fn make(directory: &Path) -> Result {
    fs::create_dir_all(directory).map_err(|error| format!("cannot make {}: {error}", directory.display()))
}

fn dist(name: impl AsRef<Path>) -> PathBuf {
    Path::new(DIST).join(name)
}

/// Everything that the package is made of, this recipe among it.
fn inputs(compiled: &Path) -> Result<Vec<Vec<u8>>> {
    let mut files: Vec<PathBuf> = vec![compiled.to_owned(), "Cargo.lock".into(), "pkg/package-lock.json".into()];
    for directory in [SOURCES, PLATFORM] {
        list(Path::new(directory), &mut files)?;
    }
    files.sort();
    let recipe = [
        &include_bytes!("package.rs")[..],
        include_bytes!("package/scripts.rs"),
        include_bytes!("package/wasm.rs"),
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

/// The files of a directory and of those in it.
fn list(directory: &Path, files: &mut Vec<PathBuf>) -> Result {
    let listing = fs::read_dir(directory).map_err(|error| format!("cannot read {}: {error}", directory.display()))?;
    for path in listing.flatten().map(|entry| entry.path()) {
        if path.is_dir() { list(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

fn assemble(work: &Work, compiled: &Path) -> Result<Sizes> {
    // All that is there is packed: nothing of an earlier build may stay.
    if Path::new(DIST).exists() {
        fs::remove_dir_all(DIST).map_err(|error| format!("cannot empty {DIST}: {error}"))?;
    }
    make(&dist("types"))?;
    let wasm = wasm::optimize(compiled, &work.file(WASM))?;
    let stamp = wasm::stamp(&wasm);
    write(&dist(WASM), wasm::stamped(&wasm, &stamp))?;
    write(&work.file("wasm.js"), text::module(&wasm))?;
    write(&work.file("stamp.js"), format!("export const stamp = {stamp:?};"))?;
    scripts::bundle(work)?;
    copy_types()?;
    // Where tools that gather licences look for them.
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        write(&Path::new("pkg").join(licence), read(licence)?)?;
    }
    let pages = BACKENDS.into_iter().map(|backend| Ok((backend, page(work, backend)?))).collect::<Result<Vec<_>>>()?;
    let [main, slim, shared] = [read(dist("evertoken.js"))?, read(dist("slim.js"))?, read(dist("shared.js"))?];
    let [isolated, errors] = [read(dist("isolated.js"))?, read(dist("errors.js"))?];
    Ok(Sizes::new(&wasm, [&main, &slim, &shared, &isolated, &errors], &pages))
}

/// The types of the entries and those that they are made of.
fn copy_types() -> Result {
    let mut sources = Vec::new();
    list(Path::new(SOURCES), &mut sources)?;
    sources.retain(|source| source.to_string_lossy().ends_with(".d.ts"));
    for source in sources {
        let copy = dist(source.strip_prefix(SOURCES).unwrap_or(&source));
        write(&copy, read(&source)?)?;
    }
    Ok(())
}

/// What a bundler makes of the package for a page with this backend.
fn page(work: &Work, backend: &str) -> Result<Vec<u8>> {
    let (source, bundled) = (work.file("page.js"), work.file("page.bundled.js"));
    let package = root().join(dist("evertoken.js"));
    write(&source, format!("export {{ createSession, {backend}, EvertokenError }} from {:?};", package.display()))?;
    run(scripts::esbuild(&source).arg(format!("--outfile={}", bundled.display())))?;
    read(bundled)
}
