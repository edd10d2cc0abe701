//! The record: the one versioned unit that a store holds, and the fence around every write of it (R9).

use alloc::{boxed::Box, string::String};
use core::fmt;

use super::{
    backend::Tokens,
    dpop::{self, Dpop, Key},
    json::{Object, Writer},
    secret::Secret,
};

/// Version of the record's format. A reader refuses a newer one instead of guessing.
const VERSION: i64 = 1;

/// More than anything in a record but its tokens takes up, in bytes.
const ROOM: usize = 512;

/// The random name of one signed-in identity; each sign-in makes a new one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(u64);

impl SessionId {
    /// A session id from 64 random bits: a name, not a secret.
    #[must_use]
    pub fn new(random: u64) -> Self {
        Self(random)
    }

    /// The bits it was made of.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// 16 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        (0..16).rev().filter_map(|digit| char::from_digit((self.0 >> (digit * 4)) as u32 & 15, 16)).collect()
    }

    fn from_hex(text: &str) -> Option<Self> {
        let digit = |byte| Some(u64::from(char::from(byte).to_digit(16)?));
        let number = text.bytes().try_fold(0, |number, byte| Some(number << 4 | digit(byte)?));
        number.filter(|_| text.len() == 16).map(Self)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// What one stored state of a session is called: writes name the stamp they are based on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The session.
    pub session: SessionId,
    /// Grows by one with each stored token pair of the session.
    pub generation: u64,
}

/// A signed-in session as it is stored. All times are of the local wall clock, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
pub struct Record {
    /// Session and generation.
    pub stamp: Stamp,
    /// The origin of the token endpoint: the only one that may see the refresh token.
    pub server: Box<str>,
    /// The access token.
    pub access: Secret,
    /// The refresh token; a session without one ends with its access token.
    pub refresh: Option<Secret>,
    /// The ID token that came with the pair, or with an earlier one.
    pub id_token: Option<Secret>,
    /// The key that both are bound to.
    pub(crate) key: Key,
    /// The moment the access token's lifetime is counted from.
    pub received: i64,
    /// The access token's lifetime; `None` is unknown.
    pub lifetime: Option<i64>,
    /// Server's clock minus the local one.
    pub skew: Option<i64>,
    /// When this generation's refresh token was sent without a known outcome (R5).
    pub pending: Option<i64>,
    /// Failed attempts in a row.
    pub failures: u32,
    /// No attempt before this moment (R8).
    pub retry_at: Option<i64>,
    /// How long that was, when it was written: the most that a clock set back can make of it.
    pub retry_in: Option<i64>,
}

/// Why stored text is not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// Damaged, or something else's data.
    Corrupt,
    /// Written by a newer version of this library.
    NewerVersion,
    /// Bound to a key by a build with the feature `dpop`. Without a proof the server would refuse its tokens for good.
    Bound,
}

impl Record {
    /// The record as text for a store. It holds the tokens: treat it like them.
    #[must_use]
    pub fn encode(&self) -> Secret {
        let size = |secret: Option<&Secret>| secret.map_or(0, |secret| secret.expose().len());
        let tokens = size(self.refresh.as_ref()) + size(self.id_token.as_ref());
        let secrets = self.access.expose().len() + tokens + size(self.key.get());
        // Twice the length, because quotation marks and backslashes take two characters each.
        let text = Writer::with_room(2 * secrets + ROOM)
            .integer("v", VERSION)
            .text("session", &self.stamp.session.to_hex())
            .text("server", &self.server)
            .integer("generation", i64::try_from(self.stamp.generation).unwrap_or(i64::MAX))
            .text("access", self.access.expose())
            .optional_text("refresh", self.refresh.as_ref().map(Secret::expose))
            .optional_text("id_token", self.id_token.as_ref().map(Secret::expose))
            .optional_text("key", self.key.get().map(Secret::expose))
            .integer("received", self.received)
            .optional_integer("lifetime", self.lifetime)
            .optional_integer("skew", self.skew)
            .optional_integer("pending", self.pending)
            .integer("failures", self.failures.into())
            .optional_integer("retry_at", self.retry_at)
            .optional_integer("retry_in", self.retry_in)
            .end();
        Secret::new(text)
    }

    /// Whether the access token is its own refresh token: it can be renewed only while it lives.
    #[must_use]
    pub(crate) fn slides(&self) -> bool {
        self.refresh.as_ref() == Some(&self.access)
    }

    /// Its tokens.
    #[must_use]
    pub(crate) fn tokens(&self) -> Tokens {
        Tokens { access: Some(self.access.clone()), refresh: self.refresh.clone() }
    }

    /// Reads a record from a store's text.
    ///
    /// # Errors
    /// [`RecordError`] when the text is damaged or of a newer version.
    pub fn decode(text: &str) -> Result<Self, RecordError> {
        let value = Object::parse(text).ok_or(RecordError::Corrupt)?;
        match value.integer("v") {
            Some(VERSION) if !dpop::AVAILABLE && is_bound(&value) => Err(RecordError::Bound),
            Some(VERSION) => Self::read(&value).ok_or(RecordError::Corrupt),
            Some(newer) if newer > VERSION => Err(RecordError::NewerVersion),
            _ => Err(RecordError::Corrupt),
        }
    }

    fn read(value: &Object<'_>) -> Option<Self> {
        Some(Self {
            stamp: Stamp {
                session: SessionId::from_hex(value.text("session")?.expose())?,
                generation: value.integer("generation")?.try_into().ok()?,
            },
            server: value.text("server")?.expose().into(),
            access: value.text("access")?,
            refresh: value.text("refresh"),
            id_token: value.text("id_token"),
            key: Dpop::new(if dpop::AVAILABLE { value.text("key") } else { None }),
            received: value.integer("received")?,
            lifetime: value.integer("lifetime"),
            skew: value.integer("skew"),
            pending: value.integer("pending"),
            failures: value.integer("failures")?.try_into().ok()?,
            retry_at: value.integer("retry_at"),
            retry_in: value.integer("retry_in"),
        })
    }
}

/// Whether the record's tokens are bound to a key. Browsers share no store with programs that could write such a one.
fn is_bound(value: &Object<'_>) -> bool {
    !cfg!(target_family = "wasm") && value.text("key").is_some()
}

/// What must be in the store for a write to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Exactly this session and generation.
    Stamp(Stamp),
    /// This session in any generation, or nothing: what a sign-in or a sign-out replaces.
    Session(Option<SessionId>),
    /// Text that is no record; it is set aside, not destroyed.
    Unreadable,
}

/// A compare-and-set of the stored record. A store carries it out in one atomic step by way of [`Write::onto`].
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Hash))]
pub struct Write {
    basis: Basis,
    /// The new text, and the server whose records it may replace.
    record: Option<(Secret, Box<str>)>,
}

/// What a store does for a [`Write`].
#[derive(Debug)]
pub enum Applied<'a> {
    /// Replace the stored text; text that is no record is kept under another name first.
    Put {
        /// The new text.
        text: &'a Secret,
        /// Whether the present text must be set aside.
        set_aside: bool,
    },
    /// Remove the stored text.
    Remove,
    /// Leave everything: somebody else's write came first.
    Lost,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Saved {
    /// It is durable.
    Written,
    /// The store holds something else than the write was based on.
    Lost,
}

impl Write {
    /// Stores `record` over what `basis` names.
    #[must_use]
    pub fn put(record: &Record, basis: Basis) -> Self {
        Self { basis, record: Some((record.encode(), record.server.clone())) }
    }

    /// Removes what `basis` names.
    #[must_use]
    pub fn clear(basis: Basis) -> Self {
        Self { basis, record: None }
    }

    /// What a store without a fence would do, whatever it holds.
    #[cfg(all(test, not(target_family = "wasm")))]
    pub(crate) fn unfenced(&self) -> Applied<'_> {
        self.record.as_ref().map_or(Applied::Remove, |(text, _)| Applied::Put { text, set_aside: false })
    }

    /// What to do, given the text that the store holds now.
    #[must_use]
    pub fn onto(&self, present: Option<&str>) -> Applied<'_> {
        let is_ours = |record: &Record| self.record.as_ref().is_none_or(|(_, server)| record.server == *server);
        let record = present.and_then(|text| Record::decode(text).ok()).filter(is_ours);
        let foreign = present.is_some() && record.is_none();
        let admitted = match (self.basis, record.map(|record| record.stamp)) {
            (Basis::Stamp(basis), stamp) => stamp == Some(basis),
            (Basis::Session(session), Some(stamp)) => session == Some(stamp.session),
            (Basis::Session(_), None) => true,
            (Basis::Unreadable, _) => foreign,
        };
        match &self.record {
            _ if !admitted => Applied::Lost,
            Some((text, _)) => Applied::Put { text, set_aside: foreign },
            // A sign-out has nothing to remove from text that is not ours.
            None if foreign => Applied::Lost,
            None => Applied::Remove,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any record of this stamp.
    pub(crate) fn record(session: u64, generation: u64) -> Record {
        Record {
            stamp: Stamp { session: SessionId::new(session), generation },
            server: "https://api.example.com".into(),
            access: "access \"quoted\"".into(),
            refresh: Some("refresh".into()),
            id_token: Some("identity".into()),
            key: Dpop::new(Some("key".into())),
            received: 1_700_000_000_000,
            lifetime: Some(4_000),
            skew: Some(-250),
            pending: Some(1_700_000_000_900),
            failures: 3,
            retry_at: None,
            retry_in: None,
        }
    }

    fn onto(basis: Basis, present: Option<&Record>) -> bool {
        let text = present.map(Record::encode);
        let write = Write::put(&record(7, 7), basis);
        matches!(write.onto(text.as_ref().map(Secret::expose)), Applied::Put { set_aside: false, .. })
    }

    #[test]
    fn a_record_survives_its_encoding() {
        for record in [record(u64::MAX, 9), Record { refresh: None, lifetime: None, skew: None, ..record(0, 0) }] {
            assert_eq!(Record::decode(record.encode().expose()), Ok(record));
        }
    }

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn a_bound_record_is_read_with_its_key_or_not_at_all() {
        let unbound = Record { key: Dpop::default(), ..record(1, 1) };
        let text = unbound.encode().expose().replacen(r#""received""#, r#""key":"k","received""#, 1);
        let read = Record::decode(&text).map(|record| record.key);
        let expected = if dpop::AVAILABLE { Ok(Dpop::new(Some("k".into()))) } else { Err(RecordError::Bound) };
        assert_eq!(read, expected);
    }

    #[test]
    fn s2_damaged_and_newer_records_are_told_apart() {
        let text = record(1, 1).encode();
        for end in 0..text.expose().len() {
            assert_eq!(Record::decode(&text.expose()[..end]), Err(RecordError::Corrupt));
        }
        for garbage in ["", "null", "[]", "{}", r#"{"v":0}"#, r#"{"v":1}"#, r#"{"v":"1"}"#] {
            assert_eq!(Record::decode(garbage), Err(RecordError::Corrupt), "{garbage}");
        }
        assert_eq!(Record::decode(r#"{"v":2,"anything":true}"#), Err(RecordError::NewerVersion));
    }

    #[test]
    fn r9_a_write_loses_against_anything_but_its_basis() {
        let stamp = record(1, 5).stamp;
        assert!(onto(Basis::Stamp(stamp), Some(&record(1, 5))));
        assert!(!onto(Basis::Stamp(stamp), Some(&record(1, 6))), "a newer generation");
        assert!(!onto(Basis::Stamp(stamp), Some(&record(2, 5))), "another session");
        assert!(!onto(Basis::Stamp(stamp), None), "a signed-out session is not resurrected");
    }

    #[test]
    fn r9_a_sign_in_replaces_the_session_it_saw_and_no_other() {
        let seen = Basis::Session(Some(SessionId::new(1)));
        assert!(onto(seen, Some(&record(1, 99))));
        assert!(onto(seen, None));
        assert!(!onto(seen, Some(&record(2, 1))), "a newer sign-in elsewhere wins");
        assert!(onto(Basis::Session(None), None));
        assert!(!onto(Basis::Session(None), Some(&record(2, 1))));
    }

    #[test]
    fn s2_unreadable_text_is_set_aside_and_never_removed() {
        for basis in [Basis::Session(None), Basis::Unreadable] {
            let write = Write::put(&record(1, 1), basis);
            assert!(matches!(write.onto(Some("garbage")), Applied::Put { set_aside: true, .. }));
        }
        let stamped = Write::put(&record(1, 2), Basis::Stamp(record(1, 1).stamp));
        assert!(matches!(stamped.onto(Some("garbage")), Applied::Lost));
        assert!(matches!(Write::clear(Basis::Session(None)).onto(Some("garbage")), Applied::Lost));
    }

    #[test]
    fn q1_another_servers_session_is_set_aside_and_never_removed() {
        let other = Record { server: "https://other.example.com".into(), ..record(1, 5) };
        let text = other.encode();
        let text = Some(text.expose());
        let sign_in = Write::put(&record(2, 1), Basis::Session(None));
        assert!(matches!(sign_in.onto(text), Applied::Put { set_aside: true, .. }));
        let refreshed = Write::put(&record(1, 6), Basis::Stamp(other.stamp));
        assert!(matches!(refreshed.onto(text), Applied::Lost), "not even under the same stamp");
        assert!(matches!(Write::clear(Basis::Session(None)).onto(text), Applied::Lost));
    }

    #[test]
    fn s4_a_record_does_not_show_its_tokens() {
        let shown = format!("{:?} {:?}", record(1, 1), Write::put(&record(1, 1), Basis::Session(None)));
        assert!(!shown.contains("quoted") && !shown.contains("\"refresh\""), "{shown}");
    }

    proptest! {
        #[test]
        fn no_stored_text_panics(text in ".*") {
            let _ = Record::decode(&text);
            let _ = Write::clear(Basis::Unreadable).onto(Some(&text));
        }
    }
}
