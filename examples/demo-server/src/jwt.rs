//! JSON Web Tokens as djangorestframework-simplejwt makes them: HS256, the same header, the same claims.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Access,
    Refresh,
}

/// SimpleJWT's claims and two more: the user's `name`, and `sid`, the session that the token belongs to.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) token_type: Kind,
    pub(crate) exp: u64,
    pub(crate) iat: u64,
    pub(crate) jti: String,
    pub(crate) user_id: String,
    pub(crate) name: String,
    pub(crate) sid: String,
}

/// Signs and checks tokens with a random secret that lives as long as the process.
pub(crate) struct Signer(Hmac<Sha256>);

impl Signer {
    pub(crate) fn new() -> Self {
        Self(Hmac::new(&random::<64>().into()))
    }

    pub(crate) fn sign(&self, claims: &Claims) -> String {
        let claims = serde_json::to_vec(claims).expect("claims are plain strings and numbers");
        let signed = format!("{}.{}", BASE64.encode(HEADER), BASE64.encode(claims));
        let signature = self.mac(&signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64.encode(signature))
    }

    /// The claims of a token that this process has signed, whether it has expired or not.
    pub(crate) fn verify(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = BASE64.decode(signature).ok()?;
        self.mac(signed).verify_slice(&signature).ok()?;
        let (_, claims) = signed.split_once('.')?;
        serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()
    }

    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(signed)
    }
}

/// A random identifier in SimpleJWT's form: 32 hexadecimal digits.
pub(crate) fn random_id() -> String {
    format!("{:032x}", u128::from_be_bytes(random()))
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            token_type: Kind::Access,
            exp: 120,
            iat: 100,
            jti: random_id(),
            user_id: "1".into(),
            name: "demo".into(),
            sid: random_id(),
        }
    }

    #[test]
    fn a_signed_token_gives_its_claims_back() {
        let signer = Signer::new();
        let claims = claims();
        assert_eq!(signer.verify(&signer.sign(&claims)), Some(claims));
    }

    #[test]
    fn a_token_looks_like_simplejwts() {
        let token = Signer::new().sign(&claims());
        let parts: Vec<_> = token.split('.').map(|part| BASE64.decode(part).unwrap()).collect();
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[0], HEADER.as_bytes());
        let payload: serde_json::Value = serde_json::from_slice(&parts[1]).unwrap();
        assert_eq!(payload["token_type"], "access");
        assert_eq!(payload["user_id"], "1");
        assert_eq!(payload["jti"].as_str().unwrap().len(), 32);
    }

    #[test]
    fn a_foreign_or_altered_token_is_refused() {
        let signer = Signer::new();
        let token = signer.sign(&claims());
        assert_eq!(Signer::new().verify(&token), None);
        let mut altered = claims();
        altered.exp += 1;
        let altered = signer.sign(&altered);
        let (payload, _) = altered.rsplit_once('.').unwrap();
        let (_, signature) = token.rsplit_once('.').unwrap();
        assert_eq!(signer.verify(&format!("{payload}.{signature}")), None);
        for garbage in ["", ".", "..", "a.b.c", "no dots"] {
            assert_eq!(signer.verify(garbage), None, "{garbage:?}");
        }
    }
}
