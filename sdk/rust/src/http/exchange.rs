//! One request and its answer, in the calls of `wasi:http`. Nothing here is
//! seen by authors.

use std::time::Duration;

use super::url::{self, Parts};
use super::{Request, Response};
use crate::bindings::lent::wasi::http::outgoing_handler;
use crate::bindings::lent::wasi::http::types::{
    ErrorCode, Headers, IncomingResponse, Method, OutgoingBody, OutgoingRequest, RequestOptions,
    Scheme,
};
use crate::bindings::lent::wasi::io::streams::StreamError;
use crate::{Error, Result};

/// What one write may hold, as `wasi:io` has it.
const WRITE: usize = 4096;

/// What one read asks for.
const READ: u64 = 64 * 1024;

/// Sends a request and reads the answer.
pub(super) fn run(request: Request) -> Result<Response> {
    let Request { method, url, query, mut headers, body, timeout } = request;
    // Small servers read no body of which they are not told the length.
    let is_told = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if !body.is_empty() && !is_told {
        headers.push(("content-length".to_owned(), body.len().to_string()));
    }
    let outgoing = outgoing(&method, &url, &query, headers)?;
    let sink = outgoing.body().map_err(|()| Error::internal("the request has no body to write"))?;
    let options = timeout.map(options).transpose()?;
    let far_end = |code: &ErrorCode| lift(code, &url);

    let answer = outgoing_handler::handle(outgoing, options).map_err(|code| far_end(&code))?;
    // The host reads while we write, so the request is under way before its
    // body is: a body that fits no buffer would block for ever.
    write(sink, &body, &url)?;
    answer.subscribe().block();
    let taken = "the answer was taken twice";
    let incoming = answer
        .get()
        .ok_or_else(|| Error::internal("the host woke us without an answer"))?
        .map_err(|()| Error::internal(taken))?
        .map_err(|code| far_end(&code))?;
    let status = incoming.status();
    let headers = incoming.headers().entries();
    let body = read(&incoming, &url)?;
    Ok(Response { status, headers, body, url })
}

fn outgoing(
    method: &str,
    url: &str,
    query: &str,
    headers: Vec<(String, String)>,
) -> Result<OutgoingRequest> {
    let Parts { scheme, authority, path_with_query } = url::split(url)?;
    let fields: Vec<(String, Vec<u8>)> =
        headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
    let headers = Headers::from_list(&fields).map_err(|error| {
        Error::invalid_input(format!("a header of the request to `{url}` is refused: {error}"))
    })?;
    let outgoing = OutgoingRequest::new(headers);

    let mut path = path_with_query.to_owned();
    if !path.starts_with('/') {
        path.insert(0, '/');
    }
    if !query.is_empty() {
        path.push(if path.contains('?') { '&' } else { '?' });
        path += query;
    }
    let method = match method.to_ascii_uppercase().as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    };
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    outgoing
        .set_method(&method)
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&path)))
        .map_err(|()| Error::invalid_input(format!("`{url}` cannot be requested")))?;
    Ok(outgoing)
}

fn options(timeout: Duration) -> Result<RequestOptions> {
    let nanoseconds = Some(u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX));
    let options = RequestOptions::new();
    options
        .set_connect_timeout(nanoseconds)
        .and_then(|()| options.set_first_byte_timeout(nanoseconds))
        .and_then(|()| options.set_between_bytes_timeout(nanoseconds))
        .map_err(|()| Error::internal("the host takes no timeouts"))?;
    Ok(options)
}

fn write(sink: OutgoingBody, body: &[u8], url: &str) -> Result<()> {
    if !body.is_empty() {
        let stream =
            sink.write().map_err(|()| Error::internal("the request's body was taken twice"))?;
        for piece in body.chunks(WRITE) {
            match stream.blocking_write_and_flush(piece) {
                Ok(()) => {}
                // The far end has heard enough; what it says about it follows.
                Err(StreamError::Closed) => break,
                Err(StreamError::LastOperationFailed(error)) => {
                    return Err(broken(url, &error.to_debug_string()));
                }
            }
        }
    }
    OutgoingBody::finish(sink, None).map_err(|code| lift(&code, url))
}

fn read(incoming: &IncomingResponse, url: &str) -> Result<Vec<u8>> {
    let source =
        incoming.consume().map_err(|()| Error::internal("the answer's body was taken twice"))?;
    let stream =
        source.stream().map_err(|()| Error::internal("the answer's body was taken twice"))?;
    let mut body = Vec::new();
    loop {
        match stream.blocking_read(READ) {
            Ok(piece) => body.extend_from_slice(&piece),
            Err(StreamError::Closed) => return Ok(body),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(broken(url, &error.to_debug_string()));
            }
        }
    }
}

fn broken(url: &str, why: &str) -> Error {
    Error::unavailable(format!("the exchange with `{url}` broke off: {why}"))
}

/// Turns the codes of `wasi:http` into the kinds that the host acts on.
fn lift(code: &ErrorCode, url: &str) -> Error {
    let message = format!("`{url}` cannot be reached: {code}");
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => Error::denied(message),
        ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestUriTooLong
        | ErrorCode::HttpRequestBodySize(_)
        | ErrorCode::HttpRequestHeaderSectionSize(_)
        | ErrorCode::HttpRequestHeaderSize(_) => Error::invalid_input(message),
        ErrorCode::ConfigurationError | ErrorCode::InternalError(_) => Error::internal(message),
        _ => Error::unavailable(message),
    }
}
