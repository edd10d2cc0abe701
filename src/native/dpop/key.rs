//! The key and its names.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::DpopProof;
use crate::core::{Error, OptionError, Secret, json::Writer};

/// A key for DPoP (RFC 9449): ECDSA on P-256.
///
/// Make one before the login, prove it when the authorization code is exchanged, and hand it over with the tokens by
/// [`Grant::bound_to`](crate::Grant::bound_to); from then on the session keeps it. Without the key its tokens are of no use. Clones
/// are the same key.
///
/// ```no_run
/// # async fn login(session: &evertoken::Session, code: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use evertoken::{DpopKey, Grant};
///
/// let key = DpopKey::generate()?;
/// let url = "https://id.example.com/oauth/token";
/// let form = [("grant_type", "authorization_code"), ("client_id", "my-app"), ("code", code)];
/// let proof = key.proof("POST", url)?.sign()?;
/// let answer = reqwest::Client::new().post(url).header("DPoP", proof).form(&form).send().await?;
/// # let (access, refresh) = ("", "");
/// session.adopt(Grant::pair(access, Some(refresh))?.bound_to(&key)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DpopKey(Arc<Parts>);

struct Parts {
    pair: EcdsaKeyPair,
    /// Its PKCS#8 in base64url.
    secret: Secret,
    /// The first part of each proof.
    head: String,
    thumbprint: String,
}

impl DpopKey {
    /// A new key, from the operating system's randomness.
    ///
    /// # Errors
    /// [`Error::PlatformMissing`] when there is none.
    pub fn generate() -> Result<Self, Error> {
        let missing = |_| Error::PlatformMissing("randomness");
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(missing)?;
        let document = pair.to_pkcs8v1().map_err(missing)?;
        Ok(Self::new(pair, base64url(document.as_ref()).into()))
    }

    /// A key that [`export`](Self::export) has yielded.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when the text is none.
    pub fn import(secret: &Secret) -> Result<Self, Error> {
        let invalid = Error::InvalidOption { field: "key", problem: OptionError::NotAKey };
        let document = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(secret.expose()).map_err(|_| invalid)?);
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document).map_err(|_| invalid)?;
        Ok(Self::new(pair, secret.clone()))
    }

    fn new(pair: EcdsaKeyPair, secret: Secret) -> Self {
        // An uncompressed point: 4, and the two coordinates.
        let point = pair.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
        let jwk = jwk(&base64url(x), &base64url(y));
        let head = Writer::object().text("typ", "dpop+jwt").text("alg", "ES256").raw("jwk", &jwk).end();
        let (head, thumbprint) = (base64url(head.as_bytes()), hash(&jwk));
        Self(Arc::new(Parts { pair, secret, head, thumbprint }))
    }

    /// The private key as text, to keep it until the login is over. It is as secret as the tokens that are bound to it.
    #[must_use]
    pub fn export(&self) -> Secret {
        self.0.secret.clone()
    }

    /// The thumbprint of the public key (RFC 7638): `dpop_jkt` in an authorization request, `cnf.jkt` in a token.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.0.thumbprint
    }

    /// Begins a proof for one request to an absolute URL; query and fragment are left out.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when it is no such URL.
    pub fn proof<'a>(&'a self, method: &'a str, url: &str) -> Result<DpopProof<'a>, Error> {
        DpopProof::new(self, method, url)
    }

    pub(super) fn is(&self, secret: &Secret) -> bool {
        self.0.secret == *secret
    }

    /// The text with the key's head before it and its signature behind it.
    pub(super) fn signed(&self, payload: &str) -> Result<String, Error> {
        let signed = [&self.0.head, ".", &base64url(payload.as_bytes())].concat();
        let signature = self.0.pair.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| Error::PlatformMissing("randomness"))?;
        Ok([&signed, ".", &base64url(signature.as_ref())].concat())
    }
}

/// The public key. The members are in the order of their names: the thumbprint is the hash of exactly this text (RFC 7638).
pub(super) fn jwk(x: &str, y: &str) -> String {
    Writer::object().text("crv", "P-256").text("kty", "EC").text("x", x).text("y", y).end()
}

pub(super) fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// SHA-256 in base64url.
pub(super) fn hash(text: &str) -> String {
    base64url(digest(&SHA256, text.as_bytes()).as_ref())
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DpopKey").field(&self.0.thumbprint).finish()
    }
}
