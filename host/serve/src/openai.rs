//! A model behind `OpenAI`'s chat completions, as many servers speak them. One
//! request for each draft, within its time.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use ctx_core::ChatModel;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Bytes of an answer.
const LARGEST: usize = 4 << 20;

/// A server that speaks chat completions.
pub(crate) struct OpenAi {
    pub(crate) url: String,
    pub(crate) model: String,
    pub(crate) secret: Option<String>,
    pub(crate) timeout: Duration,
}

#[async_trait]
impl ChatModel for OpenAi {
    async fn draft(&self, messages: &[Value]) -> Result<String, String> {
        let asked = tokio::time::timeout(self.timeout, self.ask(messages)).await;
        asked.map_err(|_| format!("it is silent for {} s", self.timeout.as_secs()))?
    }
}

impl OpenAi {
    async fn ask(&self, messages: &[Value]) -> Result<String, String> {
        let url = format!("{}/chat/completions", self.url.trim_end_matches('/'));
        let uri: Uri = url.parse().map_err(|error| format!("`{url}` is no URL: {error}"))?;
        let host = uri.host().ok_or("its URL names no host")?.to_owned();
        let is_plain = uri.scheme_str() == Some("http");
        let port = uri.port_u16().unwrap_or(if is_plain { 80 } else { 443 });
        let body = json!({ "model": self.model, "messages": messages }).to_string();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = uri.authority().map_or(host.as_str(), |authority| authority.as_str());
        let mut request =
            Request::post(path).header(HOST, authority).header(CONTENT_TYPE, "application/json");
        if let Some(secret) = &self.secret {
            let mut value = HeaderValue::from_str(&format!("Bearer {secret}"))
                .map_err(|_| "its secret is none that fits into a header".to_owned())?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|e| e.to_string())?;
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let stream = TcpStream::connect((bare.as_str(), port))
            .await
            .map_err(|error| format!("`{authority}` cannot be reached: {error}"))?;
        let answer = if is_plain {
            exchange(stream, request).await?
        } else {
            let name = rustls::pki_types::ServerName::try_from(bare).map_err(|e| e.to_string())?;
            let connector = tokio_rustls::TlsConnector::from(tls());
            let stream = connector.connect(name, stream).await.map_err(|e| e.to_string())?;
            exchange(stream, request).await?
        };
        let content = &answer["choices"][0]["message"]["content"];
        content.as_str().map(str::to_owned).ok_or_else(|| "its answer has no text".to_owned())
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Value, String>
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
        let body = Limited::new(answer.into_body(), LARGEST).collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        if !status.is_success() {
            return Err(format!("it answered {}", status.as_u16()));
        }
        serde_json::from_slice(&body).map_err(|error| format!("its answer is no JSON: {error}"))
    };
    let read = read.await;
    driving.abort();
    read
}

fn tls() -> Arc<rustls::ClientConfig> {
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
