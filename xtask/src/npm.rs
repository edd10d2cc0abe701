//! Node and the npm packages that its lock files name.

use std::path::Path;

use crate::sh::{Result, command, heading, output, run_twice};
use crate::stamp::{Stamp, read};

/// The oldest Node that runs the package and its tests.
const NODE: (u32, u32) = (20, 19);

/// The packages of `directory/package-lock.json`, in `directory/node_modules`.
pub(crate) fn modules(directory: &str) -> Result {
    node()?;
    let directory = Path::new(directory);
    let modules = directory.join("node_modules");
    let stamp = Stamp::new(&modules, &[read(directory.join("package-lock.json"))?]);
    if stamp.is_fresh() {
        return Ok(());
    }
    heading(&format!("setup: npm packages into {} (npm ci)", modules.display()));
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run_twice(command("npm").args(arguments).current_dir(directory))?;
    stamp.write()
}

/// A program that one of these packages brings.
pub(crate) fn program(directory: &str, name: &str) -> std::process::Command {
    command(Path::new(directory).join("node_modules/.bin").join(name))
}

fn node() -> Result {
    let wanted = format!("Node {}.{} or newer with npm is needed", NODE.0, NODE.1);
    let found = output(command("node").arg("--version"));
    match found.as_deref().map(|text| (text, version(text))) {
        Some((_, Some(version))) if version >= NODE => Ok(()),
        Some((text, _)) => Err(format!("{wanted}, but `node` is {text}: install a newer Node")),
        None => Err(format!(
            "{wanted}, but there is no `node`: install Node, on Debian 13 with `apt-get install nodejs npm`"
        )),
    }?;
    match output(command("npm").arg("--version")) {
        Some(_) => Ok(()),
        None => Err(format!("{wanted}, but there is no `npm`: install npm, on Debian with `apt-get install npm`")),
    }
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix('v')?.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_of_node_are_compared_by_number() {
        assert_eq!(version("v20.19.5"), Some((20, 19)));
        assert!(version("v9.0.0") < version("v20.19.0"));
        assert_eq!(version("20.19.5"), None);
        assert_eq!(version("v20"), None);
    }
}
