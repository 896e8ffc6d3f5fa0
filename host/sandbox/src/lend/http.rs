//! `wasi:http`: requests to granted origins, and only to the address that was
//! checked.
//!
//! Match the grant, resolve once, refuse the machine's own networks unless a
//! grant spells out that very host, connect to the checked address. A redirect
//! is a new request of the guest and goes through all of it again.

mod handler;
mod packed;
mod played;

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use ctx_model::{Denial, Network, Origin, Redaction, embedded_v4, is_metadata};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::budget::{Wire, Wires};
use crate::meter::{HostCalls, Meter};
use crate::state::{Denials, Injection, Loan};

pub(super) use handler::add_to_linker;

/// How long a connection may take, and a far end may be silent, if the guest
/// does not say less. The run's own deadline comes first in any case.
const PATIENCE: Duration = Duration::from_mins(1);

/// Addresses of one name that are tried.
const ADDRESSES: usize = 16;

/// Sends what a guest asks for, as far as its grant allows.
pub(crate) struct Egress {
    loan: Arc<Loan>,
    denials: Denials,
    redaction: Redaction,
    body: u64,
    calls: HostCalls,
    /// Of this run.
    in_flight: Arc<Semaphore>,
    /// Of all runs; absent before this one has a place among them.
    wires: Option<Wires>,
    /// Why the request that is being made will not be sent.
    refused: Option<Error>,
    /// Requests whose bodies are being written, in a world that is played.
    open: played::Open,
}

impl Egress {
    pub(crate) fn new(
        loan: &Arc<Loan>,
        denials: &Denials,
        redaction: &Redaction,
        meter: &Meter,
    ) -> Self {
        let limits = meter.limits();
        Self {
            loan: loan.clone(),
            denials: denials.clone(),
            redaction: redaction.clone(),
            body: limits.http_body,
            calls: meter.host_calls(),
            in_flight: Arc::new(Semaphore::new(limits.http_concurrency as usize)),
            wires: None,
            refused: None,
            open: played::Open::default(),
        }
    }

    /// Counts its connections among those of all runs.
    pub(crate) fn count_among(&mut self, wires: Wires) {
        self.wires = Some(wires);
    }

    /// Reads the origin of a request and checks it against the grant.
    fn check(&self, uri: &Uri) -> Result<Origin, Error> {
        if !self.calls.count() {
            return Err(Error::ConnectionLimitReached);
        }
        let origin = origin(uri)?;
        let http = &self.loan.grant.http;
        if !http.allows(&origin) {
            let requested = http.is_requested(&origin);
            self.denials.record(Denial::Http { origin, requested });
            return Err(Error::HttpRequestDenied);
        }
        Ok(origin)
    }
}

pub(crate) fn origin(uri: &Uri) -> Result<Origin, Error> {
    let authority = uri.authority().ok_or(Error::HttpRequestUriInvalid)?;
    // `user@host` is a way to make a host look like another.
    if authority.as_str().contains('@') {
        return Err(Error::HttpRequestUriInvalid);
    }
    let scheme = uri.scheme_str().unwrap_or("https").to_owned();
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    // An authority may hold more than a host can be called.
    if host.parse::<IpAddr>().is_err() && (host.is_empty() || !host.bytes().all(plain)) {
        return Err(Error::HttpRequestUriInvalid);
    }
    let port = match authority.port() {
        Some(port) => port.as_u16(),
        None => Origin::default_port(&scheme),
    };
    Ok(Origin { scheme, host, port })
}

/// A request's place among those of its run, and of all runs.
type Held = (OwnedSemaphorePermit, Option<Wire>);

type Sent = Result<(Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

impl WasiHttpHooks for Egress {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let origin = match self.check(request.uri()) {
            Ok(origin) => origin,
            Err(error) => {
                self.refused = Some(error);
                return Box::new(async { Err(Error::HttpRequestDenied) });
            }
        };
        let (loan, denials) = (self.loan.clone(), self.denials.clone());
        let (in_flight, body) = (self.in_flight.clone(), self.body);
        let (redaction, wires) = (self.redaction.clone(), self.wires.clone());
        // Whoever asks first is served first: a guest that waits for its first
        // answer must not wait behind its last.
        let mut waiting = Box::pin(in_flight.acquire_owned());
        let first = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        Box::new(async move {
            let place = match first {
                Poll::Ready(place) => place,
                Poll::Pending => waiting.await,
            };
            let place = place.map_err(|_| Error::ConnectionLimitReached)?;
            let wire = match wires {
                Some(wires) => Some(wires.take().ok_or(Error::ConnectionLimitReached)?),
                None => None,
            };
            let network = &loan.ports.network;
            if let Some(play) = network.exchanges().filter(|play| !play.uses_network()) {
                let mut request = request;
                inject(request.headers_mut(), &loan, &denials, &redaction, &origin).await?;
                return played::play(play, request, body).await;
            }
            let (addresses, wire) = resolve(&origin, network.clone(), wire).await?;
            let is_named = loan.grant.http.names(&origin);
            let open: Vec<SocketAddr> =
                addresses.iter().copied().filter(|one| may_reach(one.ip(), is_named)).collect();
            let Some(first) = addresses.first() else { return Err(Error::DestinationNotFound) };
            if open.is_empty() {
                denials.record(Denial::PrivateAddress { origin, address: first.ip() });
                return Err(Error::DestinationIpProhibited);
            }
            let mut request = request;
            inject(request.headers_mut(), &loan, &denials, &redaction, &origin).await?;
            let open: Vec<SocketAddr> = open.into_iter().map(|to| network.route(to)).collect();
            let Some(listener) = network.exchanges() else {
                return send(request, options, &origin, &open, body, (place, wire)).await;
            };
            let (request, asked) = played::whole(request, body).await?;
            let sent = send(request, options, &origin, &open, body, (place, wire)).await;
            played::heard(listener, &asked, sent).await
        })
    }
}

/// Adds the headers that the manifest asks for, with secrets in them that the
/// guest never sees. What the guest put there itself is replaced.
async fn inject(
    headers: &mut HeaderMap,
    loan: &Arc<Loan>,
    denials: &Denials,
    redaction: &Redaction,
    origin: &Origin,
) -> Result<(), Error> {
    // In the clear only if the rule says so: the guest chooses the scheme.
    let is_meant = |rule: &&Injection| {
        rule.host.matches(origin) && (origin.scheme == "https" || rule.host.is_plain())
    };
    for rule in loan.inject.iter().filter(is_meant) {
        let mut value = rule.value.clone();
        for name in rule.names() {
            if !loan.grant.secrets.contains(name) {
                denials.record(Denial::Secret(name.to_owned()));
                return Err(Error::HttpRequestDenied);
            }
            let (secrets, wanted) = (loan.ports.secrets.clone(), name.to_owned());
            let secret = tokio::task::spawn_blocking(move || secrets.get(&wanted)).await;
            let secret = secret.ok().and_then(Result::ok).ok_or(Error::HttpRequestDenied)?;
            // A server may send back what it was sent.
            redaction.learn(&secret);
            value = value.replace(&format!("{{{name}}}"), &secret);
        }
        let name = HeaderName::try_from(rule.header.as_str());
        let name =
            name.map_err(|_| Error::HttpRequestHeaderSize { field_name: None, field_size: None })?;
        let value = HeaderValue::try_from(value);
        let mut value = value
            .map_err(|_| Error::HttpRequestHeaderSize { field_name: None, field_size: None })?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(())
}

/// Asks once where a name leads. The wire is held by the question itself: it
/// cannot be taken back, and a guest that goes on asking must not fill the
/// threads that wait for answers.
async fn resolve(
    origin: &Origin,
    network: Arc<dyn Network>,
    wire: Option<Wire>,
) -> Result<(Vec<SocketAddr>, Option<Wire>), Error> {
    if let Ok(address) = origin.host.parse::<IpAddr>() {
        return Ok((vec![SocketAddr::new(address, origin.port)], wire));
    }
    let unknown = || Error::DnsError { rcode: None, info_code: None };
    let (host, port) = (origin.host.clone(), origin.port);
    let ask = move || {
        let found = network.resolve(&host)?.into_iter().take(ADDRESSES);
        Ok::<_, io::Error>((found.map(|one| SocketAddr::new(one, port)).collect(), wire))
    };
    tokio::task::spawn_blocking(ask).await.map_err(|_| unknown())?.map_err(|_| unknown())
}

/// Whether an address may be connected to. A grant that names it opens the
/// machine's own networks, and nothing opens what hands out a cloud's keys.
fn may_reach(address: IpAddr, is_named: bool) -> bool {
    is_public(address) || is_named && !is_metadata(address)
}

/// Whether an address is out in the world, and not on this machine, its own
/// networks or a cloud's metadata service.
pub(crate) fn is_public(address: IpAddr) -> bool {
    !is_metadata(address) && is_out_there(address)
}

fn is_out_there(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => {
            if let Some(embedded) = embedded_v4(address) {
                return is_public_v4(embedded);
            }
            // Only 2000::/3 is handed out; 6to4 and Teredo tunnels can lead to
            // any IPv4 address, and 2001::/23 holds more of that kind.
            let [first, second, ..] = address.segments();
            (0x2000..0x4000).contains(&first)
                && first != 0x2002
                && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
                && !(first == 0x3fff && second < 0x1000)
        }
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    !(v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_unspecified()
        || v4.is_broadcast()
        || v4.is_documentation()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        // Relays of 6to4, which lead wherever the packet says.
        || (a == 192 && b == 88 && c == 99))
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

async fn connect(origin: &Origin, addresses: &[SocketAddr]) -> Result<Box<dyn Stream>, Error> {
    let mut last = Error::DestinationUnavailable;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(tcp) => {
                // Small requests must not wait for an acknowledgement.
                tcp.set_nodelay(true).map_err(Error::Connect)?;
                if origin.scheme != "https" {
                    return Ok(Box::new(tcp));
                }
                let name = rustls::pki_types::ServerName::try_from(origin.host.clone())
                    .map_err(|_| Error::HttpRequestUriInvalid)?;
                let tls = tokio_rustls::TlsConnector::from(tls_settings());
                return Ok(Box::new(tls.connect(name, tcp).await.map_err(Error::Tls)?));
            }
            Err(error) => last = Error::Connect(error),
        }
    }
    Err(last)
}

/// Parsing the roots takes milliseconds, so it is done once.
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

async fn send(
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
    origin: &Origin,
    addresses: &[SocketAddr],
    limit: u64,
    place: Held,
) -> Sent {
    let options = options.unwrap_or_default();
    let connecting = options.connect_timeout.unwrap_or(PATIENCE);
    let first_byte = options.first_byte_timeout.unwrap_or(PATIENCE);
    let stream = tokio::time::timeout(connecting, connect(origin, addresses))
        .await
        .map_err(|_| Error::ConnectionTimeout)??;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_headers(128)
        .max_buf_size(256 * 1024)
        .handshake(TokioIo::new(stream))
        .await?;

    let (mut head, body) = request.into_parts();
    // The connection is to the origin itself and not to a proxy.
    let path = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    head.uri = path.parse().map_err(|_| Error::HttpRequestUriInvalid)?;
    let unpacks = packed::ask(&mut head.headers);
    let body = Capped { body, left: limit, over: || Error::HttpRequestBodySize(None), place: None };
    let request = Request::from_parts(head, body.boxed_unsync());

    let mut connection = Box::pin(connection);
    let answer = {
        let sending = tokio::time::timeout(first_byte, sender.send_request(request));
        tokio::pin!(sending);
        let mut open = true;
        loop {
            tokio::select! {
                answer = &mut sending => break answer.map_err(|_| Error::ConnectionReadTimeout)??,
                ended = &mut connection, if open => {
                    open = false;
                    ended?;
                }
            }
        }
    };
    let capped = |body, place| {
        Capped { body, left: limit, over: || Error::HttpResponseBodySize(None), place }
            .boxed_unsync()
    };
    let answer = answer.map(|body| body.map_err(Error::from).boxed_unsync());
    // What comes is held to the limit, and what comes out of it.
    let answer =
        if unpacks { packed::unpack(answer.map(|body| capped(body, None))) } else { answer };
    let answer = answer.map(|body| capped(body, Some(place)));
    let drive = async move { connection.await.map_err(Error::from) };
    Ok((answer, Box::new(drive)))
}

/// A body that fails once it is larger than it may be. An answer's keeps its
/// place among the requests in flight until it has been read.
struct Capped {
    body: WasiBody,
    left: u64,
    over: fn() -> Error,
    #[expect(dead_code, reason = "held until the body is dropped")]
    place: Option<Held>,
}

impl Body for Capped {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            match self.left.checked_sub(data.len() as u64) {
                Some(left) => self.left = left,
                None => return Poll::Ready(Some(Err((self.over)()))),
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
