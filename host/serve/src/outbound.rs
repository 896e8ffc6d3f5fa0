//! One request to somebody whom the operator named, over TLS or in the clear:
//! no redirects, and a bound on the answer. Who asks bounds the time.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Posts JSON, and returns the answer if it is a good one.
pub(crate) async fn post(
    url: &str,
    headers: HeaderMap,
    body: Bytes,
    largest: usize,
) -> Result<Bytes, String> {
    let uri: Uri = url.parse().map_err(|error| format!("`{url}` is no URL: {error}"))?;
    let host = uri.host().ok_or("its URL names no host")?.to_owned();
    let is_plain = match uri.scheme_str() {
        Some("http") => true,
        Some("https") => false,
        _ => return Err("its URL begins with neither http:// nor https://".to_owned()),
    };
    let port = uri.port_u16().unwrap_or(if is_plain { 80 } else { 443 });
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = uri.authority().map_or(host.as_str(), |authority| authority.as_str());
    let mut request = Request::post(path).header(HOST, authority);
    if let Some(all) = request.headers_mut() {
        all.extend(headers);
    }
    let request = request.header(CONTENT_TYPE, "application/json").body(Full::new(body));
    let request = request.map_err(|error| error.to_string())?;
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let stream = TcpStream::connect((bare.as_str(), port))
        .await
        .map_err(|error| format!("`{authority}` cannot be reached: {error}"))?;
    if is_plain {
        return exchange(stream, request, largest).await;
    }
    let name = rustls::pki_types::ServerName::try_from(bare).map_err(|error| error.to_string())?;
    let connector = tokio_rustls::TlsConnector::from(tls());
    let stream = connector.connect(name, stream).await.map_err(|error| error.to_string())?;
    exchange(stream, request, largest).await
}

async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    largest: usize,
) -> Result<Bytes, String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let said = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(said)?;
    let driving = tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(said);
    let read = async {
        let answer = answer?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), largest).collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(format!("it answered {}", status.as_u16())) }
    };
    let read = read.await;
    driving.abort();
    read
}

/// Returns how TLS is spoken: with the roots that this program carries.
pub(crate) fn tls() -> Arc<rustls::ClientConfig> {
    static SETTINGS: OnceLock<Arc<rustls::ClientConfig>> = OnceLock::new();
    SETTINGS
        .get_or_init(|| {
            let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let settings = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .expect("ring supports the default TLS versions")
                .with_root_certificates(roots)
                .with_no_client_auth();
            Arc::new(settings)
        })
        .clone()
}
