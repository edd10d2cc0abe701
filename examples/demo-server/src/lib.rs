//! The server behind evertoken's demo page: SimpleJWT's wire format with tokens that live for seconds and the strictest
//! rotation there is. A refresh token that is presented twice ends its session, and the server counts it.
//!
//! It keeps everything in memory, listens on 127.0.0.1 only, and knows the users `demo`, `alice` and `bob`, each with its name
//! as its password. It runs inside a test as well as on its own:
//!
//! ```
//! use evertoken_demo_server::{Config, DemoServer};
//!
//! # async fn run() -> std::io::Result<()> {
//! let server = DemoServer::start(Config::default()).await?;
//! println!("POST http://{}/api/token/", server.address());
//! assert_eq!(server.stats().counters.presented_twice, 0);
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod api;
mod control;
mod dialects;
mod files;
mod jwt;
mod sessions;
mod world;

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::http::header::CACHE_CONTROL;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

pub use sessions::Counters;
use world::Shared;
pub use world::Stats;

/// How long a shutdown waits for answers that are still on their way.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Config {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// The directory of the page, served at `/`.
    pub www: Option<PathBuf>,
    /// The directory of the built package, served at `/pkg/`.
    pub package: Option<PathBuf>,
    /// How long an access token lives, in whole seconds.
    pub access_lifetime: Duration,
}

impl Default for Config {
    /// No files, any free port, access tokens of 20 seconds.
    fn default() -> Self {
        Self { port: 0, www: None, package: None, access_lifetime: Duration::from_secs(20) }
    }
}

/// A running demo server. Dropping it stops it in the background; [`shutdown`](Self::shutdown) waits until it has stopped.
pub struct DemoServer {
    address: SocketAddr,
    shared: Shared,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl DemoServer {
    /// Starts a server inside the tokio runtime of the caller.
    ///
    /// # Errors
    ///
    /// One sentence that says what is wrong and what to do: the port is taken, or a directory is not there.
    pub async fn start(config: Config) -> io::Result<Self> {
        check_directory(config.www.as_deref())?;
        check_directory(config.package.as_deref())?;
        let listener = listen(config.port).await?;
        let address = listener.local_addr()?;
        let shared = Shared::new(config.access_lifetime);
        let router = router(&config, &shared);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            // A sender that was dropped without a word means the same as one that has sent.
            let stopped = async { drop(stopped.await) };
            let served = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
            served.expect("axum retries what fails while it accepts connections");
        });
        Ok(Self { address, shared, stop, task })
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The counters as they are now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.lock().stats()
    }

    /// Stops listening and waits, but not for long, until the answers on their way have left.
    pub async fn shutdown(self) {
        drop(self.stop);
        drop(timeout(LAST_ANSWERS, self.task).await);
    }
}

impl fmt::Debug for DemoServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DemoServer")
            .field("address", &self.address)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

fn router(config: &Config, shared: &Shared) -> Router {
    api::routes(shared)
        .merge(dialects::routes())
        .layer(for_any_page())
        .merge(control::routes())
        .with_state(shared.clone())
        .merge(files::routes(config.www.as_deref(), config.package.as_deref()))
        .layer(files::header(CACHE_CONTROL, "no-store"))
}

/// Pages of any origin may use the API: those that somebody else's development server serves.
fn for_any_page() -> CorsLayer {
    CorsLayer::new().allow_origin(Any).allow_methods(Any).allow_headers(AllowHeaders::mirror_request())
}

async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        let advice = "choose another port; 0 takes any free one";
        let message = match error.kind() {
            ErrorKind::AddrInUse => {
                format!("port {port} on 127.0.0.1 is taken by another program: stop it or {advice}")
            }
            _ => format!("cannot listen on port {port} of 127.0.0.1 ({error}): {advice}"),
        };
        io::Error::new(error.kind(), message)
    })
}

fn check_directory(path: Option<&Path>) -> io::Result<()> {
    match path {
        Some(path) if !path.is_dir() => {
            let message = format!("there is no directory {}: build it or name the right one", path.display());
            Err(io::Error::new(ErrorKind::NotFound, message))
        }
        _ => Ok(()),
    }
}
