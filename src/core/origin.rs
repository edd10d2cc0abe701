//! Where requests may go: endpoints of a backend and the origins that may receive a token (Q1).

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{
    backend::Backend,
    error::{Error, OptionError},
    text::{join, push_number, split_at},
};

/// Scheme, host and port, compared exactly (RFC 6454).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin(String);

impl Origin {
    /// The origin of an absolute `http` or `https` URL.
    #[cfg(test)]
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        Ok(split(url, "origins")?.0)
    }

    /// `https://host` or `https://host:port`, lower case, without the scheme's default port.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent there can be read on the way: plain `http` to another machine.
    #[must_use]
    pub(crate) fn is_exposed(&self) -> bool {
        let Some(rest) = self.0.strip_prefix("http://") else { return false };
        !is_loopback(host_of(rest))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An absolute URL of a backend's endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
}

impl Endpoint {
    /// Parses an endpoint's URL; `field` names the option in an error.
    ///
    /// Only what every parser reads alike is accepted: an ASCII host without user information, no white space or
    /// control characters, no fragment.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when the text is no absolute `http` or `https` URL.
    pub fn parse(url: &str, field: &'static str) -> Result<Self, Error> {
        let (origin, path) = split(url, field)?;
        Ok(Self { url: join(&[origin.as_str(), path]) })
    }

    /// An endpoint whose URL the face has parsed and checked with a parser of its own.
    #[must_use]
    #[allow(dead_code, reason = "only the npm package has one")]
    pub(crate) fn checked(url: &str) -> Self {
        Self { url: url.into() }
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its origin: the URL was normalised, so it begins with it.
    #[must_use]
    pub(crate) fn origin(&self) -> &str {
        const SCHEME: usize = "https://".len();
        let host = self.url.bytes().skip(SCHEME).position(|byte| byte == b'/' || byte == b'?');
        host.and_then(|size| self.url.get(..SCHEME + size)).unwrap_or(&self.url)
    }

    /// The URL of an endpoint below this one, with a slash between the two.
    #[must_use]
    pub fn join(&self, relative: &str) -> String {
        let (path, query) = split_at(&self.url, b'?').unwrap_or((&self.url, ""));
        let slash = if path.ends_with('/') { "" } else { "/" };
        let mark = if query.is_empty() {
            ""
        } else if relative.contains('?') {
            "&"
        } else {
            "?"
        };
        join(&[path, slash, relative, mark, query])
    }
}

fn split<'a>(url: &'a str, field: &'static str) -> Result<(Origin, &'a str), Error> {
    split_url(url).ok_or(Error::InvalidOption { field, problem: OptionError::NotAUrl })
}

/// Origin and rest. Slices are taken with `get`: the panics of `[]` on text cost the browser build 7 KB.
fn split_url(url: &str) -> Option<(Origin, &str)> {
    let is_clean = |byte: u8| byte.is_ascii_graphic() && !b"\\#<>\"`{}|^".contains(&byte);
    if !url.bytes().all(is_clean) {
        return None;
    }
    let (mut origin, default_port, rest) = match (url.get(..8), url.get(..7)) {
        (Some(scheme), _) if scheme.eq_ignore_ascii_case("https://") => (String::from("https://"), 443, url.get(8..)?),
        (_, Some(scheme)) if scheme.eq_ignore_ascii_case("http://") => (String::from("http://"), 80, url.get(7..)?),
        _ => return None,
    };
    let end = rest.bytes().position(|byte| byte == b'/' || byte == b'?').unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host = host_of(authority);
    if !is_host(host) {
        return None;
    }
    origin.push_str(&host.to_ascii_lowercase());
    let port = match authority.get(host.len()..)? {
        "" | ":" => default_port,
        port => port_number(port.strip_prefix(':')?)?,
    };
    if port != default_port {
        origin.push(':');
        push_number(&mut origin, port);
    }
    Some((Origin(origin), rest.get(end..)?))
}

fn port_number(digits: &str) -> Option<u64> {
    let mut port = 0;
    for byte in digits.bytes() {
        port = port * 10 + u64::from(byte.checked_sub(b'0').filter(|digit| *digit <= 9)?);
        (port <= 65_535).then_some(())?;
    }
    Some(port)
}

/// The host of `host:port`, brackets included.
fn host_of(authority: &str) -> &str {
    let bracketed = authority.starts_with('[');
    let end = match authority.bytes().position(|byte| byte == if bracketed { b']' } else { b':' }) {
        Some(at) if bracketed => at + 1,
        Some(at) => at,
        None => authority.len(),
    };
    authority.get(..end).unwrap_or(authority)
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(ipv6) => !ipv6.is_empty() && ipv6.bytes().all(|byte| byte.is_ascii_hexdigit() || b":.".contains(&byte)),
        None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    }
}

/// `127.a.b.c`.
fn is_loopback_ipv4(host: &str) -> bool {
    let mut rest = host.strip_prefix("127.").unwrap_or_default();
    for _ in 0..2 {
        let Some((part, next)) = split_at(rest, b'.') else { return false };
        if !is_octet(part) {
            return false;
        }
        rest = next;
    }
    is_octet(rest)
}

fn is_octet(part: &str) -> bool {
    !part.is_empty() && port_number(part).is_some_and(|number| number <= 255)
}

/// Loopback by name or address (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3).
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_loopback_ipv4(host)
}

/// The origins that may receive the access token: the named ones, or the backend's own.
///
/// # Errors
/// [`Error::InvalidOption`] when a text is no URL, or when tokens would travel over plain `http` to another machine
/// that `insecure` does not name.
pub(crate) fn permitted_origins(
    backend: &dyn Backend,
    named: Option<&[String]>,
    insecure: &[String],
) -> Result<Vec<Origin>, Error> {
    let insecure = parse_all(insecure, "insecureOrigins")?;
    let mut own = Vec::new();
    for endpoint in core::iter::once(backend.endpoint()).chain(backend.other_endpoints()) {
        own.push(Origin(endpoint.origin().into()));
    }
    check_exposure(&own, &insecure, "backend")?;
    let Some(named) = named else {
        own.truncate(1);
        return Ok(own);
    };
    let named = parse_all(named, "origins")?;
    check_exposure(&named, &insecure, "origins")?;
    Ok(named)
}

fn parse_all(urls: &[String], field: &'static str) -> Result<Vec<Origin>, Error> {
    let mut origins = Vec::new();
    for url in urls {
        origins.push(split(url, field)?.0);
    }
    Ok(origins)
}

fn check_exposure(origins: &[Origin], allowed: &[Origin], field: &'static str) -> Result<(), Error> {
    match origins.iter().any(|origin| origin.is_exposed() && !allowed.contains(origin)) {
        true => Err(Error::InvalidOption { field, problem: OptionError::Insecure }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::backend::SimpleJwt;

    fn origin(url: &str) -> String {
        Origin::parse(url).unwrap().0
    }

    #[test]
    fn q1_origins_are_compared_after_parsing() {
        assert_eq!(origin("https://API.example.com:443/a?b"), "https://api.example.com");
        assert_eq!(origin("HTTP://localhost:80"), "http://localhost");
        assert_eq!(origin("https://api.example.com:8443/"), "https://api.example.com:8443");
        assert_eq!(origin("http://[::1]:8000/x"), "http://[::1]:8000");
        assert_ne!(origin("https://api.example.com"), origin("https://api.example.com.evil.example"));
        assert_ne!(origin("https://api.example.com"), origin("http://api.example.com:443"));
    }

    #[test]
    fn q1_what_parsers_read_differently_is_refused() {
        let bad = [
            "",
            "api.example.com",
            "//api.example.com",
            "ftp://example.com",
            "https://",
            "https:///path",
            "https://user@example.com",
            "https://example.com:80:90",
            "https://example.com:99999",
            "https://example.com:8a",
            "https://exa mple.com",
            "https://example.com\\@evil.example",
            "https://example.com#@evil.example",
            "https://ex\u{e4}mple.com",
            "https://[::1",
            "https://[]",
            "https://example.com/\u{7f}",
            "javascript:alert(1)",
            "https://example.com/a\nb",
        ];
        for url in bad {
            assert!(Endpoint::parse(url, "backend").is_err(), "{url}");
        }
    }

    #[test]
    fn q1_plain_http_is_exposed_unless_it_stays_on_this_machine() {
        for url in
            ["http://localhost:8000", "http://127.0.0.1", "http://127.8.9.1:1", "http://[::1]:3", "http://a.localhost"]
        {
            assert!(!Origin::parse(url).unwrap().is_exposed(), "{url}");
        }
        for url in [
            "http://example.com",
            "http://127.0.0.1.example.com",
            "http://127.1",
            "http://10.0.0.1",
            "http://localhost.example",
        ] {
            assert!(Origin::parse(url).unwrap().is_exposed(), "{url}");
        }
        assert!(!Origin::parse("https://example.com").unwrap().is_exposed());
    }

    #[test]
    fn an_endpoint_knows_its_origin() {
        for (url, origin) in [
            ("http://A", "http://a"),
            ("http://a/", "http://a"),
            ("https://a.example:8443?b=/", "https://a.example:8443"),
            ("https://a.example:443/b?c", "https://a.example"),
        ] {
            assert_eq!(Endpoint::parse(url, "backend").unwrap().origin(), origin);
        }
    }

    #[test]
    fn endpoints_below_an_endpoint() {
        let join = |url: &str| Endpoint::parse(url, "backend").unwrap().join("refresh/");
        assert_eq!(join("https://a.example/api/token/"), "https://a.example/api/token/refresh/");
        assert_eq!(join("https://a.example/api/token"), "https://a.example/api/token/refresh/");
        assert_eq!(join("https://a.example/token/?v=1"), "https://a.example/token/refresh/?v=1");
    }

    #[test]
    fn q1_tokens_go_to_the_backends_origin_or_to_the_named_ones() {
        let backend = SimpleJwt::new("https://auth.example/api/token/").unwrap();
        let permitted = |named: Option<&[String]>, insecure: &[String]| permitted_origins(&backend, named, insecure);
        assert_eq!(permitted(None, &[]).unwrap()[0].as_str(), "https://auth.example");
        let named = ["https://api.example/v1".into(), "http://localhost:3000".into()];
        let origins = permitted(Some(&named), &[]).unwrap();
        assert_eq!(
            origins.iter().map(Origin::as_str).collect::<Vec<_>>(),
            ["https://api.example", "http://localhost:3000"]
        );
        assert!(permitted(Some(&["/api".into()]), &[]).is_err());
        assert!(permitted(None, &["nonsense".into()]).is_err());
    }

    #[test]
    fn q1_plain_http_to_another_machine_must_be_allowed_by_name() {
        let backend = SimpleJwt::new("http://intranet.example/api/token/").unwrap();
        let insecure = Error::InvalidOption { field: "backend", problem: OptionError::Insecure };
        assert_eq!(permitted_origins(&backend, None, &[]).unwrap_err().message(), insecure.message());
        assert!(permitted_origins(&backend, None, &["http://other.example".into()]).is_err());
        assert!(permitted_origins(&backend, None, &["http://intranet.example".into()]).is_ok());
    }
}
