//! Requests with proofs: once more where the server refuses the proof and there is something better to say: another
//! nonce, none, or another time. That has nothing to do with the token, which was not even looked at.

use std::sync::{Mutex, PoisonError};

use reqwest::{
    Client, Url,
    header::{AUTHORIZATION, HeaderValue},
};

use super::{
    DpopKey,
    servers::{Known, Said, Servers, is_unbound, refused_by_endpoint, refused_by_resource},
};
use crate::{
    core::{
        Error, OptionError, Problem, Secret,
        dpop::{Dpop, ProofOf},
        http::{HttpAnswer, HttpRequest, TransportError},
    },
    native::{
        exchange::{Answer, Carrier, Outgoing, unusable},
        transport,
    },
};

/// What a session knows about proofs.
#[derive(Debug, Default)]
pub(in crate::native) struct Prover {
    servers: Servers,
    /// The last key that was used.
    key: Mutex<Option<DpopKey>>,
}

impl Prover {
    /// Sends a request of the application with the token and a proof. A body that cannot be copied is sent once.
    pub(in crate::native) async fn send<C: Carrier>(
        &self,
        carrier: &mut C,
        mut request: C::Request,
        of: &ProofOf,
        token: &Secret,
    ) -> Result<C::Answer, C::Error> {
        let key = self.key(&of.key)?;
        let authorization = header(&["DPoP ", token.expose()].concat())?;
        request.headers_mut().insert(AUTHORIZATION, authorization);
        let mut again = request.try_clone();
        loop {
            let url = request.url().cloned().ok_or_else(unusable)?;
            let known = self.servers.of(&url);
            let proof = key.proof(request.method().as_str(), url.as_str())?.access_token(token.expose());
            let proof = header(&proof.to(known.nonce.as_deref(), known.skew(of.skew)).sign()?)?;
            request.headers_mut().insert("dpop", proof);
            let answer = carrier.send(request).await?;
            let refusal = refused_by_resource(&answer);
            self.servers.take(answer.url().unwrap_or(&url), Said::of(answer.headers()), refusal);
            let is_better = refusal.is_some() && self.servers.of(&url).differs(&known, of.skew);
            match again.take().filter(|_| is_better) {
                Some(next) => request = next,
                None => return Ok(answer),
            }
        }
    }

    /// Sends a request to the token endpoint with a proof.
    pub(in crate::native) async fn exchange(
        &self,
        client: &Client,
        request: HttpRequest,
        of: &ProofOf,
    ) -> Result<HttpAnswer, TransportError> {
        let (answer, is_better) = self.attempt(client, &request, of).await?;
        if is_better { Ok(self.attempt(client, &request, of).await?.0) } else { Ok(answer) }
    }

    /// The answer, and whether there is something better to say.
    async fn attempt(
        &self,
        client: &Client,
        request: &HttpRequest,
        of: &ProofOf,
    ) -> Result<(HttpAnswer, bool), TransportError> {
        let url = Url::parse(request.url.expose()).map_err(|_| TransportError::Unreachable)?;
        let known = self.servers.of(&url);
        let Ok(proof) = self.endpoint_proof(request, of, &known) else {
            // Without a proof the server would refuse the refresh token for good: nothing leaves.
            let flaw = Dpop::new(Some(Problem::ProofRefused));
            return Ok((HttpAnswer { flaw, ..HttpAnswer::default() }, false));
        };
        let response = transport::begin(client, request.clone().header("DPoP", proof)).await?;
        let said = Said::of(response.headers());
        let mut answer = transport::answer(response).await?;
        let refusal = refused_by_endpoint(&answer);
        self.servers.take(&url, said, refusal);
        let flaw = refusal.map(|_| Problem::ProofRefused);
        answer.flaw = Dpop::new(flaw.or_else(|| is_unbound(&answer).then_some(Problem::NotBound)));
        Ok((answer, refusal.is_some() && self.servers.of(&url).differs(&known, of.skew)))
    }

    fn endpoint_proof(&self, request: &HttpRequest, of: &ProofOf, known: &Known) -> Result<String, Error> {
        self.key(&of.key)?
            .proof(&request.method, request.url.expose())?
            .to(known.nonce.as_deref(), known.skew(of.skew))
            .sign()
    }

    /// The key of this text, read once.
    fn key(&self, secret: &Secret) -> Result<DpopKey, Error> {
        let mut last = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = last.as_ref().filter(|key| key.is(secret)) {
            return Ok(key.clone());
        }
        let key = DpopKey::import(secret)?;
        *last = Some(key.clone());
        Ok(key)
    }
}

fn header(text: &str) -> Result<HeaderValue, Error> {
    let unusable = |_| Error::InvalidOption { field: "dpop", problem: OptionError::NotAHeader };
    let mut value = HeaderValue::try_from(text).map_err(unusable)?;
    value.set_sensitive(true);
    Ok(value)
}
