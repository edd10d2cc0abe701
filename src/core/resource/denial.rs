//! Why a resource denies what no refresh gives.

use alloc::string::String;
use core::time::Duration;

use super::challenge::{Challenge, challenges};
use crate::core::json::Value;

/// Why a resource denies a request whose token it accepts: what the user can do about it, no refresh can.
///
/// ```
/// use evertoken::Denial;
///
/// let challenge = r#"Bearer error="insufficient_scope", scope="orders:write""#;
/// let denial = Denial::of(403, &[challenge], "");
/// assert_eq!(denial, Some(Denial::InsufficientScope { scope: Some("orders:write".into()) }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denial {
    /// The token's scope does not cover it (RFC 6750 section 3.1): ask the user for more.
    InsufficientScope {
        /// The scope that does, as far as the server says.
        scope: Option<String>,
    },
    /// The login is too old or too weak: have the user sign in again. RFC 9470's `insufficient_user_authentication`,
    /// Flask-JWT-Extended's "Fresh token required", Supabase's `insufficient_aal`.
    LoginRequired {
        /// How old a login may be.
        max_age: Option<Duration>,
        /// The kinds of login that are strong enough, the preferred one first, with spaces between them.
        acr_values: Option<String>,
    },
    /// The user may not sign in any more. SimpleJWT's `user_inactive` and `user_not_found`, Supabase's `user_banned`.
    AccountInactive,
}

impl Denial {
    /// What an answer says of this status, with these values of `WWW-Authenticate` and this body. Only 401 and 403 deny, and
    /// most of them for a reason of the application's own: `None`.
    #[must_use]
    pub fn of(status: u16, challenges: &[&str], body: &str) -> Option<Self> {
        if !matches!(status, 401 | 403) {
            return None;
        }
        Self::in_challenges(challenges).or_else(|| Self::in_body(body))
    }

    pub(crate) fn in_challenges(fields: &[&str]) -> Option<Self> {
        fields.iter().flat_map(|field| challenges(field)).find_map(|challenge| Self::in_challenge(&challenge))
    }

    fn in_challenge(challenge: &Challenge) -> Option<Self> {
        let text = |name| challenge.get(name).map(String::from);
        let seconds = || challenge.get("max_age")?.parse().ok().map(Duration::from_secs);
        match challenge.get("error")? {
            "insufficient_scope" => Some(Self::InsufficientScope { scope: text("scope") }),
            "insufficient_user_authentication" => {
                Some(Self::LoginRequired { max_age: seconds(), acr_values: text("acr_values") })
            }
            _ => None,
        }
    }

    /// In the words of servers that say it in the body alone.
    pub(crate) fn in_body(body: &str) -> Option<Self> {
        let body = Value::parse(body)?;
        ["error_code", "code", "msg"].iter().find_map(|name| match body.text(name)?.expose() {
            "Fresh token required" | "insufficient_aal" => {
                Some(Self::LoginRequired { max_age: None, acr_values: None })
            }
            "user_inactive" | "user_not_found" | "user_banned" => Some(Self::AccountInactive),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: Denial = Denial::LoginRequired { max_age: None, acr_values: None };

    #[test]
    fn a_challenge_says_what_is_missing() {
        let scope = |challenge: &str| Denial::of(403, &["Basic", challenge], "");
        let says = Some(Denial::InsufficientScope { scope: Some("a b".into()) });
        assert_eq!(scope(r#"DPoP error="insufficient_scope", scope="a b""#), says);
        assert_eq!(scope("Bearer error=insufficient_scope"), Some(Denial::InsufficientScope { scope: None }));
        let challenge = r#"Bearer error="insufficient_user_authentication", max_age="60", acr_values="urn:a urn:b""#;
        let says =
            Denial::LoginRequired { max_age: Some(Duration::from_mins(1)), acr_values: Some("urn:a urn:b".into()) };
        assert_eq!(Denial::of(401, &[challenge], ""), Some(says));
        let challenge = "Bearer error=insufficient_user_authentication, max_age=soon";
        assert_eq!(Denial::of(401, &[challenge], ""), Some(LOGIN));
    }

    #[test]
    fn a_body_says_it_in_the_servers_own_words() {
        let says = |body| Denial::of(401, &[r#"Bearer realm="api""#], body);
        assert_eq!(says(r#"{"msg":"Fresh token required"}"#), Some(LOGIN));
        assert_eq!(says(r#"{"code":403,"error_code":"insufficient_aal","msg":"AAL2 required"}"#), Some(LOGIN));
        assert_eq!(says(r#"{"detail":"User is inactive","code":"user_inactive"}"#), Some(Denial::AccountInactive));
        assert_eq!(says(r#"{"code":"user_banned","message":"User is banned"}"#), Some(Denial::AccountInactive));
    }

    #[test]
    fn everything_else_is_the_applications_own_business() {
        for body in ["", "[]", r#"{"code":"token_not_valid"}"#, r#"{"msg":{"code":"user_inactive"}}"#, "<html>"] {
            assert_eq!(Denial::of(401, &[r#"Bearer error="invalid_token""#], body), None, "{body}");
        }
        let (challenge, body) = ("Bearer error=insufficient_scope", r#"{"code":"user_not_found"}"#);
        for status in [200, 400, 404, 500] {
            assert_eq!(Denial::of(status, &[challenge], body), None, "{status}");
        }
    }
}
