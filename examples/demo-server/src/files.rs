//! The page and the package, served as they lie on the disk.

use std::path::Path;

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// What a page needs that uses the package under a strict policy: its own files, and leave to compile WebAssembly.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

pub(crate) fn routes(www: Option<&Path>, package: Option<&Path>) -> Router {
    let mut router = Router::new();
    if let Some(package) = package {
        router = router.nest_service("/pkg", ServeDir::new(package));
    }
    if let Some(www) = www {
        router = router.fallback_service(ServeDir::new(www));
    }
    router.layer(header(CONTENT_SECURITY_POLICY, POLICY)).layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

pub(crate) fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
