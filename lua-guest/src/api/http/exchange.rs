//! One exchange over `wasi:http`, redirects included.
//!
//! Each hop is a request of its own, so each passes the host's check.

use std::time::Duration;

use crate::bindings::ErrorKind;
use crate::bindings::wasi::clocks::monotonic_clock;
use crate::bindings::wasi::http::outgoing_handler;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, RequestOptions,
    Scheme,
};
use crate::bindings::wasi::io::poll::{self, Pollable};
use crate::bindings::wasi::io::streams::{InputStream, StreamError};
use crate::failure::Fault;

use super::url::{self, Url};

/// What to send.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    pub(super) timeout: Duration,
    pub(super) redirects: bool,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: u16,
    /// Where it came from, after redirects.
    pub(super) url: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

const REDIRECTS: usize = 10;

/// Bytes of a body that are asked for at once.
const PIECE: u64 = 256 * 1024;

/// Bytes that `blocking-write-and-flush` takes at once.
const WRITE: usize = 4096;

/// Headers that must not follow a redirect to another origin.
const SECRET: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// Sends the request, follows redirects, and reads the whole body.
pub(super) fn run(mut request: Request) -> Result<Reply, Fault> {
    let deadline = Deadline::after(request.timeout);
    for turn in 0..=REDIRECTS {
        let fault = |fault: Fault| match turn {
            0 => fault,
            _ => Fault::of(fault.kind, format!("redirected to {}: {}", request.url, fault.message)),
        };
        let url = url::parse(&request.url).map_err(|why| fault(Fault::new(why)))?;
        let reply = hop(&request, &url, &deadline).map_err(fault)?;
        let location = reply.headers.iter().find(|(name, _)| name == "location");
        match location {
            Some((_, location)) if request.redirects && is_redirect(reply.status) => {
                let location = url.join(&String::from_utf8_lossy(location));
                follow(&mut request, &url, location, reply.status);
            }
            _ => return Ok(reply),
        }
    }
    Err(unavailable(format!("more than {REDIRECTS} redirects, the last to {}", request.url)))
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

fn follow(request: &mut Request, from: &Url, location: String, status: u16) {
    let keeps_method = matches!(status, 307 | 308)
        || matches!(request.method, Method::Get | Method::Head)
        || (status != 303 && !matches!(request.method, Method::Post));
    if !keeps_method {
        request.method = Method::Get;
        request.body.clear();
        request.headers.retain(|(name, _)| !name.starts_with("content-"));
    }
    // What cannot be parsed fails with its own words on the next hop.
    if url::parse(&location).is_ok_and(|to| !to.same_origin(from)) {
        request.headers.retain(|(name, _)| !SECRET.contains(&name.as_str()));
    }
    request.url = location;
}

fn hop(request: &Request, url: &Url, deadline: &Deadline) -> Result<Reply, Fault> {
    let headers = Fields::new();
    for (name, value) in &request.headers {
        headers
            .append(name, value)
            .map_err(|_| Fault::new(format!("the header `{name}` cannot be sent")))?;
    }
    // Without a length an empty body would be sent in chunks, which servers
    // that want a length refuse.
    if !request.body.is_empty() || !matches!(request.method, Method::Get | Method::Head) {
        let length = request.body.len().to_string().into_bytes();
        headers
            .set("content-length", &[length])
            .map_err(|_| Fault::new("the header `content-length` cannot be sent"))?;
    }
    let outgoing = OutgoingRequest::new(headers);
    let scheme = if url.https { Scheme::Https } else { Scheme::Http };
    let refused = || Fault::new("the host takes no such request");
    outgoing.set_method(&request.method).map_err(|()| refused())?;
    outgoing.set_scheme(Some(&scheme)).map_err(|()| refused())?;
    outgoing.set_authority(Some(&url.authority)).map_err(|()| refused())?;
    outgoing.set_path_with_query(Some(&url.path_and_query)).map_err(|()| refused())?;

    let body = outgoing.body().map_err(|()| refused())?;
    let response = outgoing_handler::handle(outgoing, Some(options(deadline))).map_err(told)?;
    send(body, &request.body)?;
    deadline.wait(&response.subscribe())?;
    let response = match response.get() {
        Some(Ok(Ok(response))) => response,
        Some(Ok(Err(code))) => return Err(told(code)),
        Some(Err(())) | None => return Err(unavailable("the host lost the answer".to_owned())),
    };
    let status = response.status();
    let headers = response.headers().entries();
    let body = read(&response, deadline)?;
    Ok(Reply { status, url: request.url.clone(), headers, body })
}

fn options(deadline: &Deadline) -> RequestOptions {
    let options = RequestOptions::new();
    let left = Some(deadline.left());
    // A host that does not do timeouts says so; the deadline is kept anyway.
    let _ = options.set_connect_timeout(left);
    let _ = options.set_first_byte_timeout(left);
    let _ = options.set_between_bytes_timeout(left);
    options
}

fn send(body: OutgoingBody, bytes: &[u8]) -> Result<(), Fault> {
    if !bytes.is_empty() {
        let stream = body.write().map_err(|()| Fault::new("the host takes no body"))?;
        for piece in bytes.chunks(WRITE) {
            match stream.blocking_write_and_flush(piece) {
                Ok(()) => {}
                // The far end may answer before it has read all; the answer says more.
                Err(StreamError::Closed) => break,
                Err(StreamError::LastOperationFailed(why)) => {
                    return Err(unavailable(why.to_debug_string()));
                }
            }
        }
    }
    // A far end that closed early answers all the same.
    drop(OutgoingBody::finish(body, None));
    Ok(())
}

fn read(response: &IncomingResponse, deadline: &Deadline) -> Result<Vec<u8>, Fault> {
    let lost = || unavailable("the host lost the body".to_owned());
    let body = response.consume().map_err(|()| lost())?;
    let stream: InputStream = body.stream().map_err(|()| lost())?;
    let ready = stream.subscribe();
    let mut bytes = Vec::new();
    loop {
        deadline.wait(&ready)?;
        match stream.read(PIECE) {
            Ok(piece) => bytes.extend(piece),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(why)) => {
                return Err(match crate::bindings::wasi::http::types::http_error_code(&why) {
                    Some(code) => told(code),
                    None => unavailable(why.to_debug_string()),
                });
            }
        }
    }
}

/// When an exchange must be over.
struct Deadline {
    at: u64,
    timeout: Duration,
    timer: Pollable,
}

impl Deadline {
    fn after(timeout: Duration) -> Self {
        let length = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        let at = monotonic_clock::now().saturating_add(length);
        Self { at, timeout, timer: monotonic_clock::subscribe_instant(at) }
    }

    fn left(&self) -> u64 {
        self.at.saturating_sub(monotonic_clock::now()).max(1)
    }

    fn wait(&self, ready: &Pollable) -> Result<(), Fault> {
        if ready.ready() || poll::poll(&[ready, &self.timer]).contains(&0) {
            return Ok(());
        }
        Err(unavailable(format!("no answer within {} s", self.timeout.as_secs_f64())))
    }
}

fn unavailable(why: String) -> Fault {
    Fault::of(ErrorKind::Unavailable, why)
}

fn told(code: ErrorCode) -> Fault {
    let why = match code {
        ErrorCode::HttpRequestDenied => {
            return Fault::of(ErrorKind::Denied, "this host is not granted");
        }
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) => "the host name was not found".to_owned(),
        ErrorCode::DestinationIpProhibited => {
            return Fault::of(ErrorKind::Denied, "this address is not granted");
        }
        ErrorCode::ConnectionRefused => "the connection was refused".to_owned(),
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => "no answer in time".to_owned(),
        ErrorCode::ConnectionTerminated => "the connection was cut".to_owned(),
        ErrorCode::HttpResponseBodySize(_) => {
            "the answer is larger than the host allows".to_owned()
        }
        ErrorCode::HttpRequestBodySize(_) => "the body is larger than the host allows".to_owned(),
        ErrorCode::TlsCertificateError => "the far end's certificate is not trusted".to_owned(),
        ErrorCode::InternalError(Some(why)) => why,
        other => format!("{other:?}"),
    };
    unavailable(why)
}
