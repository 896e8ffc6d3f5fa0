//! What all handlers share.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use ctx_core::{Host, Revision};
use http::Uri;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::auth::{AT, Auth};
use crate::body::Budget;
use crate::guard::Guard;
use crate::metrics::Metrics;
use crate::rejection::{Rejection, broken};
use crate::rest::blocking;
use crate::session::{Sessions, cookie_name};
use crate::wire;

/// How this server can be reached.
pub const TRANSPORTS: [&str; 4] = ["cli", "rest", "mcp-http", "mcp-stdio"];

/// Routes that are open to whoever has nothing to show: to sign in, and to be
/// told that the server lives.
const PUBLIC: [&str; 3] = ["/health", "/sign-in", "/style.css"];

/// The server, as its handlers see it.
pub(crate) struct App {
    pub(crate) host: Arc<Host>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) guard: Guard,
    pub(crate) auth: Auth,
    pub(crate) bodies: Budget,
    pub(crate) sessions: Sessions,
    /// The name of the cookie of those who are signed in.
    pub(crate) cookie: String,
    /// Set when the server is to stop; syncs end after their page.
    pub(crate) stopping: Arc<AtomicBool>,
    capabilities: Mutex<Option<(Revision, Bytes)>>,
    /// The executor of the process, beside those of the connections.
    executor: Handle,
}

/// Work that ends with whoever waits for it.
struct Waited<T>(JoinHandle<T>);

impl<T> Drop for Waited<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl App {
    pub(crate) fn new(host: Arc<Host>, metrics: Arc<Metrics>, guard: Guard) -> Self {
        Self {
            host,
            metrics,
            cookie: cookie_name(guard.port()),
            guard,
            auth: Auth::default(),
            bodies: Budget::new(),
            sessions: Sessions::default(),
            stopping: Arc::default(),
            capabilities: Mutex::default(),
            executor: Handle::current(),
        }
    }

    /// Does work away from the connections' threads. It is broken off when
    /// nobody waits for it any more.
    pub(crate) async fn elsewhere<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Rejection> {
        let mut waited = Waited(self.executor.spawn(work));
        (&mut waited.0).await.map_err(|error| broken(&error))
    }

    /// Whether a route is open to everybody.
    #[expect(clippy::unused_self, reason = "a question to the server")]
    pub(crate) fn is_public(&self, uri: &Uri) -> bool {
        PUBLIC.contains(&uri.path()) || uri.path().starts_with(AT)
    }

    /// Returns the capabilities as JSON: written once for each catalog and
    /// each change of the grants.
    pub(crate) async fn capabilities(&self) -> Result<Bytes, Rejection> {
        let catalog = self.host.catalog().await.map_err(|error| Rejection::from(&error))?;
        let revision = self.host.revision(&catalog);
        let lock = || self.capabilities.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, bytes)) = &*lock()
            && *known == revision
        {
            return Ok(bytes.clone());
        }
        let bytes = blocking(&self.host, move |host| {
            let value = wire::Capabilities::new(host, &catalog, &TRANSPORTS)?;
            Ok(Bytes::from(serde_json::to_vec(&value).unwrap_or_default()))
        })
        .await?;
        *lock() = Some((revision, bytes.clone()));
        Ok(bytes)
    }
}
