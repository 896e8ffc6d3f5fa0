//! One small document of an issuer's, fetched: over TLS, or in the clear on
//! this machine; no redirects, and bounds on its size and time.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, USER_AGENT};
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::outbound;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of a document.
const LARGEST: usize = 256 << 10;

/// Fetches a document and reads it as JSON.
pub(super) async fn json(address: &str) -> Result<Value, String> {
    let fetched = timeout(PATIENCE, fetch(address)).await;
    let bytes = fetched
        .unwrap_or_else(|_| Err(format!("it took longer than {PATIENCE:?}")))
        .map_err(|why| format!("`{address}` cannot be fetched: {why}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("`{address}` is no JSON: {error}"))
}

async fn fetch(address: &str) -> Result<Bytes, String> {
    let uri: Uri = address.parse().map_err(|error| format!("it is no address: {error}"))?;
    let host = uri.host().ok_or("it names no host")?;
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let is_tls = match uri.scheme_str() {
        Some("https") => true,
        Some("http") if is_here(&bare) => false,
        _ => return Err("it is neither https nor on this machine".to_owned()),
    };
    let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let stream = TcpStream::connect((bare.as_str(), port)).await.map_err(told)?;
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let request = Request::get(path)
        .header(HOST, uri.authority().map_or(host, http::uri::Authority::as_str))
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, concat!("ctx/", env!("CARGO_PKG_VERSION")))
        .body(Empty::new())
        .map_err(told)?;
    if !is_tls {
        return exchange(stream, request).await;
    }
    let name = rustls::pki_types::ServerName::try_from(bare).map_err(told)?;
    let tls = tokio_rustls::TlsConnector::from(outbound::tls());
    exchange(tls.connect(name, stream).await.map_err(told)?, request).await
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

async fn exchange<S>(stream: S, request: Request<Empty<Bytes>>) -> Result<Bytes, String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(told)?;
    let driven = tokio::spawn(connection);
    let fetched = async {
        let response = sender.send_request(request).await.map_err(told)?;
        if !response.status().is_success() {
            return Err(format!("it answered {}", response.status().as_u16()));
        }
        let body = Limited::new(response.into_body(), LARGEST).collect().await;
        Ok(body.map_err(told)?.to_bytes())
    };
    let fetched = fetched.await;
    driven.abort();
    fetched
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}
