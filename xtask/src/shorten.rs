//! Short names for what the WebAssembly and its glue import from each other. wasm-bindgen's names carry hashes, which do
//! not compress, and stand in both files.

use std::collections::HashMap;

use crate::sh::Result;

/// The option with which wasm-opt shortens the names in the WebAssembly and prints which became which.
pub(crate) const OPTION: &str = "--minify-imports-and-exports-and-modules";

/// The module of what the glue defines, and what wasm-opt calls it; that is the one module afterwards.
const MODULE: (&str, &str) = ("./evertoken_bg.js", "a");

/// Where the glue begins that module.
const DEFINITIONS: &str = "const import0 = {";

/// The glue with the names that wasm-opt reports.
pub(crate) fn glue(glue: &str, report: &str) -> Result<String> {
    let mut glue = replace(glue, &format!("\"{}\":", MODULE.0), &format!("\"{}\":", MODULE.1))?;
    let mut exports = HashMap::new();
    for line in report.lines() {
        // ["module", "import", "short"] or ["export", "short"]
        let quoted: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        match quoted[..] {
            [module, import, short] if module == MODULE.0 => {
                glue = replace(&glue, &format!(" {import}:"), &format!(" {short}:"))?;
            }
            [file, import, short] => glue = take_over(&glue, file, import, short)?,
            [export, short] => _ = exports.insert(export, short),
            _ => {}
        }
    }
    Ok(rename_exports(&without_files(&glue), &exports))
}

/// What the WebAssembly imports from a file of ours without the glue's help joins what the glue defines.
fn take_over(glue: &str, file: &str, import: &str, short: &str) -> Result<String> {
    let alias = glue.split_once(&format!(" \"{file}\": ")).and_then(|(_, rest)| rest.split_once(','));
    let (alias, _) = alias.ok_or(format!("the glue does not import {file}: teach xtask/src/shorten.rs"))?;
    replace(glue, DEFINITIONS, &format!("{DEFINITIONS} {short}: {alias}.{import},"))
}

/// No module of the WebAssembly is called like a file any more.
fn without_files(glue: &str) -> String {
    let is_file = |line: &&str| line.trim_start().starts_with("\"./snippets/");
    glue.lines().filter(|line| !is_file(line)).flat_map(|line| [line, "\n"]).collect()
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

    const REPORT: &str = "{
 \"imports\": [
  [\"./evertoken_bg.js\", \"__wbg_now_12\", \"a\"],
  [\"./snippets/x/host.js\", \"createHost\", \"c\"]
 ],
\"exports\": [
  [\"get\", \"b\"]
 ]
}
";

    /// What wasm-bindgen writes, in small.
    const GLUE: &str = "wasm.get(); wasm.get_all();
const import0 = { __wbg_now_12: function() {} };
return {
    \"./evertoken_bg.js\": import0,
    \"./snippets/x/host.js\": import1,
};
";

    #[test]
    fn both_sides_get_the_same_names() {
        let short = "wasm.b(); wasm.get_all();
const import0 = { c: import1.createHost, a: function() {} };
return {
    \"a\": import0,
};
";
        assert_eq!(glue(GLUE, REPORT).unwrap(), short);
    }

    #[test]
    fn an_import_that_the_glue_does_not_define_is_an_error() {
        for import in ["__wbg_now_12", "./snippets/x/host.js"] {
            let error = glue(&GLUE.replace(import, ""), REPORT).unwrap_err();
            assert!(error.contains(import), "{error}");
        }
    }
}
