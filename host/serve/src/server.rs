//! The server: bound, run, and stopped so that calls under way end well.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use ctx_core::Host;
use ctx_model::Event;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::guard::Guard;
use crate::lanes::Lanes;
use crate::mcp;
use crate::metrics::Metrics;
use crate::patience::Patient;
use crate::problem::{Class, Problem};
use crate::router::router;

/// Connections at once. Further ones wait to be accepted.
const CONNECTIONS: usize = 1024;

/// How long a client may take for a request's head, and say nothing between
/// two requests.
const HEAD: Duration = Duration::from_secs(30);

/// Bytes that are read ahead on a connection.
const READ_AHEAD: usize = 64 << 10;

/// How long a connection may last after the server was told to stop: longer
/// than a call's deadline, unless an operator has raised that very far.
const LAST_WORDS: Duration = Duration::from_mins(5);

/// How long to wait when the machine has no more connections to give.
const BREATH: Duration = Duration::from_millis(100);

/// How long the end waits for clients who are still sending a request, or
/// reading an answer: at least once, at most twice as long.
const GRACE: Duration = Duration::from_secs(2);

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Where to listen, as `ADDRESS:PORT`.
    pub bind: String,
    /// Names, beside addresses, that lead here.
    pub names: Vec<String>,
    /// What shows a client to be the operator.
    pub token: String,
}

/// A server that listens, and answers once it runs.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: Arc<App>,
    lanes: Lanes,
    /// Tells connections to take no more requests.
    stopped: CancellationToken,
    /// Ends what would otherwise stay open: streams of MCP.
    streams: CancellationToken,
}

impl Server {
    /// Binds the address.
    pub async fn bind(
        host: Arc<Host>,
        metrics: Arc<Metrics>,
        options: ServerOptions,
    ) -> Result<Self, Problem> {
        let ServerOptions { bind, names, token } = options;
        let listener = TcpListener::bind(&bind).await.map_err(|error| unbound(&bind, &error))?;
        let address = listener.local_addr().map_err(|error| unbound(&bind, &error))?;
        let guard = Guard::new(address, names, token);
        let app = Arc::new(App::new(host.clone(), metrics, guard));
        let streams = CancellationToken::new();
        let options = mcp::HttpOptions {
            shutdown: streams.clone(),
            idle: host.session_idle(),
            ..mcp::HttpOptions::default()
        };
        let router = router(&app, mcp::http(host, options));
        let stopped = CancellationToken::new();
        let told = stopped.clone();
        let lanes = Lanes::start(move |stream| serve(stream, router.clone(), told.clone()))
            .map_err(|error| {
                Problem::new(
                    Class::Failed(None),
                    "ctx::serve::threads",
                    format!("no threads can be started: {error}"),
                )
            })?;
        Ok(Self { listener, address, app, lanes, stopped, streams })
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a path that signs a browser in, once.
    pub fn sign_in(&self) -> Option<String> {
        self.app.sessions.code().map(|code| format!("/sign-in?code={code}"))
    }

    /// Answers until `stop` is cancelled; then takes no more requests, and
    /// returns when those under way are over. Each has its deadline.
    pub async fn run(self, stop: CancellationToken) {
        let Self { listener, app, lanes, stopped, streams, .. } = self;
        let host = app.host.clone();
        let closing = CancellationToken::new();
        let closed = closing.clone();
        let attending = tokio::spawn(async move {
            // Who listens is not known before somebody has looked.
            if host.catalog().await.is_ok() {
                host.fire(Event::SessionStart, || serde_json::json!({ "transport": "http" }));
            }
            host.attend_events(closed.cancelled_owned()).await;
        });
        loop {
            // Those that are too many wait with the system.
            let accepted = async {
                while lanes.open() >= CONNECTIONS {
                    tokio::time::sleep(BREATH).await;
                }
                listener.accept().await
            };
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accepted => accepted,
            };
            match accepted.and_then(|(stream, _)| stream.into_std()) {
                Ok(stream) => lanes.take(stream),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
        drop(listener);
        app.stopping.store(true, Ordering::Relaxed);
        stopped.cancel();
        streams.cancel();
        lanes.end().await;
        app.host.fire(Event::SessionEnd, || serde_json::json!({ "transport": "http" }));
        closing.cancel();
        if let Err(error) = attending.await {
            tracing::warn!(why = %error, "events cannot be told");
        }
    }
}

/// Counts the requests of a connection that were read whole and are not
/// answered yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnderWay(Arc<AtomicUsize>);

/// A request under way, until it is dropped.
pub(crate) struct Counted(Arc<AtomicUsize>);

impl UnderWay {
    /// Counts a request.
    pub(crate) fn begin(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self.0.clone())
    }

    fn is_any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Serves one connection.
async fn serve(stream: TcpStream, router: Router, stop: CancellationToken) {
    // Answers are written once; waiting for more to send would only add to
    // their time.
    drop(stream.set_nodelay(true));
    let under_way = UnderWay::default();
    let (counted, inner) = (under_way.clone(), TowerToHyperService::new(router));
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(counted.clone());
        inner.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(READ_AHEAD)
        .serve_connection(TokioIo::new(Patient::new(stream)), service);
    let mut connection = pin!(connection);
    tokio::select! {
        served = connection.as_mut() => return noted(served),
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    // Work is waited for, and has its deadline; a client who takes its time to
    // send or to read is not.
    let idle = async {
        let mut was_idle = false;
        while !was_idle || under_way.is_any() {
            was_idle = !under_way.is_any();
            tokio::time::sleep(GRACE).await;
        }
    };
    tokio::select! {
        served = connection => noted(served),
        _ = timeout(LAST_WORDS, idle) => tracing::debug!("a connection was left at the end"),
    }
}

fn noted(served: hyper::Result<()>) {
    if let Err(error) = served {
        tracing::debug!(%error, "a connection broke");
    }
}

fn unbound(bind: &str, error: &io::Error) -> Problem {
    let port = bind.rsplit(':').next().unwrap_or_default();
    match error.kind() {
        io::ErrorKind::AddrInUse => Problem::new(
            Class::Failed(None),
            "ctx::serve::port_in_use",
            format!("port {port} is in use by another program (`{bind}`)"),
        )
        .with_help(format!("stop that program (`ss -ltnp 'sport = :{port}'` shows it)"))
        .with_help("or take another port: `ctx serve --bind 127.0.0.1:0` takes a free one"),
        io::ErrorKind::PermissionDenied => Problem::new(
            Class::Failed(None),
            "ctx::serve::port_denied",
            format!("port {port} is not for ordinary users (`{bind}`)"),
        )
        .with_help("take a port above 1023"),
        io::ErrorKind::InvalidInput => Problem::new(
            Class::Misused,
            "ctx::serve::address",
            format!("`{bind}` is no address with a port"),
        )
        .with_help("write it as 127.0.0.1:7331 or [::1]:7331"),
        _ => Problem::new(
            Class::Failed(None),
            "ctx::serve::unbound",
            format!("`{bind}` cannot be listened on: {error}"),
        )
        .with_help("name an address of this machine, such as 127.0.0.1:7331"),
    }
}
