//! Tokens that a resource hands out beside its answers: of several the one that lasts longest takes the place of the one
//! in use.

use super::successor::{judge_access, renewed};
use crate::core::{
    backend::Grant,
    jwt::Claims,
    lifetime::Receipt,
    machine::Machine,
    record::{Record, Stamp},
    secret::Secret,
    time::Now,
};

/// A token that waits to be looked at.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(in crate::core::machine) struct Offer {
    /// The token that the request carried.
    than: Stamp,
    access: Secret,
    received: Now,
}

impl Offer {
    /// Whether it takes the place of the token in use. Of two that last equally long the one does that was made for it.
    fn is_better(&self, record: &Record) -> bool {
        let (offered, present) = (expiry(&self.access), expiry(&record.access));
        self.than.session == record.stamp.session
            && (offered > present || offered == present && self.than == record.stamp)
            && self.access != record.access
            && judge_access(record, &self.access).is_none()
    }
}

impl Machine {
    /// Keeps what is better than anything known; it is taken up as soon as no refresh is under way.
    pub(in crate::core::machine) fn offered(&mut self, than: Stamp, access: Secret) {
        let offer = Offer { than, access, received: self.now };
        let is_best = |known: &Offer| expiry(&known.access) < expiry(&offer.access);
        if self.live.as_ref().is_some_and(|live| offer.is_better(&live.record))
            && self.offer.as_ref().is_none_or(is_best)
        {
            self.offer = Some(offer);
        }
    }

    /// Under the lock: stores what was offered, in place of a request to the token endpoint; says whether there was anything.
    pub(super) fn take_over(&mut self) -> bool {
        let (Some(offer), Some(live)) = (self.offer.take(), &self.live) else { return false };
        let slides = live.record.slides();
        // An answer that is missing may have the only refresh token that still works.
        let in_doubt = live.record.pending.is_some() && !slides;
        if offer.is_better(&live.record) && !in_doubt {
            let receipt = Receipt { sent: offer.received, arrived: offer.received, date: None };
            let refresh = slides.then(|| offer.access.clone());
            let grant = Grant { access: Some(offer.access), refresh, ..Grant::default() };
            let next = renewed(&live.record, grant, &receipt);
            self.store(next);
        } else {
            self.finish();
        }
        true
    }
}

/// When a token ends, in seconds; 0 is not known.
fn expiry(token: &Secret) -> f64 {
    Claims::of(token).exp.unwrap_or_default()
}
