//! The backends that have names, and the trait that makes a description a backend.

use super::{
    Backend, Credentials, Outcome, Tokens,
    custom::{Answers, Call, CustomBackend, When},
};
use crate::{
    core::{
        error::Error,
        http::{HttpAnswer, HttpRequest},
        origin::Endpoint,
        resource::{Refusal, ResourceRules},
    },
    send::{MaybeSend, MaybeSync},
};

/// A backend that is nothing but its description.
pub trait Described: MaybeSend + MaybeSync {
    /// The description.
    fn description(&self) -> &CustomBackend;
}

impl<T: Described> Backend for T {
    fn endpoint(&self) -> &Endpoint {
        self.description().endpoint()
    }

    fn other_endpoints(&self) -> &[Endpoint] {
        self.description().other_endpoints()
    }

    fn sign_in(&self, credentials: &Credentials) -> Option<HttpRequest> {
        self.description().sign_in(credentials)
    }

    fn refresh(&self, tokens: &Tokens) -> HttpRequest {
        self.description().refresh(tokens)
    }

    fn sign_out(&self, tokens: &Tokens) -> Option<HttpRequest> {
        self.description().sign_out(tokens)
    }

    fn read_sign_in(&self, answer: &HttpAnswer) -> Outcome {
        self.description().read_sign_in(answer)
    }

    fn read_refresh(&self, answer: &HttpAnswer) -> Outcome {
        self.description().read_refresh(answer)
    }

    fn resource_rules(&self) -> ResourceRules {
        self.description().resource_rules()
    }
}

/// The token views of [djangorestframework-simplejwt](https://django-rest-framework-simplejwt.readthedocs.io/):
/// sign in at the given URL, refresh at `refresh/` below it, and at sign-out blacklist at `blacklist/`.
///
/// Works with `ROTATE_REFRESH_TOKENS` on and off. Where the blacklist app is not installed, sign-out reports that
/// the revocation failed; the local session is gone all the same.
#[derive(Clone, Debug)]
pub struct SimpleJwt(CustomBackend);

impl SimpleJwt {
    /// The views below `url`, for instance `https://api.example.com/api/token/`. A missing slash at the end is
    /// added, because Django redirects without it.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when `url` is no absolute `http` or `https` URL.
    pub fn new(url: &str) -> Result<Self, Error> {
        let backend = Self::views(url, &Answers::new("access").refresh("refresh"), r#"{"refresh":"{refresh}"}"#)?;
        Ok(Self(backend.sign_out_by(Call::post("blacklist/").json(r#"{"refresh":"{refresh}"}"#))?))
    }

    /// The views of sliding tokens, of which one does the work of both: sign in at the given URL, for instance
    /// `https://api.example.com/api/sliding/`, refresh at `refresh/` below it. A sliding token can be refreshed only until
    /// it has expired.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when `url` is no absolute `http` or `https` URL.
    pub fn sliding(url: &str) -> Result<Self, Error> {
        Ok(Self(Self::views(url, &Answers::new("token").refresh("token"), r#"{"token":"{refresh}"}"#)?))
    }

    fn views(url: &str, tokens: &Answers, body: &str) -> Result<CustomBackend, Error> {
        // `detail` is translated text and some refusals have no `code` (an inactive user), so either will do.
        let refreshed = (tokens.clone())
            .rejected(When::status(401).at("code"))
            .rejected(When::status(401).at("detail"))
            .rejected(When::status(403).at("code").is(&["token_not_valid"]))
            .invalid_request(When::statuses(&[400, 403]));
        CustomBackend::new(url)?
            .sign_in_by(Call::post("").json("{credentials}"), tokens.clone())?
            .refresh_by(Call::post("refresh/").json(body), refreshed)
    }
}

/// [Flask-JWT-Extended](https://flask-jwt-extended.readthedocs.io/) with tokens in headers: sign in at `login` below the
/// given URL, refresh at `refresh` with the refresh token as bearer token, and at sign-out revoke the refresh token by
/// `DELETE logout`, the routes of its documentation. Refresh tokens are not rotated.
#[derive(Clone, Debug)]
pub struct FlaskJwt(CustomBackend);

impl FlaskJwt {
    /// The routes below `url`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when `url` is no absolute `http` or `https` URL.
    pub fn new(url: &str) -> Result<Self, Error> {
        let tokens = Answers::new("access_token").refresh("refresh_token");
        let bearer = |call: Call| call.header("Authorization", "Bearer {refresh}");
        let backend = CustomBackend::new(url)?
            .sign_in_by(Call::post("login").json("{credentials}"), tokens.clone())?
            .refresh_by(bearer(Call::post("refresh")), tokens.rejected(When::statuses(&[401, 422]).at("msg")))?
            .sign_out_by(bearer(Call::post("logout").method("DELETE")))?;
        Ok(Self(backend))
    }
}

/// [Supabase Auth](https://github.com/supabase/auth) (GoTrue): sign in with `email` and `password`, refresh at `token`, and
/// sign out this session alone (`scope=local`).
#[derive(Clone, Debug)]
pub struct Supabase(CustomBackend);

impl Supabase {
    /// The endpoints below `url`, for instance `https://project.supabase.co/auth/v1/`, with the project's public key.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when `url` is no absolute `http` or `https` URL, or no header can carry the key.
    pub fn new(url: &str, api_key: &str) -> Result<Self, Error> {
        const REFUSALS: [&str; 6] = [
            "refresh_token_not_found",
            "refresh_token_already_used",
            "session_not_found",
            "session_expired",
            "user_banned",
            "validation_failed",
        ];
        let tokens = Answers::new("access_token").refresh("refresh_token").expires_in("expires_in");
        let refreshed = (tokens.clone())
            .rejected(When::statuses(&[400, 403]).at("error_code").is(&REFUSALS))
            .invalid_request(When::status(400));
        let keyed = |call: Call| call.header("apikey", api_key);
        let backend = CustomBackend::new(url)?
            .sign_in_by(keyed(Call::post("token?grant_type=password").json("{credentials}")), tokens)?
            .refresh_by(
                keyed(Call::post("token?grant_type=refresh_token").json(r#"{"refresh_token":"{refresh}"}"#)),
                refreshed,
            )?
            .sign_out_by(keyed(Call::post("logout?scope=local")).header("Authorization", "Bearer {access}"))?;
        // Its own endpoints say 403; PostgREST and the other services behind the same key say 401.
        let expired = Refusal::status(403).at("error_code").is(&["bad_jwt"]);
        Ok(Self(backend.resources(ResourceRules::new().refresh_on([Refusal::status(401), expired]))))
    }
}

/// One token that slides, as older tutorials have it: answers in an envelope `{"code":0,"data":"<token>"}`, sign-in at
/// `auth/` below the given URL, and before it expires the token is exchanged at `update/token/?token=`. When it has
/// expired, the session is over. A resource may hand out a new token in the header `X-New-Token`, or ask for the exchange by
/// `"renew": true`.
#[derive(Clone, Debug)]
pub struct SlidingJwt(CustomBackend);

impl SlidingJwt {
    /// The endpoints below `url`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when `url` is no absolute `http` or `https` URL.
    pub fn new(url: &str) -> Result<Self, Error> {
        let token = Answers::new("data").refresh("data").success("code", &["0"]);
        // With HTTP 200 any other code may be trouble that passes.
        let dead = ["1001", "1002", "1003"];
        let renewed = (token.clone())
            .rejected(When::statuses(&[401, 403]).at("code"))
            .rejected(When::status(200).at("code").is(&dead));
        let backend = CustomBackend::new(url)?
            .sign_in_by(Call::post("auth/").json("{credentials}"), token)?
            .refresh_by(Call::get("update/token/?token={refresh}"), renewed)?;
        Ok(Self(backend.resources(ResourceRules::new().renewal_header("x-new-token").renewal_flag("renew"))))
    }
}

/// Strict rotation by hand: sign in at `auth/token` below the given URL, refresh at `auth/refresh_token` with
/// `{"refreshToken":…}`; the old refresh token is dead at once, and a 403 says so.
#[derive(Clone, Debug)]
pub struct StrictRotation(CustomBackend);

impl StrictRotation {
    /// The endpoints below `url`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when `url` is no absolute `http` or `https` URL.
    pub fn new(url: &str) -> Result<Self, Error> {
        let tokens = Answers::new("access_token").refresh("refreshToken");
        let refreshed = tokens.clone().rejected(When::statuses(&[401, 403])).invalid_request(When::status(422));
        let backend = CustomBackend::new(url)?
            .sign_in_by(Call::post("auth/token").json("{credentials}"), tokens)?
            .refresh_by(Call::post("auth/refresh_token").json(r#"{"refreshToken":"{refresh}"}"#), refreshed)?;
        Ok(Self(backend))
    }
}

macro_rules! described {
    ($($backend:ident)*) => {
        $(impl Described for $backend {
            fn description(&self) -> &CustomBackend {
                &self.0
            }
        })*
    };
}

described!(SimpleJwt FlaskJwt Supabase SlidingJwt StrictRotation);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{backend::Fate, error::Problem};

    use crate::core::secret::Secret;

    fn backend() -> SimpleJwt {
        SimpleJwt::new("https://api.example.com/api/token").unwrap()
    }

    fn refreshed(status: u16, body: &str) -> Outcome {
        backend().read_refresh(&HttpAnswer::new(status, body))
    }

    #[test]
    fn requests_go_to_the_three_views_with_their_slashes() {
        let tokens = Tokens::pair("a", "r\"1");
        let requests = [
            backend().sign_in(&Credentials::new("u", "p")).unwrap(),
            backend().refresh(&tokens),
            backend().sign_out(&tokens).unwrap(),
        ];
        let base = "https://api.example.com/api/token/";
        let urls = requests.each_ref().map(|request| request.url.expose());
        assert_eq!(urls, [base, &format!("{base}refresh/"), &format!("{base}blacklist/")]);
        let bodies = requests.map(|request| request.body.unwrap());
        let refresh = r#"{"refresh":"r\"1"}"#;
        assert_eq!(bodies.each_ref().map(Secret::expose), [r#"{"username":"u","password":"p"}"#, refresh, refresh]);
    }

    #[test]
    fn r4_an_answer_with_and_without_rotation() {
        let Outcome::Granted(rotated) = refreshed(200, r#"{"access":"a","refresh":"r"}"#) else { panic!() };
        assert_eq!((rotated.access, rotated.refresh), (Some("a".into()), Some("r".into())));
        let Outcome::Granted(kept) = refreshed(200, r#"{"access":"a"}"#) else { panic!() };
        assert_eq!(kept.refresh, None);
    }

    #[test]
    fn r7_only_the_endpoints_own_refusal_rejects() {
        for (status, body) in [
            (401, r#"{"detail":"Token is blacklisted","code":"token_not_valid"}"#),
            (401, r#"{"detail":"No active account found for the given token."}"#),
            (403, r#"{"detail":"x","code":"token_not_valid"}"#),
        ] {
            assert!(matches!(refreshed(status, body), Outcome::Rejected { .. }), "{status} {body}");
        }
        for (status, body) in [
            (401, "<html>Sign in to the Wi-Fi</html>"),
            (401, ""),
            (401, "{}"),
            (403, "<html>Forbidden</html>"),
            (500, "<h1>Server Error (500)</h1>"),
            (503, r#"{"detail":"x","code":"token_not_valid"}"#),
            (429, "{}"),
            (408, ""),
            (409, ""),
            (425, ""),
            (200, "<html>"),
            (200, r#"{"access":"a""#),
            (200, "[]"),
            (418, "{}"),
        ] {
            assert!(matches!(refreshed(status, body), Outcome::Transient { .. }), "{status} {body}");
        }
        for (status, body) in [
            (301, ""),
            (0, ""),
            (404, "Not found"),
            (405, r#"{"detail":"Method not allowed"}"#),
            (415, "{}"),
            (400, r#"{"refresh":["This field is required."]}"#),
            (403, r#"{"detail":"CSRF Failed"}"#),
        ] {
            assert!(matches!(refreshed(status, body), Outcome::Misconfigured(_)), "{status} {body}");
        }
    }

    #[test]
    fn r5_a_truncated_success_means_the_answer_was_lost() {
        assert!(matches!(refreshed(200, r#"{"acc"#), Outcome::Transient { fate: Fate::AnswerLost, .. }));
        assert!(matches!(refreshed(429, ""), Outcome::Transient { fate: Fate::Unspent, .. }));
        assert!(matches!(refreshed(502, ""), Outcome::Transient { fate: Fate::Unknown, .. }));
    }

    #[test]
    fn r7_of_an_envelope_only_the_codes_of_a_dead_token_end_a_session() {
        let backend = SlidingJwt::new("https://api.example.com/").unwrap();
        let read = |status, body| backend.read_refresh(&HttpAnswer::new(status, body));
        assert!(matches!(read(200, r#"{"code":1003}"#), Outcome::Rejected { .. }));
        assert!(matches!(read(401, r#"{"code":1}"#), Outcome::Rejected { .. }));
        assert!(matches!(read(200, r#"{"code":5000}"#), Outcome::Transient { .. }));
        assert!(matches!(read(403, "<html>"), Outcome::Transient { .. }));
    }

    #[test]
    fn sign_in_tells_wrong_credentials_from_a_server_in_trouble() {
        let read = |status, body| backend().read_sign_in(&HttpAnswer::new(status, body));
        assert!(matches!(read(401, r#"{"detail":"No active account"}"#), Outcome::Rejected { status: 401 }));
        assert!(matches!(read(400, r#"{"password":["This field is required."]}"#), Outcome::Rejected { status: 400 }));
        assert!(matches!(read(502, "<html>"), Outcome::Transient { .. }));
        assert!(matches!(read(301, ""), Outcome::Misconfigured(Problem::Redirect)));
    }
}
