//! Short names for what the WebAssembly and its glue import from each other. wasm-bindgen's names carry hashes, which do
//! not compress, and stand in both files.

use std::collections::HashMap;

use crate::sh::Result;

/// The option with which wasm-opt shortens the names in the WebAssembly and prints which became which.
pub(crate) const OPTION: &str = "--minify-imports-and-exports-and-modules";

/// The one module that wasm-bindgen imports from, and what wasm-opt calls it.
const MODULE: (&str, &str) = ("./evertoken_bg.js", "a");

/// The glue with the names that wasm-opt reports.
pub(crate) fn glue(glue: &str, report: &str) -> Result<String> {
    let mut glue = replace(glue, &format!("\"{}\":", MODULE.0), &format!("\"{}\":", MODULE.1))?;
    let mut exports = HashMap::new();
    for line in report.lines() {
        // ["module", "import", "short"] or ["export", "short"]
        let quoted: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        match quoted[..] {
            [_, import, short] => glue = replace(&glue, &format!(" {import}:"), &format!(" {short}:"))?,
            [export, short] => _ = exports.insert(export, short),
            _ => {}
        }
    }
    Ok(rename_exports(&glue, &exports))
}

/// The glue names an import once, where it defines it.
fn replace(glue: &str, old: &str, new: &str) -> Result<String> {
    match glue.matches(old).count() {
        1 => Ok(glue.replacen(old, new, 1)),
        count => Err(format!(
            "the glue has `{old}` {count} times instead of once: teach xtask/src/shorten.rs what this wasm-bindgen writes"
        )),
    }
}

/// The glue uses an export as `wasm.name`, any number of times.
fn rename_exports(glue: &str, exports: &HashMap<&str, &str>) -> String {
    let mut parts = glue.split("wasm.");
    let mut renamed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        renamed += "wasm.";
        renamed += exports.get(name).unwrap_or(&name);
        renamed += rest;
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::glue;

    const REPORT: &str = "{\n \"imports\": [\n  [\"./evertoken_bg.js\", \"__wbg_now_12\", \"a\"]\n ],\n\"exports\": [\n  [\"get\", \"b\"]\n ]\n}\n";

    #[test]
    fn both_sides_get_the_same_names() {
        let long = "wasm.get(); wasm.get_all(); x = { \"./evertoken_bg.js\": { __wbg_now_12: function() {} } }";
        let short = "wasm.b(); wasm.get_all(); x = { \"a\": { a: function() {} } }";
        assert_eq!(glue(long, REPORT).unwrap(), short);
    }

    #[test]
    fn an_import_that_the_glue_does_not_define_is_an_error() {
        assert!(glue("\"./evertoken_bg.js\":", REPORT).unwrap_err().contains("__wbg_now_12"));
    }
}
