//! Options that make no sense: an error that names the option and the way out.

use std::time::Duration;

use evertoken::{Credentials, Error, Session, SimpleJwt, WebStore};
use wasm_bindgen_test::wasm_bindgen_test;

fn assert_names(error: &Error, field: &str, words: &str) {
    assert_eq!(error.code(), "invalid-option");
    let expected = format!("Option \"{field}\" ");
    assert!(error.to_string().starts_with(&expected) && error.to_string().contains(words), "{error}");
}

#[wasm_bindgen_test]
async fn options_that_make_no_sense_are_named() {
    let backend = |url| SimpleJwt::new(url).unwrap();
    assert_names(&SimpleJwt::new("/api/token/").unwrap_err(), "backend", "absolute http or https URL");
    assert_names(&Credentials::from_json("demo").unwrap_err(), "credentials", "");
    for refresh_ahead in [Duration::from_secs(86_401), Duration::MAX] {
        let builder = Session::builder(backend("https://api.example.com/api/token/")).store(WebStore::memory());
        let error = builder.refresh_ahead(refresh_ahead).build().await.unwrap_err();
        assert_names(&error, "refreshAhead", "between 0 and 86400");
    }
}

#[wasm_bindgen_test]
async fn q1_plain_http_to_another_machine_must_be_allowed_by_name() {
    let intranet = || {
        let backend = SimpleJwt::new("http://intranet.example/api/token/").unwrap();
        Session::builder(backend).store(WebStore::memory())
    };
    assert_names(&intranet().build().await.unwrap_err(), "backend", "use https, or allow the origin by name");
    assert!(intranet().allow_insecure_origin("http://intranet.example").build().await.is_ok());
}
