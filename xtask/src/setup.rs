//! What the commands need, each installed only when it is missing or of another version.

use crate::sh::{Result, heading};
use crate::{apt, npm, python, rust};

/// One thing that a command needs. They are installed in this order: what only a person can install is asked for before
/// anything that takes minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    WasmTarget,
    Lints,
    PackageModules,
    BrowserModules,
    BenchModules,
    IntegrationModules,
    PackagingModules,
    OidcModules,
    Python,
    Chromium,
    Keyring,
    WasmBindgen,
    WasmPack,
}

impl Need {
    const ALL: [Self; 13] = [
        Self::WasmTarget,
        Self::Lints,
        Self::PackageModules,
        Self::BrowserModules,
        Self::BenchModules,
        Self::IntegrationModules,
        Self::PackagingModules,
        Self::OidcModules,
        Self::Python,
        Self::Chromium,
        Self::Keyring,
        Self::WasmBindgen,
        Self::WasmPack,
    ];

    fn install(self) -> Result {
        match self {
            Self::WasmTarget => rust::wasm_target(),
            Self::Lints => rust::lints(),
            Self::PackageModules => npm::modules("pkg"),
            Self::BrowserModules => npm::modules("tests/browser"),
            Self::BenchModules => npm::modules("benches"),
            Self::IntegrationModules => npm::modules("tests/integrations"),
            Self::PackagingModules => npm::modules("tests/packaging"),
            Self::OidcModules => npm::modules("tests/servers/oidc"),
            Self::Python => python::environment(),
            Self::Chromium => apt::chromium(),
            Self::Keyring => apt::keyring(),
            Self::WasmBindgen => rust::wasm_bindgen(),
            Self::WasmPack => rust::wasm_pack(),
        }
    }
}

pub(crate) fn install(needs: &[Need]) -> Result {
    Need::ALL.into_iter().filter(|need| needs.contains(need)).try_for_each(Need::install)
}

pub(crate) fn everything() -> Result {
    install(&Need::ALL)?;
    heading("setup: everything is installed");
    Ok(())
}
