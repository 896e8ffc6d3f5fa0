//! One HTTP request and its answer, read as it comes. Redirects are followed
//! a few times, never from https to http, and take no password to another
//! host.

use std::io::{self, Read};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use url::Url;

/// How long a connection may take, and a far end may be silent.
const PATIENCE: Duration = Duration::from_mins(1);

const REDIRECTS: usize = 5;

/// What is asked.
pub(crate) enum Method {
    Get,
    Post { body: Vec<u8>, content_type: &'static str },
}

/// An answer that is being read.
pub(crate) struct Answer {
    /// Where it came from in the end.
    pub(crate) url: Url,
    /// What proved who asks, if that may be sent there again.
    pub(crate) authorization: Option<String>,
    body: Incoming,
    rest: Bytes,
    // Last, so that what it drives is dropped before it.
    runtime: Runtime,
}

/// Sends a request and waits for the head of its answer.
pub(crate) fn send(
    mut url: Url,
    method: &Method,
    mut authorization: Option<String>,
) -> io::Result<Answer> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    for _ in 0..=REDIRECTS {
        let answer = runtime.block_on(request(&url, method, authorization.as_deref()))?;
        let status = answer.status();
        if status.is_success() {
            let body = answer.into_body();
            return Ok(Answer { url, authorization, body, rest: Bytes::new(), runtime });
        }
        let (true, Method::Get) = (status.is_redirection(), method) else {
            return Err(io::Error::other(refused(status)));
        };
        let target = answer
            .headers()
            .get(LOCATION)
            .and_then(|location| location.to_str().ok())
            .and_then(|location| url.join(location).ok())
            .ok_or_else(|| io::Error::other("it redirects to nowhere"))?;
        if !matches!((url.scheme(), target.scheme()), (_, "https") | ("http", "http")) {
            return Err(io::Error::other("it redirects from https to something else"));
        }
        if target.origin() != url.origin() {
            authorization = None;
        }
        url = target;
    }
    Err(io::Error::other(format!("it redirects more than {REDIRECTS} times")))
}

fn refused(status: StatusCode) -> String {
    match status.as_u16() {
        401 | 403 | 404 => format!(
            "it answered {}: there is no such repository, or it is private and wants a user and \
             a token in the URL (https://user:token@…)",
            status.as_u16()
        ),
        code => format!("it answered {code}"),
    }
}

async fn request(
    url: &Url,
    method: &Method,
    authorization: Option<&str>,
) -> io::Result<Response<Incoming>> {
    let host = url.host_str().ok_or_else(|| io::Error::other("it names no host"))?;
    let port = url.port_or_known_default().unwrap_or(443);
    // An IPv6 address stands in brackets in a URL, and without them here.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let stream = in_time(TcpStream::connect((bare, port))).await??;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let mut request = Request::builder()
        .uri(path)
        .header(HOST, authority)
        // Some forges tell git from a browser by this.
        .header(USER_AGENT, concat!("git/2.0 (ctx ", env!("CARGO_PKG_VERSION"), ")"));
    if let Some(authorization) = authorization {
        let mut value = HeaderValue::from_str(authorization).map_err(io::Error::other)?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    let request = match method {
        Method::Get => request.method("GET").body(Full::default()),
        Method::Post { body, content_type } => request
            .method("POST")
            .header(CONTENT_TYPE, *content_type)
            .body(Full::new(Bytes::copy_from_slice(body))),
    };
    let request = request.map_err(io::Error::other)?;
    if url.scheme() == "http" {
        return exchange(stream, request).await;
    }
    let name =
        rustls::pki_types::ServerName::try_from(bare.to_owned()).map_err(io::Error::other)?;
    let tls = tokio_rustls::TlsConnector::from(tls_settings());
    exchange(in_time(tls.connect(name, stream)).await??, request).await
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> io::Result<Response<Incoming>>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    // It runs whenever the answer is waited for, and ends with the runtime.
    drop(tokio::spawn(connection));
    in_time(sender.send_request(request)).await?.map_err(io::Error::other)
}

async fn in_time<F: Future>(work: F) -> io::Result<F::Output> {
    timeout(PATIENCE, work).await.map_err(|_| {
        io::Error::new(io::ErrorKind::TimedOut, format!("it is silent for {PATIENCE:?}"))
    })
}

fn tls_settings() -> Arc<rustls::ClientConfig> {
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

impl Read for Answer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            let Some(frame) = self.runtime.block_on(in_time(self.body.frame()))? else {
                return Ok(0);
            };
            if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
                self.rest = data;
            }
        }
        let count = buffer.len().min(self.rest.len());
        buffer[..count].copy_from_slice(&self.rest.split_to(count));
        Ok(count)
    }
}
