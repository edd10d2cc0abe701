use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{
    DpopKey,
    key::{hash, jwk},
};
use crate::core::{Error, OptionError, Secret};

fn bytes(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_slice(&bytes(text)).unwrap()
}

/// Header and claims of a proof whose signature is its own key's.
fn verified(proof: &str) -> (Value, Value) {
    let (signed, signature) = proof.rsplit_once('.').unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    let header = json(head);
    let coordinate = |name: &str| bytes(header["jwk"][name].as_str().unwrap());
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed.as_bytes(), &bytes(signature)).unwrap();
    (header, json(claims))
}

#[test]
fn the_hashes_are_those_of_the_standard() {
    // RFC 9449, figures 2, 8 and 12.
    let jwk = jwk("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA");
    assert_eq!(hash(&jwk), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    assert_eq!(hash(token), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
}

#[test]
fn a_proof_names_its_request_and_is_signed_by_the_key_in_it() {
    let key = DpopKey::generate().unwrap();
    let (header, claims) =
        verified(&key.proof("POST", "https://as.example.com:443/token?x=1#y").unwrap().sign().unwrap());
    assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("dpop+jwt"), Some("ES256")));
    assert_eq!(header["jwk"].as_object().unwrap().len(), 4, "no private member");
    let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
    assert_eq!(names, ["htm", "htu", "iat", "jti"]);
    assert_eq!((claims["htm"].as_str(), claims["htu"].as_str()), (Some("POST"), Some("https://as.example.com/token")));
    let sent = key.proof("GET", "https://api.example.com/a").unwrap().access_token("token");
    let (_, claims) = verified(&sent.to(Some("n"), 7_200_000).sign().unwrap());
    assert_eq!((claims["nonce"].as_str(), claims["ath"].as_str()), (Some("n"), Some(hash("token").as_str())));
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().cast_signed();
    assert!((claims["iat"].as_i64().unwrap() - 7200 - now).abs() < 30);
}

#[test]
fn no_two_proofs_are_the_same() {
    let key = DpopKey::generate().unwrap();
    let jti = || verified(&key.proof("GET", "https://api.example.com/").unwrap().sign().unwrap()).1["jti"].clone();
    assert_ne!(jti(), jti());
}

#[test]
fn an_exported_key_is_the_same_key() {
    let key = DpopKey::generate().unwrap();
    let copy = DpopKey::import(&key.export()).unwrap();
    assert_eq!(copy.thumbprint(), key.thumbprint());
    assert_eq!(copy.export(), key.export());
    assert_ne!(DpopKey::generate().unwrap().thumbprint(), key.thumbprint());
}

#[test]
fn what_is_no_key_is_refused() {
    for text in ["", "garbage", "YQ", "*"] {
        let expected = Error::InvalidOption { field: "key", problem: OptionError::NotAKey };
        assert_eq!(DpopKey::import(&Secret::new(text)).unwrap_err(), expected, "{text}");
    }
    assert!(DpopKey::generate().unwrap().proof("GET", "/items").is_err());
}

#[test]
fn s4_a_key_shows_its_thumbprint_alone() {
    let key = DpopKey::generate().unwrap();
    let shown = format!("{key:?} {:?}", key.proof("GET", "https://api.example.com/").unwrap());
    assert!(shown.contains(key.thumbprint()) && !shown.contains(key.export().expose()), "{shown}");
}
