//! Debian's packages, installed only where that is possible: as root, with apt-get.

use std::path::PathBuf;

use crate::sh::{Result, command, find, heading, output, run_twice};

pub(crate) fn chromium() -> Result {
    if find("chromium").is_some() && find("chromedriver").is_some() {
        return Ok(());
    }
    install(&["chromium", "chromium-driver"], "Chromium with ChromeDriver")
}

/// A keyring for tests, which start it in a D-Bus session of their own.
pub(crate) fn keyring() -> Result {
    if cfg!(not(target_os = "linux")) || find("dbus-run-session").is_some() && find("gnome-keyring-daemon").is_some() {
        return Ok(());
    }
    install(&["dbus", "gnome-keyring"], "GNOME Keyring with D-Bus")
}

pub(crate) fn chromedriver() -> Result<PathBuf> {
    find("chromedriver").ok_or_else(|| "chromedriver is not on PATH: run `cargo xtask setup`".to_owned())
}

/// Installs these packages, or says that the reader has to.
pub(crate) fn install(packages: &[&str], what: &str) -> Result {
    let list = packages.join(" ");
    if find("apt-get").is_none() {
        return Err(format!(
            "{what} is missing and this system has no apt-get to install it: install it and put it on PATH (Debian's packages are {list})"
        ));
    }
    if output(command("id").arg("-u")).as_deref() != Some("0") {
        return Err(format!("{what} is missing and only root can install it: run `apt-get install {list}` as root"));
    }
    heading(&format!("setup: {what} into the system (apt-get install {list})"));
    run_twice(apt_get().arg("update"))?;
    run_twice(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> std::process::Command {
    let mut command = command("apt-get");
    command.args(["--quiet", "--option", "DPkg::Lock::Timeout=300"]).env("DEBIAN_FRONTEND", "noninteractive");
    command
}
