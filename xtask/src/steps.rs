//! The steps of `cargo xtask test`.

use std::cell::OnceCell;
use std::fs;
use std::process::Command;

use crate::python::python;
use crate::servers::Servers;
use crate::setup::Need;
use crate::sh::{Result, cargo, command, output, path_with, run, target};
use crate::{apt, bench, npm, package, rust};

/// One check.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) needs: &'static [Need],
    pub(crate) run: fn(&Context) -> Result,
}

/// What the steps share: servers that are started by the first step that asks for them.
#[derive(Default)]
pub(crate) struct Context {
    servers: OnceCell<Servers>,
}

impl Context {
    /// The command with what the tests read from their environment.
    fn with_servers<'c>(&self, command: &'c mut Command) -> Result<&'c mut Command> {
        let servers = match self.servers.get() {
            Some(servers) => servers,
            None => {
                let started = Servers::start()?;
                self.servers.get_or_init(|| started)
            }
        };
        Ok(command.envs(servers.variables()).env("EVERTOKEN_PYTHON", python()))
    }
}

/// From the quickest to the slowest, as far as one does not need another's result.
pub(crate) const ALL: &[Step] = &[
    Step { name: "format", about: "rustfmt has nothing to change", needs: &[Need::Lints], run: format },
    Step { name: "lint", about: "clippy, natively", needs: &[Need::Lints], run: lint },
    Step { name: "lint-wasm", about: "clippy, for the browser", needs: LINT_WASM, run: lint_wasm },
    Step {
        name: "core",
        about: "the core without any platform, its rules model-checked",
        needs: &[Need::WasmTarget],
        run: core,
    },
    Step { name: "servers", about: "the test servers do as the real ones do", needs: SERVERS, run: servers },
    Step { name: "docs", about: "the documentation builds without a warning", needs: &[], run: docs },
    Step { name: "native", about: "unit and integration tests, natively", needs: NATIVE, run: native },
    Step { name: "doc-tests", about: "the examples in the documentation", needs: &[], run: doc_tests },
    Step { name: "package", about: "the npm package and its size", needs: package::NEEDS, run: package },
    Step { name: "browser", about: "the crate's tests in Chromium", needs: BROWSER, run: browser },
    Step { name: "pages", about: "the package in pages in Chromium", needs: PAGES, run: pages },
    Step { name: "integrations", about: "the recipes for other libraries", needs: INTEGRATIONS, run: integrations },
    Step { name: "packaging", about: "the package as bundlers and Node install it", needs: PACKAGING, run: packaging },
    Step { name: "types", about: "the package's TypeScript types", needs: TYPES, run: types },
    Step { name: "benches", about: "the benchmarks run", needs: bench::NEEDS, run: benches },
];

/// The servers that the tests start themselves.
const SERVERS: &[Need] = &[Need::Python, Need::OidcModules];
const NATIVE: &[Need] = &[Need::Python, Need::OidcModules, Need::Keyring];
const LINT_WASM: &[Need] = &[Need::Lints, Need::WasmTarget];
const BROWSER: &[Need] = &[Need::WasmTarget, Need::WasmBindgen, Need::WasmPack, Need::Python, Need::Chromium];
const TYPES: &[Need] = &[Need::WasmTarget, Need::PackageModules, Need::BrowserModules];
const INTEGRATIONS: &[Need] =
    &[Need::WasmTarget, Need::PackageModules, Need::BrowserModules, Need::IntegrationModules, Need::Chromium];
const PACKAGING: &[Need] = &[Need::WasmTarget, Need::PackageModules, Need::PackagingModules, Need::Chromium];
const PAGES: &[Need] =
    &[Need::WasmTarget, Need::PackageModules, Need::BrowserModules, Need::OidcModules, Need::Python, Need::Chromium];

/// The model checker's tests: they are for the step `core`.
const MODEL: &str = "machine::tests::model";

/// The packages with tests: all but the one that only calls wasm-bindgen.
const TESTED: [&str; 3] = ["--workspace", "--exclude", "evertoken-wasm-bindgen"];

/// What native programs can switch on, each by itself.
const FEATURES: [&str; 5] = ["dpop", "keyring", "reqwest-middleware", "tower", "tracing"];

/// All of them, and what only tests use.
fn all_features() -> String {
    FEATURES.iter().chain(&["fail-points"]).map(|name| format!("evertoken/{name}")).collect::<Vec<_>>().join(",")
}

fn format(_: &Context) -> Result {
    run(&mut cargo("fmt --all --check"))
}

/// All features at once, and each alone.
fn lint(_: &Context) -> Result {
    run(cargo("clippy --workspace --all-targets --features").arg(all_features()).args(["--", "-D", "warnings"]))?;
    FEATURES.into_iter().try_for_each(|name| {
        let mut command = cargo("clippy -p evertoken --lib --no-default-features --features");
        run(command.args([name, "--", "-D", "warnings"]))
    })
}

/// Once as Rust front ends build it, once with the npm package's exports.
fn lint_wasm(_: &Context) -> Result {
    // The npm package is without the standard library, which the tests' dependencies bring along.
    ["--tests --features web", "--features npm"].into_iter().try_for_each(|flags| {
        let flags = format!("clippy -p evertoken --lib --target wasm32-unknown-unknown --no-default-features {flags}");
        run(cargo(&flags).args(["--", "-D", "warnings"]))
    })
}

fn core(_: &Context) -> Result {
    run(&mut cargo("check -p evertoken --lib --no-default-features"))?;
    run(&mut cargo("check -p evertoken --lib --no-default-features --target wasm32-unknown-unknown"))?;
    // Records without DPoP beside the model; all other tests have it.
    run(cargo("test -p evertoken --lib --no-default-features -- --nocapture").args([MODEL, "core::record"]))
}

fn servers(_: &Context) -> Result {
    // Most of it is waiting for tokens to expire.
    let mut command = node_tests(&["tests/servers/contracts"], &["--test-concurrency=4"])?;
    run(command.env("EVERTOKEN_PYTHON", python()))
}

fn docs(_: &Context) -> Result {
    run(cargo("doc -p evertoken --no-deps --features").arg(FEATURES.join(",")).env("RUSTDOCFLAGS", "-D warnings"))
}

/// The tests start servers of their own, some of which they stop and start again.
fn native(_: &Context) -> Result {
    let nextest = output(&mut cargo("nextest --version")).is_some();
    let runner = if nextest { "nextest run" } else { "test --tests" };
    let mut command = cargo(runner);
    command.args(TESTED).args(["--features", &all_features()]).args(["--", "--skip", MODEL]);
    run(command.env("EVERTOKEN_PYTHON", python()))
}

fn doc_tests(_: &Context) -> Result {
    run(cargo("test --doc --features").arg(all_features()).args(TESTED))
}

fn package(_: &Context) -> Result {
    package::build()
}

/// wasm-pack finds our wasm-bindgen on `PATH`, and is told to install nothing if it does not like it.
fn browser(context: &Context) -> Result {
    let mut command = command(rust::tools().join("wasm-pack"));
    command.args(["test", "--headless", "--chrome", "--chromedriver"]).arg(apt::chromedriver()?);
    command.args(["--mode", "no-install", "."]);
    command.args(["--no-default-features", "--features", "web", "--test", "web"]);
    command.env("PATH", path_with(rust::tools())?).env("WASM_PACK_CACHE", target().join("wasm-pack-cache"));
    command.env("WASM_BINDGEN_TEST_TIMEOUT", "300").env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
    run(context.with_servers(&mut command)?)
}

fn pages(context: &Context) -> Result {
    package::build()?;
    run(&mut cargo("build -p evertoken-demo-server"))?;
    let mut command = node_tests(&["tests/browser", "tests/browser/backends"], &[])?;
    command.env("EVERTOKEN_DEMO_SERVER", target().join("debug/demo-server"));
    run(context.with_servers(&mut command)?)
}

fn integrations(_: &Context) -> Result {
    package::build()?;
    // Half of it is waiting for pages to load.
    run(&mut node_tests(&["tests/integrations"], &["--test-concurrency=2"])?)
}

fn packaging(_: &Context) -> Result {
    package::build()?;
    run(&mut cargo("build -p evertoken-demo-server"))?;
    let mut command = node_tests(&["tests/packaging"], &[])?;
    run(command.env("EVERTOKEN_DEMO_SERVER", target().join("debug/demo-server")))
}

/// The files by name, since Node's versions differ in what they make of a directory.
fn node_tests(directories: &[&str], options: &[&str]) -> Result<Command> {
    let mut files = Vec::new();
    for directory in directories {
        let listing = fs::read_dir(directory).map_err(|error| format!("cannot read {directory}: {error}"))?;
        files.extend(listing.flatten().map(|entry| entry.path()));
    }
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    let mut command = command("node");
    command.args(["--test", "--test-reporter=spec"]).args(options).args(files);
    Ok(command)
}

fn types(_: &Context) -> Result {
    package::build()?;
    run(npm::program("tests/browser", "tsc").args(["--project", "tests/browser/types"]))
}

fn benches(_: &Context) -> Result {
    bench::check()
}
