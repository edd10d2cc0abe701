//! `page.js` for Rust.

use serde_json::Value;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/tests/web/common/page.js")]
extern "C" {
    async fn exchange(method: &str, url: &str, bearer: Option<&str>, body: Option<&str>) -> JsValue;
    #[wasm_bindgen(js_name = readStore)]
    async fn read_store(name: &str) -> JsValue;
    #[wasm_bindgen(js_name = writeStore)]
    async fn write_store(name: &str, value: &JsValue);
}

/// An answer's status and body.
pub(crate) async fn request(method: &str, url: &str, bearer: Option<&str>, body: Option<&Value>) -> (u16, String) {
    let body = body.map(Value::to_string);
    let answer = exchange(method, url, bearer, body.as_deref()).await.as_string().expect("a text");
    let (status, body) = answer.split_once(' ').expect("status and body");
    (status.parse().expect("a status"), body.into())
}

/// What IndexedDB holds for a session of this name.
pub(crate) async fn stored(name: &str) -> Option<Value> {
    let text = read_store(name).await.as_string()?;
    Some(serde_json::from_str(&text).expect("a record is JSON"))
}

/// The refresh token that IndexedDB holds for a session of this name.
pub(crate) async fn stored_refresh(name: &str) -> String {
    stored(name).await.expect("a record")["refresh"].as_str().expect("a refresh token").into()
}

/// Puts something where the record of a session of this name belongs.
pub(crate) async fn put_into_store(name: &str, value: &JsValue) {
    write_store(name, value).await;
}
