//! djangorestframework-simplejwt.

use super::{Backend, Credentials, Outcome, by_status, grant, object};
use crate::core::{
    error::{Error, Problem},
    http::{HttpAnswer, HttpRequest},
    json::Writer,
    origin::Endpoint,
    secret::Secret,
};

const JSON: &str = "application/json";

/// The token views of [djangorestframework-simplejwt](https://django-rest-framework-simplejwt.readthedocs.io/):
/// sign in at the given URL, refresh at `refresh/` below it, and at sign-out blacklist at `blacklist/`.
///
/// Works with `ROTATE_REFRESH_TOKENS` on and off. Where the blacklist app is not installed, sign-out reports that
/// the revocation failed; the local session is gone all the same.
#[derive(Clone, Debug)]
pub struct SimpleJwt {
    base: Endpoint,
}

impl SimpleJwt {
    /// The views below `url`, for instance `https://api.example.com/api/token/`. A missing slash at the end is
    /// added, because Django redirects without it.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when `url` is no absolute `http` or `https` URL.
    pub fn new(url: &str) -> Result<Self, Error> {
        Ok(Self::at(Endpoint::parse(url, "backend")?))
    }

    /// The views below this endpoint.
    #[must_use]
    pub(crate) fn at(base: Endpoint) -> Self {
        Self { base }
    }
}

impl Backend for SimpleJwt {
    fn endpoint(&self) -> &Endpoint {
        &self.base
    }

    fn sign_in(&self, credentials: &Credentials) -> Option<HttpRequest> {
        Some(HttpRequest::post(self.base.join(""), JSON, credentials.as_json().clone()))
    }

    fn refresh(&self, refresh: &Secret) -> HttpRequest {
        HttpRequest::post(self.base.join("refresh/"), JSON, refresh_body(refresh))
    }

    fn sign_out(&self, refresh: &Secret) -> Option<HttpRequest> {
        Some(HttpRequest::post(self.base.join("blacklist/"), JSON, refresh_body(refresh)))
    }

    fn read_sign_in(&self, answer: &HttpAnswer) -> Outcome {
        match (answer.status, object(answer)) {
            (200..=299, Some(body)) => Outcome::Granted(grant(&body, "access", "refresh")),
            // 400 names the missing or wrong fields of the credentials.
            (400 | 401 | 403, Some(_)) => Outcome::Rejected { status: answer.status },
            _ => by_status(answer),
        }
    }

    fn read_refresh(&self, answer: &HttpAnswer) -> Outcome {
        match (answer.status, object(answer)) {
            (200..=299, Some(body)) => Outcome::Granted(grant(&body, "access", "refresh")),
            // `detail` is translated text and some refusals have no `code` (an inactive user), so either will do.
            (401, Some(body)) if body.text("code").or(body.text("detail")).is_some() => {
                Outcome::Rejected { status: 401 }
            }
            (403, Some(body)) if body.says("code", "token_not_valid") => Outcome::Rejected { status: 403 },
            (400, Some(_)) => Outcome::Misconfigured(Problem::InvalidRequest),
            (403, Some(_)) => Outcome::Misconfigured(Problem::Status(403)),
            _ => by_status(answer),
        }
    }
}

fn refresh_body(refresh: &Secret) -> Secret {
    Secret::new(Writer::object().text("refresh", refresh.expose()).end())
}

#[cfg(test)]
mod tests {
    use super::{super::Fate, *};

    fn backend() -> SimpleJwt {
        SimpleJwt::new("https://api.example.com/api/token").unwrap()
    }

    fn refreshed(status: u16, body: &str) -> Outcome {
        backend().read_refresh(&HttpAnswer::new(status, body))
    }

    #[test]
    fn requests_go_to_the_three_views_with_their_slashes() {
        let refresh = Secret::new("r\"1");
        let urls = [
            backend().sign_in(&Credentials::new("u", "p")).unwrap().url,
            backend().refresh(&refresh).url,
            backend().sign_out(&refresh).unwrap().url,
        ];
        let base = "https://api.example.com/api/token/";
        assert_eq!(urls, [base.into(), format!("{base}refresh/"), format!("{base}blacklist/")]);
        assert_eq!(backend().refresh(&refresh).body.unwrap().expose(), r#"{"refresh":"r\"1"}"#);
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
    fn sign_in_tells_wrong_credentials_from_a_server_in_trouble() {
        let read = |status, body| backend().read_sign_in(&HttpAnswer::new(status, body));
        assert!(matches!(read(401, r#"{"detail":"No active account"}"#), Outcome::Rejected { status: 401 }));
        assert!(matches!(read(400, r#"{"password":["This field is required."]}"#), Outcome::Rejected { status: 400 }));
        assert!(matches!(read(502, "<html>"), Outcome::Transient { .. }));
        assert!(matches!(read(301, ""), Outcome::Misconfigured(Problem::Redirect)));
    }
}
