//! A live token for Rust front ends, whatever they send their requests with.

use std::sync::Arc;

use super::Browser;
use crate::{
    core::{Error, Phase, machine::Need},
    driver::{AccessToken, Platform, Session},
};

impl Session<Browser> {
    /// A live access token. A fresh one is at hand at once; so is a stale one, while a refresh begins beside it; an
    /// expired one is refreshed first.
    ///
    /// Where it may be sent is up to the caller: only to the origins it is meant for, and not after a redirect to
    /// another one.
    ///
    /// # Errors
    /// [`Error::SignedOut`] without a session, [`Error::Ended`] when it ends while this waits,
    /// [`Error::Unavailable`] when the endpoint stays away for too long.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        match self.token_at_hand() {
            Some((token, Phase::Fresh)) => Ok(token),
            Some((token, Phase::Stale)) => {
                self.freshen();
                Ok(token)
            }
            _ => self.token(Need::Live).await.map(AccessToken),
        }
    }

    fn token_at_hand(&self) -> Option<(AccessToken, Phase)> {
        let platform = self.platform();
        platform.with_current(|current| {
            let current = current?;
            Some((AccessToken(Arc::clone(&current.token)), current.phase(platform.now())))
        })
    }
}
