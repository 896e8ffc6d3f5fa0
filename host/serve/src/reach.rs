//! Whether an MCP server answers at an address: one `initialize`, as a client
//! would send it. Owns no session; what it is given is forgotten at once.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

/// How long a server may take for all of it.
const PATIENCE: Duration = Duration::from_secs(15);

/// More than any server has to say of itself.
const LARGEST: usize = 1 << 20;

/// The protocol that every client and server knows.
const VERSION: &str = "2025-11-25";

/// Why a server was not reached.
#[derive(Debug)]
pub enum Unreached {
    /// No connection, or one that broke.
    Silent(io::Error),
    /// It wants to be shown a token, or another one.
    Unauthorized,
    /// It answers something else than a server of MCP does.
    Stranger(StatusCode),
}

/// Returns what a client says first.
pub fn greeting() -> Value {
    json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {
            "protocolVersion": VERSION, "capabilities": {},
            "clientInfo": { "name": "ctx-doctor", "version": env!("CARGO_PKG_VERSION") },
        },
    })
}

/// Says it to the server at an address, and returns the result.
pub async fn http(url: &Url, authorization: Option<&str>) -> Result<Value, Unreached> {
    match timeout(PATIENCE, ask(url, authorization)).await {
        Ok(answered) => answered,
        Err(_) => Err(Unreached::Silent(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("it is silent for {PATIENCE:?}"),
        ))),
    }
}

async fn ask(url: &Url, authorization: Option<&str>) -> Result<Value, Unreached> {
    let answer = send(url, authorization).await.map_err(Unreached::Silent)?;
    let status = answer.status();
    match status {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(Unreached::Unauthorized),
        _ => return Err(Unreached::Stranger(status)),
    }
    let mut body = answer.into_body();
    let mut read = Vec::new();
    loop {
        if let Some(result) = result(&read) {
            return Ok(result);
        }
        let frame = match body.frame().await {
            Some(Ok(frame)) if read.len() < LARGEST => frame,
            Some(Err(error)) => return Err(Unreached::Silent(io::Error::other(error))),
            _ => return Err(Unreached::Stranger(status)),
        };
        read.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
    }
}

/// Finds the result in a body that may not be all there yet: it is JSON, or a
/// stream of events with JSON in them.
fn result(read: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(read).ok()?;
    let events = text.lines().filter_map(|line| line.strip_prefix("data:"));
    let mut all = events.chain([text]).filter_map(|json| serde_json::from_str::<Value>(json).ok());
    all.find_map(|answer| answer.get("result").cloned())
}

async fn send(url: &Url, authorization: Option<&str>) -> io::Result<http::Response<Incoming>> {
    let host = url.host_str().ok_or_else(|| io::Error::other("it names no host"))?;
    let port = url.port_or_known_default().unwrap_or(443);
    // An IPv6 address stands in brackets in a URL, and without them here.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let mut request = Request::post(&url[url::Position::BeforePath..url::Position::AfterQuery])
        .header(HOST, authority)
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "application/json, text/event-stream");
    if let Some(authorization) = authorization {
        let mut value = HeaderValue::from_str(authorization).map_err(io::Error::other)?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    let body = Full::new(Bytes::from(greeting().to_string()));
    let request = request.body(body).map_err(io::Error::other)?;
    let stream = TcpStream::connect((bare, port)).await?;
    if url.scheme() == "http" {
        return exchange(stream, request).await;
    }
    let name =
        rustls::pki_types::ServerName::try_from(bare.to_owned()).map_err(io::Error::other)?;
    let tls = tokio_rustls::TlsConnector::from(tls_settings());
    exchange(tls.connect(name, stream).await?, request).await
}

async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
) -> io::Result<http::Response<Incoming>>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    // It ends when the answer is dropped.
    drop(tokio::spawn(connection));
    sender.send_request(request).await.map_err(io::Error::other)
}

fn tls_settings() -> Arc<rustls::ClientConfig> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let settings = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the default TLS versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(settings)
}
