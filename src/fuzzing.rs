//! What comes from outside, as any bytes: entry points for the fuzz targets in `fuzz/`, which the tests here replay on
//! what has been collected so far. A panic, a hang or a broken promise is a failure.

use crate::core::{
    Claims, Now, Write,
    backend::{Backend, OAuth2, Outcome, SimpleJwt},
    http::HttpAnswer,
    lifetime::{Receipt, Timing},
    record::{Applied, Basis, Record},
};

const NOW: Now = Now { wall: 1_700_000_000_000, monotonic: 5_000 };

/// A token: it decodes to the same every time, and its lifetime can be computed whatever it claims (T1, T2).
pub fn jwt(data: &[u8]) {
    let Ok(token) = std::str::from_utf8(data) else { return };
    let claims = Claims::decode(token);
    assert_eq!(claims, Claims::decode(token));
    let Ok(claims) = claims else { return };
    let receipt = Receipt { sent: NOW, arrived: NOW, date: None };
    for expires_in in [None, claims.exp, Some(f64::NAN), Some(-1e300)] {
        let timing = Timing::issued(&claims, expires_in, &receipt, Some(i64::MIN));
        assert!(timing.lifetime.is_none_or(|lifetime| lifetime >= 0), "{timing:?}");
    }
}

/// An answer of a token endpoint: its status on the first line, its body below. Only the endpoint's own refusal is one,
/// and tokens can be sent in a header (R7, Q6).
pub fn answer(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (status, body) = text.split_once('\n').unwrap_or((text, ""));
    let status = status.parse().unwrap_or(200);
    let answer = HttpAnswer { status, body: body.into(), ..HttpAnswer::default() };
    let url = "https://api.example.com/token/";
    let simple_jwt = SimpleJwt::new(url).map(|backend| Box::new(backend) as Box<dyn Backend>);
    let oauth2 = OAuth2::new(url, "client").map(|backend| Box::new(backend) as Box<dyn Backend>);
    for backend in [simple_jwt, oauth2].into_iter().flatten() {
        for outcome in [backend.read_refresh(&answer), backend.read_sign_in(&answer)] {
            match outcome {
                Outcome::Granted(grant) => {
                    assert!((200..300).contains(&status));
                    let tokens = grant.access.into_iter().chain(grant.refresh);
                    for token in tokens {
                        assert!(token.expose().bytes().all(|byte| byte.is_ascii_graphic()));
                    }
                }
                Outcome::Rejected { .. } => assert!((400..500).contains(&status), "{status} ends a session"),
                _ => {}
            }
        }
    }
}

/// A store's text: what is a record survives its encoding, and what is none is never removed (S2).
pub fn record(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let clear = Write::clear(Basis::Session(None));
    assert!(!matches!(clear.onto(Some(text)), Applied::Remove), "a sign-out that saw no session removes none");
    let Ok(record) = Record::decode(text) else {
        assert!(matches!(Write::clear(Basis::Unreadable).onto(Some(text)), Applied::Lost));
        return;
    };
    assert_eq!(Record::decode(record.encode().expose()).as_ref(), Ok(&record));
    let write = Write::put(&record, Basis::Stamp(record.stamp));
    assert!(matches!(write.onto(Some(text)), Applied::Put { set_aside: false, .. }));
    assert!(matches!(write.onto(None), Applied::Lost), "a session that was signed out does not return");
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    fn replay(target: &str, fuzz: fn(&[u8])) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let files: Vec<_> = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() >= 10, "the corpus of {target} is gone");
        for file in files {
            let data = fs::read(&file).unwrap();
            fuzz(&data);
            // What is cut off and what is damaged in one place: the neighbourhood of what is known.
            for at in 0..data.len().min(4_096) {
                fuzz(&data[..at]);
                let mut damaged = data.clone();
                damaged[at] ^= 0x15;
                fuzz(&damaged);
            }
        }
    }

    #[test]
    fn t1_the_corpus_of_tokens_breaks_nothing() {
        replay("jwt", super::jwt);
    }

    #[test]
    fn r7_the_corpus_of_answers_breaks_nothing() {
        replay("answer", super::answer);
    }

    #[test]
    fn s2_the_corpus_of_records_breaks_nothing() {
        replay("record", super::record);
    }
}
