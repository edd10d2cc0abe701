//! What the npm package's JavaScript calls. Options and results cross the border as JSON text, errors as
//! `{ code, message, retryAfter }`; the JavaScript side owns every promise that users see.

use std::cell::RefCell;

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
    send::{BoxFuture, boxed},
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

    /// Has `crashed` called once the code panics: after that nothing in this instance can be relied on.
    #[wasm_bindgen(js_name = onPanic)]
    pub fn on_panic(crashed: Function) {
        CRASHED.set(Some(crashed));
        std::panic::set_hook(Box::new(|_| {
            if let Some(crashed) = CRASHED.take() {
                // It is the end of the instance either way.
                let _ = crashed.call0(&JsValue::NULL);
            }
        }));
    }

    /// Resolves when the store has been read.
    pub fn loaded(&self) -> Promise {
        let session = self.session.clone();
        promise(async move {
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

thread_local! {
    /// Whom a panic tells. The hook itself must be `Send`, which a JavaScript function is not.
    static CRASHED: RefCell<Option<Function>> = const { RefCell::new(None) };
}

fn start(options: &Value) -> Result<Engine, Error> {
    let backend = backend(options.get("backend").ok_or(invalid("backend", OptionError::Missing))?)?;
    let named = texts(options, "origins")?;
    let insecure = texts(options, "insecureOrigins")?.unwrap_or_default();
    let origins = permitted_origins(backend.as_ref(), named.as_deref(), &insecure)?;
    let name = match options.get("name") {
        None => "default",
        Some(_) => options.text("name").filter(|name| !name.is_empty()).ok_or(invalid("name", OptionError::Missing))?,
    };
    let mut builder = Builder::new(backend).name(name);
    for url in &insecure {
        builder = builder.allow_insecure_origin(url);
    }
    builder = match options.get("refreshAhead") {
        None => builder,
        // Whatever is not a number of seconds is refused like a number that makes no sense.
        Some(_) => builder.refresh_ahead(options.number("refreshAhead").unwrap_or(f64::NAN)),
    };
    builder = match (options.get("store"), options.text("store")) {
        (None, _) | (_, Some("indexeddb")) => builder,
        (_, Some("memory")) => builder.store(PageStore::default()),
        (_, Some("session")) => builder.store(SessionStorageStore::new(name)),
        _ => return Err(invalid("store", OptionError::Unknown)),
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
        _ => Err(invalid("backend", OptionError::Unknown)),
    }
}

/// A list of URLs; what is no text in it, or no list at all, is no URL.
fn texts(options: &Value, field: &'static str) -> Result<Option<Vec<String>>, Error> {
    let not_a_url = || invalid(field, OptionError::NotAUrl);
    match options.get(field) {
        None => Ok(None),
        Some(Value::List(items)) => {
            let text = |item: &Value| match item {
                Value::Text(text) => Ok(text.clone()),
                _ => Err(not_a_url()),
            };
            items.iter().map(text).collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(not_a_url()),
    }
}

fn invalid(field: &'static str, problem: OptionError) -> Error {
    Error::InvalidOption { field, problem }
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
    // Boxed, so that the machinery of promises is compiled once and not for every method.
    let work: BoxFuture<'static, Result<JsValue, Error>> = boxed(work);
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
