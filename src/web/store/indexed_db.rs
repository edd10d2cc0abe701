//! A session in IndexedDB, shared by the tabs of an origin.
//!
//! IndexedDB orders what tabs write; localStorage does not (R2). Each access opens the database anew: there are a
//! few in a token's life, and a connection that is not held cannot be lost, nor block another version.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbRequest, IdbTransaction};

use super::{
    super::{global::global, locks},
    store_error,
};
use crate::{
    core::{Saved, Secret, StoreError, StoreProblem, Write, record::Applied},
    driver::{LockGuard, Store},
    send::{BoxFuture, boxed},
};

const DATABASE: &str = "evertoken";
const SESSIONS: &str = "sessions";

/// Keeps the record in the origin's IndexedDB, database `evertoken`, where all tabs and workers see it.
#[derive(Clone, Debug)]
pub struct IndexedDbStore {
    name: String,
}

#[wasm_bindgen]
extern "C" {
    type Database;

    /// With `durability: "strict"` a transaction completes when it is on disk.
    #[wasm_bindgen(method, catch)]
    fn transaction(this: &Database, store: &str, mode: &str, options: &JsValue) -> Result<IdbTransaction, JsValue>;
}

impl IndexedDbStore {
    /// A store for sessions with this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.into() }
    }

    async fn read(&self) -> Result<Option<Secret>, JsValue> {
        let database = Opened::open().await?;
        let (_, store) = database.sessions("readonly")?;
        Ok(text(&outcome(&store.get(&self.key())?).await?))
    }

    /// Reads, decides and writes in one transaction. Between its requests only promise callbacks run, so it stays
    /// active; the result counts once the whole of it is on disk.
    async fn write(&self, write: &Write) -> Result<Saved, JsValue> {
        let database = Opened::open().await?;
        let (transaction, store) = database.sessions("readwrite")?;
        let present = outcome(&store.get(&self.key())?).await?;
        let text = text(&present);
        match write.onto(text.as_ref().map(Secret::expose)) {
            Applied::Put { text, set_aside } => {
                if set_aside {
                    store.put_with_key(&present, &[&self.name, ":set-aside"].concat().into())?;
                }
                store.put_with_key(&text.expose().into(), &self.key())?;
            }
            Applied::Remove => drop(store.delete(&self.key())?),
            Applied::Lost => return Ok(Saved::Lost),
        }
        completion(&transaction).await?;
        Ok(Saved::Written)
    }

    fn key(&self) -> JsValue {
        self.name.as_str().into()
    }
}

impl Store for IndexedDbStore {
    fn lock(&self) -> BoxFuture<'_, Result<LockGuard, StoreError>> {
        boxed(async { Ok(Box::new(locks::acquire(&self.name).await?) as LockGuard) })
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>> {
        boxed(async { self.read().await.map_err(store_error) })
    }

    fn save<'a>(&'a self, write: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>> {
        boxed(async { self.write(write).await.map_err(store_error) })
    }
}

/// An open database, closed on drop.
struct Opened(IdbDatabase);

impl Opened {
    async fn open() -> Result<Self, JsValue> {
        let missing = || JsValue::from(StoreProblem::Unavailable as u32);
        let request = global().indexed_db()?.ok_or_else(missing)?.open_with_u32(DATABASE, 1)?;
        let opening = request.clone();
        let upgrade = Closure::once_into_js(move || {
            // A failure here fails the opening, where it is seen.
            let database = opening.result().map(JsCast::unchecked_into::<IdbDatabase>);
            let _ = database.and_then(|database| database.create_object_store(SESSIONS));
        });
        request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
        Ok(Self(outcome(&request).await?.unchecked_into()))
    }

    fn sessions(&self, mode: &str) -> Result<(IdbTransaction, IdbObjectStore), JsValue> {
        let options = js_sys::JSON::parse(r#"{"durability":"strict"}"#)?;
        let transaction = self.0.unchecked_ref::<Database>().transaction(SESSIONS, mode, &options)?;
        let store = transaction.object_store(SESSIONS)?;
        Ok((transaction, store))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A request's result.
async fn outcome(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let settled = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(settled).await {
        Ok(_) => request.result(),
        Err(_) => Err(request.error()?.map_or(JsValue::NULL, Into::into)),
    }
}

/// The end of a transaction.
async fn completion(transaction: &IdbTransaction) -> Result<(), JsValue> {
    let settled = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    match JsFuture::from(settled).await {
        Ok(_) => Ok(()),
        Err(_) => Err(transaction.error().map_or(JsValue::NULL, Into::into)),
    }
}

/// The stored text. Whatever else somebody put there is no record either, and the machine finds that out.
fn text(value: &JsValue) -> Option<Secret> {
    if value.is_undefined() {
        return None;
    }
    Some(Secret::new(value.as_string().unwrap_or_default()))
}
