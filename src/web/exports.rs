//! What the npm package's JavaScript calls. Options and results cross the border as JSON text, errors as
//! `{ code, message, retryAfter }`; the JavaScript side owns every promise that users see.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::{Browser, WebStore};
use crate::{
    core::{
        Claims, Error, Event, OptionError, Origin, Phase, Revocation, Stamp,
        backend::{Backend, Credentials, Grant, OAuth2, SimpleJwt},
        json::{Value, Writer},
        machine::{Input, Need, Reply, Token, WaiterId},
        permitted_origins, refresh_ahead,
    },
    driver::{Platform, Session, session::Answer},
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
    /// Starts a session from options as JSON text, whose backend and store are of a known kind. `crashed` is called
    /// when a result of the browser makes the engine trap; a method that does so throws.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, crashed: Function) -> Result<Self, JsValue> {
        start(options, crashed).map_err(|error| error_json(&error).into())
    }

    /// Settles when the store has been read.
    pub fn loaded(&self) -> Promise {
        self.want(Need::Any)
    }

    /// The origins that may receive the token, one a line.
    pub fn origins(&self) -> String {
        let mut text = String::new();
        for origin in &self.origins {
            text.push_str(origin.as_str());
            text.push('\n');
        }
        text
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

    /// Settles once the token has been refreshed.
    pub fn refresh(&self) -> Promise {
        self.want(Need::Refresh)
    }

    /// Signs in; `credentials` is a JSON object.
    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, credentials: &str) -> Promise {
        let waiter = self.session.next_waiter();
        self.ask(waiter, Credentials::from_json(credentials).map(|credentials| Input::SignIn { waiter, credentials }))
    }

    /// Adopts a token pair; `tokens` is `{ access, refresh, expiresIn }` as JSON text.
    pub fn adopt(&self, tokens: &str) -> Promise {
        let waiter = self.session.next_waiter();
        self.ask(waiter, read_tokens(tokens).map(|tokens| Input::Adopt { waiter, tokens }))
    }

    /// Signs out; resolves to the outcome of the revocation as JSON text.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self) -> Promise {
        let waiter = self.session.next_waiter();
        self.ask(waiter, Ok(Input::SignOut { waiter }))
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
            .integer("generation", state.stamp.generation as i64)
            .integer("receivedAt", state.received_at)
            .optional_integer("staleAt", state.stale_at)
            .optional_integer("expiresAt", state.expires_at)
            .raw("claims", claims.as_ref().map_or("null", Claims::payload));
        Some(json.end())
    }

    /// Calls `observer(json)` for each event.
    pub fn observe(&self, observer: Function) {
        self.session.observe(move |event| {
            // An observer's own exception is not the session's.
            let _ = observer.call1(&JsValue::NULL, &event_json(event).into());
        });
    }

    /// Stops timers and listeners and answers everybody who waits.
    pub fn close(&self) {
        self.session.close();
    }

    fn want(&self, need: Need) -> Promise {
        let waiter = self.session.next_waiter();
        self.ask(waiter, Ok(Input::Want { waiter, need }))
    }

    /// A promise that the machine's answer settles, without any future in between.
    fn ask(&self, waiter: WaiterId, input: Result<Input, Error>) -> Promise {
        let mut settle = None;
        let promise = Promise::new(&mut |resolve, reject| settle = Some((resolve, reject)));
        let answer: Answer = Box::new(move |reply| {
            if let Some((resolve, reject)) = settle {
                // Settling a promise cannot fail.
                let _ = match reply {
                    Ok(reply) => resolve.call1(&JsValue::NULL, &reply_value(reply)),
                    Err(error) => reject.call1(&JsValue::NULL, &error_json(&error).into()),
                };
            }
        });
        match input {
            Ok(input) => self.session.submit(waiter, input, answer),
            Err(error) => answer(Err(error)),
        }
        promise
    }
}

fn start(options: &str, crashed: Function) -> Result<Engine, Error> {
    let options = Value::parse(options).unwrap_or(Value::Null);
    let backend = backend(options.get("backend").unwrap_or(&Value::Null))?;
    let named = texts(&options, "origins")?;
    let insecure = texts(&options, "insecureOrigins")?.unwrap_or_default();
    let origins = permitted_origins(backend.as_ref(), named.as_deref(), &insecure)?;
    let name = match options.get("name") {
        None => "default",
        Some(_) => options.text("name").filter(|name| !name.is_empty()).ok_or(invalid("name", OptionError::Missing))?,
    };
    // Whatever is not a number is refused like a number of seconds that makes no sense.
    let seconds = options.get("refreshAhead").map(|_| options.number("refreshAhead").unwrap_or(f64::NAN));
    let refresh_ahead = refresh_ahead(seconds.unwrap_or(60.0))?;
    let store = match options.text("store") {
        Some("memory") => WebStore::memory(),
        Some("session") => WebStore::session_storage(name),
        _ => WebStore::indexed_db(name),
    };
    Ok(Engine { session: store.start(backend, refresh_ahead, Some(crashed)), origins })
}

fn backend(options: &Value) -> Result<Box<dyn Backend>, Error> {
    let text = |name| options.text(name).unwrap_or_default();
    if text("type") == "simpleJwt" {
        return Ok(Box::new(SimpleJwt::new(text("url"))?));
    }
    let mut backend = OAuth2::new(text("tokenEndpoint"), text("clientId"))?;
    if options.get("revocationEndpoint").is_some() {
        backend = backend.revocation_endpoint(text("revocationEndpoint"))?;
    }
    Ok(Box::new(backend))
}

/// A list of URLs; what is no text in it, or no list at all, is no URL.
fn texts(options: &Value, field: &'static str) -> Result<Option<Vec<String>>, Error> {
    let not_a_url = || invalid(field, OptionError::NotAUrl);
    let mut texts = Vec::new();
    match options.get(field) {
        None => return Ok(None),
        Some(Value::List(items)) => {
            for item in items {
                texts.push(item.as_text().ok_or_else(not_a_url)?.into());
            }
        }
        Some(_) => return Err(not_a_url()),
    }
    Ok(Some(texts))
}

fn invalid(field: &'static str, problem: OptionError) -> Error {
    Error::InvalidOption { field, problem }
}

fn read_tokens(json: &str) -> Result<Grant, Error> {
    let tokens = Value::parse(json).unwrap_or(Value::Null);
    // What is there and is no text is as wrong as an empty one.
    let refresh = tokens.get("refresh").map(|refresh| refresh.as_text().unwrap_or_default());
    let mut grant = Grant::pair(tokens.text("access").unwrap_or_default(), refresh)?;
    grant.expires_in = tokens.number("expiresIn");
    match tokens.get("expiresIn") {
        Some(_) if grant.expires_in.is_none_or(|seconds| seconds < 0.0) => {
            Err(invalid("expiresIn", OptionError::NotANumber))
        }
        _ => Ok(grant),
    }
}

fn stamped(token: &Token) -> String {
    let mut text = token.stamp.to_text();
    text.push(' ');
    text.push_str(token.access.expose());
    text
}

fn reply_value(reply: Reply) -> JsValue {
    let revocation = |outcome| Writer::object().text("revocation", outcome);
    match reply {
        Reply::Token(token) => stamped(&token).into(),
        Reply::SignedIn => JsValue::UNDEFINED,
        Reply::SignedOut(Revocation::Done) => revocation("done").end().into(),
        Reply::SignedOut(Revocation::NotSupported) => revocation("not-supported").end().into(),
        Reply::SignedOut(Revocation::Failed(error)) => {
            revocation("failed").raw("error", &error_json(&error)).end().into()
        }
    }
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
            json.integer("generation", *generation as i64)
        }
        Event::SignedOut { reason } => json.text("reason", reason.code()),
        Event::RefreshFailed { error, retry_in } => json.raw("error", &error_json(error)).integer("retryIn", *retry_in),
        Event::StoreFailed { error } => json.raw("error", &error_json(error)),
    }
    .end()
}
