//! Claims of a JWT, read for scheduling only (rule T1).

#[cfg(not(all(feature = "npm", target_family = "wasm", target_os = "unknown")))]
mod segment;

use alloc::string::String;
use core::fmt;

use segment::decoded;

use super::{json::Object, secret::Secret, text::split_at};
#[cfg(all(feature = "npm", target_family = "wasm", target_os = "unknown"))]
use crate::web::npm::readers as segment;

/// A JWT larger than this is refused; servers refuse header lines far smaller.
pub(crate) const MAX_TOKEN: usize = 1 << 20;

/// The claims of a JWT that matter for keeping a session alive.
///
/// **Nothing is verified**: no signature, no audience, no issuer. Use them to schedule, never to decide what
/// somebody may do; that is the server's job (RFC 8725 section 3.10).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Claims {
    /// `exp`: the end, in seconds since the Unix epoch by the server's clock; may be fractional (RFC 7519
    /// section 2).
    pub exp: Option<f64>,
    /// `iat`: the moment of issue, in the same unit.
    pub iat: Option<f64>,
    /// `nbf`: not to be used before, in the same unit.
    pub nbf: Option<f64>,
    /// `sub`, or SimpleJWT's `user_id`: whose token it is.
    pub subject: Option<String>,
    /// What the token says it is, where it does.
    pub kind: Option<TokenKind>,
    /// `refresh_exp`: until when SimpleJWT refreshes a `SlidingToken`.
    pub(crate) refresh_exp: Option<f64>,
    /// The whole payload as JSON text.
    payload: String,
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Sent with requests.
    Access,
    /// Sent to the token endpoint only.
    Refresh,
}

/// Why a text is not a JWT whose claims can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenError {
    /// Larger than a megabyte.
    TooLarge,
    /// Not three segments with dots between them; an opaque token, most likely.
    NotThreeSegments,
    /// The payload is not base64url (`+` and `/` belong to the standard alphabet).
    NotBase64Url,
    /// The payload is not UTF-8 (RFC 8725 section 3.7).
    NotUtf8,
    /// The payload is not JSON, or JSON that is not an object.
    NotAnObject,
    /// The named claim is there and is not a finite number.
    NotANumber(&'static str),
}

impl TokenError {
    /// What is wrong, in words.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::TooLarge => "the token is larger than a megabyte",
            Self::NotThreeSegments => "the token is not a JWT: it does not have three segments",
            Self::NotBase64Url => "the token's payload is not base64url",
            Self::NotUtf8 => "the token's payload is not UTF-8",
            Self::NotAnObject => "the token's payload is not a JSON object",
            Self::NotANumber("exp") => "the token's \"exp\" is not a number of seconds",
            Self::NotANumber("iat") => "the token's \"iat\" is not a number of seconds",
            Self::NotANumber(_) => "the token's \"nbf\" is not a number of seconds",
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for TokenError {}

impl Claims {
    /// Reads the claims of `token` without verifying anything.
    ///
    /// # Errors
    /// [`TokenError`] when the text is not a JWT with a JSON object as payload. An opaque token is
    /// [`TokenError::NotThreeSegments`]; for a session that is no error, only an unknown expiry.
    ///
    /// ```
    /// let claims = evertoken::Claims::decode("eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.c2ln")?;
    /// assert_eq!(claims.exp, Some(1_700_000_000.0));
    /// # Ok::<(), evertoken::TokenError>(())
    /// ```
    pub fn decode(token: &str) -> Result<Self, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::TooLarge);
        }
        let (header, payload) = three_segments(token).ok_or(TokenError::NotThreeSegments)?;
        let payload = decoded(payload)?;
        let claims = Object::parse(&payload).ok_or(TokenError::NotAnObject)?;
        // A header that cannot be read says nothing about the kind; the payload still schedules.
        let header = decoded(header).unwrap_or_default();
        Ok(Self {
            exp: seconds(&claims, "exp")?,
            iat: seconds(&claims, "iat")?,
            nbf: seconds(&claims, "nbf")?,
            subject: subject(&claims),
            kind: kind(&claims, &header),
            refresh_exp: seconds(&claims, "refresh_exp").ok().flatten(),
            payload,
        })
    }

    /// What a token says of itself; of an opaque one nothing is known.
    pub(crate) fn of(token: &Secret) -> Self {
        Self::decode(token.expose()).unwrap_or_default()
    }

    /// The whole payload as JSON text, for claims of your own.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.payload
    }
}

/// Header and payload.
fn three_segments(token: &str) -> Option<(&str, &str)> {
    let (header, rest) = split_at(token, b'.')?;
    let (payload, signature) = split_at(rest, b'.')?;
    split_at(signature, b'.').is_none().then_some((header, payload))
}

fn seconds(claims: &Object<'_>, name: &'static str) -> Result<Option<f64>, TokenError> {
    match claims.number(name) {
        // PyJWT, and so Flask-JWT-Extended, takes `exp` as a numeric string.
        Some(number) if number.is_finite() => Ok(Some(number)),
        None if claims.plain(name).is_none() => Ok(None),
        _ => Err(TokenError::NotANumber(name)),
    }
}

/// A number is the same as its text: SimpleJWT has written both.
fn subject(claims: &Object<'_>) -> Option<String> {
    Some(claims.plain("sub").or_else(|| claims.plain("user_id"))?.expose().into())
}

/// SimpleJWT says `token_type`, Flask-JWT-Extended `type`, Keycloak `typ` in the payload; RFC 9068 says `at+jwt` in
/// the header. Any other value says nothing.
fn kind(claims: &Object<'_>, header: &str) -> Option<TokenKind> {
    let named = ["token_type", "type", "typ"].iter().find_map(|name| match claims.text(name)?.expose() {
        kind if kind.eq_ignore_ascii_case("access") || kind.eq_ignore_ascii_case("bearer") => Some(TokenKind::Access),
        kind if kind.eq_ignore_ascii_case("refresh") => Some(TokenKind::Refresh),
        _ => None,
    });
    named.or_else(|| {
        let kind = Object::parse(header)?.text("typ")?;
        let kind = kind.expose().strip_prefix("application/").unwrap_or(kind.expose());
        kind.eq_ignore_ascii_case("at+jwt").then_some(TokenKind::Access)
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use base64::{
        Engine,
        prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
    };
    use proptest::prelude::*;

    use super::*;

    /// A JWT with this payload and a signature nobody checks.
    pub(crate) fn jwt(payload: &str) -> String {
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.c2ln", part(r#"{"alg":"HS256","typ":"JWT"}"#), part(payload))
    }

    fn error(token: &str) -> TokenError {
        Claims::decode(token).unwrap_err()
    }

    #[test]
    fn t1_reads_the_registered_claims_whole_or_fractional() {
        let claims = Claims::decode(&jwt(r#"{"exp":1700000060,"iat":1700000000.25,"nbf":1.5,"x":[{}]}"#)).unwrap();
        assert_eq!((claims.exp, claims.iat, claims.nbf), (Some(1_700_000_060.0), Some(1_700_000_000.25), Some(1.5)));
        assert!(claims.payload().contains("\"x\""));
    }

    #[test]
    fn t1_odd_expiries_are_numbers_or_an_error_that_names_the_claim() {
        for (exp, read) in [("-5", -5.0), ("0", 0.0), ("1e22", 1e22), ("\"1700000000\"", 1.7e9), ("2.5", 2.5)] {
            assert_eq!(Claims::decode(&jwt(&format!(r#"{{"exp":{exp}}}"#))).unwrap().exp, Some(read), "{exp}");
        }
        for exp in ["1e999", "\"soon\"", "[]", "{}", "true", "\"\""] {
            assert_eq!(error(&jwt(&format!(r#"{{"exp":{exp}}}"#))), TokenError::NotANumber("exp"), "{exp}");
        }
        for payload in ["{}", r#"{"exp":null}"#] {
            assert_eq!(Claims::decode(&jwt(payload)).unwrap().exp, None);
        }
    }

    #[test]
    fn t1_padding_is_tolerated_and_the_standard_alphabet_is_named() {
        let payload = r#"{"exp":1,"who":"??>>~~~"}"#;
        let padded = format!("e30.{}.s", BASE64_URL_SAFE.encode(payload));
        assert!(padded.contains('='));
        assert_eq!(Claims::decode(&padded).unwrap().exp, Some(1.0));
        let standard = BASE64_STANDARD.encode(payload);
        assert!(standard.contains(['+', '/']));
        assert_eq!(error(&format!("e30.{standard}.s")), TokenError::NotBase64Url);
    }

    #[test]
    fn t1_malformed_tokens_have_typed_errors() {
        for token in ["", "opaque-token", "a.b", "a.b.c.d", "...."] {
            assert_eq!(error(token), TokenError::NotThreeSegments, "{token}");
        }
        assert_eq!(error("e30.!!.s"), TokenError::NotBase64Url);
        assert_eq!(error(&format!("e30.{}.s", BASE64_URL_SAFE.encode([0xff, 0xfe]))), TokenError::NotUtf8);
        for payload in ["[]", "1", "null", "\"text\"", "{", "{}{}", ""] {
            assert_eq!(error(&jwt(payload)), TokenError::NotAnObject, "{payload}");
        }
        assert_eq!(error(&"a".repeat(5 << 20)), TokenError::TooLarge);
    }

    #[test]
    fn t4_the_kind_is_read_where_the_token_says_it() {
        let kind = |payload: &str| Claims::decode(&jwt(payload)).unwrap().kind;
        assert_eq!(kind(r#"{"token_type":"refresh"}"#), Some(TokenKind::Refresh), "SimpleJWT");
        assert_eq!(kind(r#"{"token_type":"access"}"#), Some(TokenKind::Access), "SimpleJWT");
        assert_eq!(kind(r#"{"type":"refresh"}"#), Some(TokenKind::Refresh), "Flask-JWT-Extended");
        assert_eq!(kind(r#"{"typ":"Refresh"}"#), Some(TokenKind::Refresh), "Keycloak");
        assert_eq!(kind(r#"{"typ":"Bearer"}"#), Some(TokenKind::Access), "Keycloak");
        assert_eq!(kind(r#"{"token_type":"sliding"}"#), None);
        assert_eq!(kind("{}"), None);
        let rfc9068 = format!("{}.e30.s", BASE64_URL_SAFE_NO_PAD.encode(r#"{"typ":"at+jwt"}"#));
        assert_eq!(Claims::decode(&rfc9068).unwrap().kind, Some(TokenKind::Access), "RFC 9068");
    }

    proptest! {
        #[test]
        fn no_text_panics(token in ".*", payload in ".*") {
            let _ = Claims::decode(&token);
            let _ = Claims::decode(&jwt(&payload));
        }
    }
}
