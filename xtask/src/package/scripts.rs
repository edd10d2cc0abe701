//! The package's JavaScript: a file for each entry, and one with what they share.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{PLATFORM, SOURCES, Work, dist};
use crate::npm;
use crate::sh::{Result, root, run};
use crate::stamp::read;

/// Each is `pkg/src/NAME.js` and becomes `pkg/dist/NAME.js`, an entry if `exports` in pkg/package.json has it. From there they
/// import each other as `#NAME`.
pub(super) const ALL: &[&str] = &["errors", "shared", "evertoken", "slim", "dpop", "debug", "worker", "isolated"];

/// The one source that entries have in common: it holds nothing but names that they hand on.
const NAMES: &str = "pkg/src/api.js";

/// What a page loads that keeps its session in a worker: copies of a few functions, instead of all that a session needs.
const APART: &str = "isolated";

pub(super) fn bundle(work: &Work) -> Result {
    let mut origins: Vec<(String, &str)> = Vec::new();
    for name in ALL {
        let sources = script(work, name)?;
        if *name == APART {
            continue;
        }
        for source in sources.into_iter().filter(|source| source != NAMES) {
            if let Some((_, other)) = origins.iter().find(|(known, _)| *known == source) {
                return Err(format!(
                    "{source} is in both {other}.js and {name}.js: export it from {SOURCES}/shared.js"
                ));
            }
            origins.push((source, name));
        }
    }
    Ok(())
}

/// Bundles a file of the package, and names the sources that are in it. What esbuild has minified, terser makes 4 % smaller;
/// functions that it moves to their only call would take 80 bytes more.
fn script(work: &Work, name: &str) -> Result<Vec<String>> {
    let option = |name: &str, file: PathBuf| format!("--{name}={}", file.display());
    let (bundled, meta) = (work.file("bundled.js"), work.file("bundled.json"));
    let mut esbuild = esbuild(&Path::new(SOURCES).join(name).with_extension("js"));
    for other in ALL.iter().filter(|other| *other != &name) {
        esbuild.args([format!("--alias:#{other}=./{other}.js"), format!("--external:./{other}.js")]);
    }
    esbuild.arg(option("alias:#platform", root().join(PLATFORM)));
    esbuild.args([option("alias:#wasm", work.file("wasm.js")), option("alias:#stamp", work.file("stamp.js"))]);
    run(esbuild.args([option("outfile", bundled.clone()), option("metafile", meta.clone())]))?;
    let mut terser = npm::program("pkg", "terser");
    terser.arg(bundled).args([
        "--module",
        "--ecma",
        "2020",
        "--compress",
        "passes=2,reduce_funcs=false",
        "--mangle",
        "--output",
    ]);
    run(terser.arg(dist(format!("{name}.js"))))?;
    Ok(sources(&String::from_utf8_lossy(&read(meta)?)))
}

pub(super) fn esbuild(entry: &Path) -> Command {
    let mut esbuild = npm::program("pkg", "esbuild");
    esbuild.arg(entry).args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
    esbuild
}

/// The files of which something is in the output, of esbuild's account of it.
fn sources(meta: &str) -> Vec<String> {
    let lines: Vec<&str> = meta.lines().collect();
    let pairs = lines.windows(2).filter(|pair| pair[1].contains("bytesInOutput") && !pair[1].contains(" 0"));
    pairs.filter_map(|pair| pair[0].split('"').nth(1)).map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::sources;

    #[test]
    fn a_source_of_which_nothing_is_left_is_not_in_the_output() {
        let meta = "\"inputs\": {\n\"a.js\": {\n\"bytesInOutput\": 12\n},\n\"b.js\": {\n\"bytesInOutput\": 0\n}\n}";
        assert_eq!(sources(meta), ["a.js"]);
    }
}
