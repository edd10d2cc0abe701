//! What the npm package's JavaScript calls. Options and results cross the border as JSON text, errors as
//! `{ code, message, retryAfter }`; the JavaScript side owns every promise that users see.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::{Browser, PageStore, SessionStorageStore, options::Builder};
use crate::{
    core::{
        Claims, Error, Event, OptionError, Origin, Phase, Revocation, Stamp,
        backend::{Backend, Credentials, Grant, OAuth2, SimpleJwt},
        json::{Value, Writer},
        machine::{Need, Token},
        permitted_origins,
    },
    driver::{Platform, Session},
};

/// Small and good enough: the heap holds a few tokens and futures.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// One session of the npm package.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    session: Session<Browser>,
    origins: Vec<Origin>,
}

#[wasm_bindgen]
impl Engine {
    /// Starts a session from options as JSON text.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Result<Engine, JsValue> {
        let options = Value::parse(options).unwrap_or(Value::Null);
        start(&options).map_err(|error| failure(&error))
    }

    /// Resolves when the store has been read.
    pub fn loaded(&self) -> Promise {
        let session = self.session.clone();
        future_to_promise(async move {
            session.loaded().await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// The origins that may receive the token, one a line.
    pub fn origins(&self) -> String {
        self.origins.iter().map(Origin::as_str).collect::<Vec<_>>().join("\n")
    }

    /// The hot path: 0 signed out, 1 fresh, 2 stale, 3 expired, plus four times the version of the token. A changed
    /// version means that [`token`](Self::token) has changed.
    pub fn decide(&self) -> u32 {
        let platform = self.session.platform();
        platform.with_current(|current, version| {
            let phase = match current.map(|current| current.phase(platform.now())) {
                None => 0,
                Some(Phase::Fresh) => 1,
                Some(Phase::Stale) => 2,
                Some(Phase::Expired) => 3,
            };
            (version << 2) | phase
        })
    }

    /// The token in use as `stamp token`.
    pub fn token(&self) -> Option<String> {
        self.session.platform().with_current(|current, _| current.map(|current| stamped(&current.token)))
    }

    /// Starts a refresh beside requests that go on with a stale token.
    pub fn freshen(&self) {
        self.session.freshen();
    }

    /// Resolves to `stamp token` once there is a token that can be sent, a fresh one if `fresh` is set.
    pub fn live(&self, fresh: bool) -> Promise {
        self.want(if fresh { Need::Fresh } else { Need::Live })
    }

    /// Resolves to `stamp token` once there is a newer token than the one with this stamp.
    pub fn newer(&self, than: &str) -> Promise {
        // Without a stamp there is nothing to compare with: whatever is live will do.
        self.want(Stamp::parse(than).map_or(Need::Live, |than| Need::Newer { than }))
    }

    /// Resolves once the token has been refreshed.
    pub fn refresh(&self) -> Promise {
        self.want(Need::Refresh)
    }

    /// Signs in; `credentials` is a JSON object.
    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, credentials: &str) -> Promise {
        let (session, credentials) = (self.session.clone(), Credentials::from_json(credentials));
        promise(async move { session.sign_in(&credentials?).await.map(|()| JsValue::UNDEFINED) })
    }

    /// Adopts a token pair; `tokens` is `{ access, refresh, expiresIn }` as JSON text.
    pub fn adopt(&self, tokens: &str) -> Promise {
        let (session, tokens) = (self.session.clone(), read_tokens(tokens));
        promise(async move { session.adopt(tokens?).await.map(|()| JsValue::UNDEFINED) })
    }

    /// Signs out; resolves to the outcome of the revocation as JSON text.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self) -> Promise {
        let session = self.session.clone();
        promise(async move {
            let revocation = match session.sign_out().await? {
                Revocation::Done => Writer::object().text("revocation", "done"),
                Revocation::NotSupported => Writer::object().text("revocation", "not-supported"),
                Revocation::Failed(error) => {
                    Writer::object().text("revocation", "failed").raw("error", &error_json(&error))
                }
            };
            Ok(revocation.end().into())
        })
    }

    /// The session's state as JSON text; `None` while signed out.
    pub fn state(&self) -> Option<String> {
        let state = self.session.state()?;
        let claims = self
            .session
            .platform()
            .with_current(|current, _| current.and_then(|current| Claims::decode(current.token.access.expose()).ok()));
        let json = Writer::object()
            .text("status", "signed-in")
            .text("sessionId", &state.stamp.session.to_hex())
            .integer("generation", generation(state.stamp))
            .integer("receivedAt", state.received_at)
            .raw("staleAt", &number_or_null(state.stale_at))
            .raw("expiresAt", &number_or_null(state.expires_at))
            .raw("claims", claims.as_ref().map_or("null", Claims::payload));
        Some(json.end())
    }

    /// Calls `observer(json)` for each event.
    pub fn observe(&self, observer: Function) {
        self.session.platform().observe(move |event| {
            // An observer's own exception is not the session's.
            let _ = observer.call1(&JsValue::NULL, &event_json(event).into());
        });
    }

    /// Stops timers and listeners and answers everybody who waits.
    pub fn close(&self) {
        self.session.close();
        self.session.platform().disconnect();
    }

    fn want(&self, need: Need) -> Promise {
        let session = self.session.clone();
        promise(async move { Ok(stamped(&*session.token(need).await?).into()) })
    }
}

/// Has `crashed` called when the code panics: after that nothing in this instance can be relied on.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(crashed: Function) {
    /// WebAssembly without threads has one thread, so nothing crosses any.
    struct OneThread(Function);
    impl OneThread {
        fn call(&self) {
            let _ = self.0.call0(&JsValue::NULL);
        }
    }
    let crashed = std::cell::OnceCell::from(OneThread(crashed));
    HOOK.with(|hook| {
        hook.replace(Some(Box::new(move || {
            if let Some(crashed) = crashed.get() {
                crashed.call();
            }
        })))
    });
    std::panic::set_hook(Box::new(|_| {
        HOOK.with(|hook| {
            if let Some(call) = hook.take() {
                call();
            }
        })
    }));
}

thread_local! {
    static HOOK: std::cell::RefCell<Option<Box<dyn Fn()>>> = const { std::cell::RefCell::new(None) };
}

fn start(options: &Value) -> Result<Engine, Error> {
    let missing = |field| Error::InvalidOption { field, problem: OptionError::Missing };
    let backend = backend(options.get("backend").ok_or(missing("backend"))?)?;
    let named = options.get("origins").map(|_| texts(options, "origins"));
    let insecure = texts(options, "insecureOrigins");
    let origins = permitted_origins(backend.as_ref(), named.as_deref(), &insecure)?;
    let name = options.text("name").unwrap_or("default");
    let mut builder = Builder::new(backend).name(name);
    for url in &insecure {
        builder = builder.allow_insecure_origin(url);
    }
    if let Some(seconds) = options.number("refreshAhead") {
        builder = builder.refresh_ahead(seconds);
    }
    builder = match options.text("store") {
        None | Some("indexeddb") => builder,
        Some("memory") => builder.store(PageStore::default()),
        Some("session") => builder.store(SessionStorageStore::new(name)),
        Some(_) => return Err(Error::InvalidOption { field: "store", problem: OptionError::Unknown }),
    };
    Ok(Engine { session: builder.start()?, origins })
}

fn backend(options: &Value) -> Result<Box<dyn Backend>, Error> {
    let text = |name| options.text(name).unwrap_or_default();
    match text("type") {
        "simpleJwt" => Ok(Box::new(SimpleJwt::new(text("url"))?)),
        "oauth2" => {
            let mut backend = OAuth2::new(text("tokenEndpoint"), text("clientId"))?;
            if let Some(url) = options.text("revocationEndpoint") {
                backend = backend.revocation_endpoint(url)?;
            }
            Ok(Box::new(backend))
        }
        _ => Err(Error::InvalidOption { field: "backend", problem: OptionError::Unknown }),
    }
}

fn texts(options: &Value, name: &str) -> Vec<String> {
    match options.get(name) {
        Some(Value::List(items)) => items
            .iter()
            .map(|item| match item {
                Value::Text(text) => text.clone(),
                _ => String::new(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn read_tokens(json: &str) -> Result<Grant, Error> {
    let tokens = Value::parse(json).unwrap_or(Value::Null);
    let grant = Grant::pair(tokens.text("access").unwrap_or_default(), tokens.text("refresh"))?;
    Ok(match tokens.number("expiresIn") {
        Some(seconds) => grant.expires_in(seconds),
        None => grant,
    })
}

fn promise(work: impl Future<Output = Result<JsValue, Error>> + 'static) -> Promise {
    future_to_promise(async move { work.await.map_err(|error| failure(&error)) })
}

fn stamped(token: &Token) -> String {
    [&token.stamp.to_text(), " ", token.access.expose()].concat()
}

fn generation(stamp: Stamp) -> i64 {
    i64::try_from(stamp.generation).unwrap_or(i64::MAX)
}

fn number_or_null(number: Option<i64>) -> String {
    number.map_or_else(|| "null".into(), |number| itoa::Buffer::new().format(number).into())
}

fn failure(error: &Error) -> JsValue {
    error_json(error).into()
}

fn error_json(error: &Error) -> String {
    Writer::object()
        .text("code", error.code())
        .text("message", &error.message())
        .optional_integer("retryAfter", error.retry_after())
        .end()
}

fn event_json(event: &Event) -> String {
    let json = Writer::object().text("type", event.name());
    match event {
        Event::SignedIn { generation } | Event::Refreshed { generation } => {
            json.integer("generation", i64::try_from(*generation).unwrap_or(i64::MAX))
        }
        Event::SignedOut { reason } => json.text("reason", reason.code()),
        Event::RefreshFailed { error, retry_in } => json.raw("error", &error_json(error)).integer("retryIn", *retry_in),
        Event::StoreFailed { error } => json.raw("error", &error_json(error)),
    }
    .end()
}
