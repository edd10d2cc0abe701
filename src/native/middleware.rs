//! The session in a client of reqwest-middleware.

use http::Extensions;
use reqwest::{Request, Response, header::AUTHORIZATION};
use reqwest_middleware::{Error as ChainError, Middleware, Next, Result as ChainResult};

use super::{
    Native,
    exchange::{self, Carrier},
};
use crate::{
    core::{Error, OptionError},
    driver::Session,
};

/// Gives an existing client of [`reqwest_middleware`] the session: by the same rules as [`Client`](crate::Client), and
/// nothing changes where the client is used.
///
/// ```
/// # async fn client(session: evertoken::Session) -> Result<(), Box<dyn std::error::Error>> {
/// use evertoken::SessionMiddleware;
/// use reqwest_middleware::ClientBuilder;
///
/// let http = reqwest::Client::builder().redirect(session.redirect_policy()).build()?;
/// let client = ClientBuilder::new(http).with(SessionMiddleware::new(session)?).build();
/// # Ok(())
/// # }
/// ```
///
/// The [`redirect_policy`](Session::redirect_policy) keeps the token at its origin, which reqwest's default does not.
///
/// Attach it after middleware that sends a request again, like reqwest-retry's, so that each try gets a live token; that
/// one takes no streams. What is attached after the session sees each sending with its token, which is marked as
/// sensitive: tracing of single requests belongs there, and caches and logs of whole requests belong before. What makes a
/// new answer there has to give it its URL: one that seems to come from elsewhere says nothing about the token.
///
/// Where no token can be had, the error is of the kind `Middleware` and holds an [`Error`]:
/// `error.downcast_ref::<evertoken::Error>()`. Retries take it for final.
#[derive(Clone, Debug)]
pub struct SessionMiddleware {
    session: Session<Native>,
}

impl SessionMiddleware {
    /// The middleware of this session.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] with a [`Placement`](crate::Placement) in another header than `Authorization` or in the
    /// query: the client's redirects are its own, and reqwest would take such a token along to another origin.
    pub fn new(session: Session<Native>) -> Result<Self, Error> {
        if session.platform().access.placement.header() != Some(AUTHORIZATION) {
            return Err(Error::InvalidOption { field: "placement", problem: OptionError::FollowsRedirects });
        }
        Ok(Self { session })
    }
}

#[async_trait::async_trait]
impl Middleware for SessionMiddleware {
    async fn handle(&self, request: Request, extensions: &mut Extensions, next: Next<'_>) -> ChainResult<Response> {
        exchange::execute(&self.session, &mut Rest { next, extensions }, request).await
    }
}

/// The rest of the chain.
struct Rest<'a> {
    next: Next<'a>,
    extensions: &'a mut Extensions,
}

impl Carrier for Rest<'_> {
    type Request = Request;
    type Answer = Response;
    type Error = ChainError;

    async fn send(&mut self, request: Request) -> ChainResult<Response> {
        self.next.clone().run(request, self.extensions).await
    }
}

impl From<Error> for ChainError {
    fn from(error: Error) -> Self {
        Self::middleware(error)
    }
}
