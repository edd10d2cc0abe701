//! What differs between operating systems.

use std::{collections::HashMap, env, path::PathBuf, sync::Arc};

use keyring_core::{CredentialStore, Result};

/// The system's keyring. It is opened each time: its service may end and begin again.
#[cfg(target_os = "macos")]
pub(super) fn keyring() -> Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

/// The system's keyring.
#[cfg(target_os = "windows")]
pub(super) fn keyring() -> Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

/// The system's keyring. It is opened each time: its service may end and begin again.
#[cfg(all(unix, not(any(target_vendor = "apple", target_os = "android"))))]
pub(super) fn keyring() -> Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

/// There is none that programs of other kinds could use.
#[cfg(not(any(
    target_os = "macos",
    target_os = "windows",
    all(unix, not(any(target_vendor = "apple", target_os = "android")))
)))]
pub(super) fn keyring() -> Result<Arc<CredentialStore>> {
    Err(keyring_core::Error::NotSupportedByStore("this system has no keyring for every program".into()))
}

/// What its entries are like. Windows would let them roam with the user, and the locks of two machines know nothing of each
/// other (R2).
pub(super) fn modifiers() -> HashMap<&'static str, &'static str> {
    if cfg!(windows) { HashMap::from([("persistence", "local")]) } else { HashMap::new() }
}

/// Where the user's programs keep what lasts from one run to the next: the same for all processes of the user, and nobody
/// else may write there.
pub(super) fn lock_directory() -> Option<PathBuf> {
    let named = |variable| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = if cfg!(windows) {
        named("LOCALAPPDATA")
    } else if cfg!(target_vendor = "apple") {
        env::home_dir().map(|home| home.join("Library/Application Support"))
    } else {
        named("XDG_STATE_HOME").or_else(|| Some(env::home_dir()?.join(".local/state")))
    };
    Some(state?.join("evertoken"))
}
