//! Exchanges that are played, or listened to: a request and an answer whole,
//! where otherwise both are streams.
//!
//! A play answers when the guest has written its request, and not when a task
//! gets its turn: the same run would cost now more fuel and now less.

use std::collections::HashMap;

use bytes::Bytes;
use ctx_model::{Answered, Exchanges, HttpAnswer, HttpRequest};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use wasmtime_wasi_http::{Error, WasiBody};

use super::Sent;

/// Requests of a played world that are under way, by their handles.
#[derive(Default)]
pub(super) struct Open {
    /// The body of a request that was not sent yet.
    bodies: HashMap<u32, u32>,
    /// The answer that comes when a body is whole.
    answers: HashMap<u32, u32>,
}

impl Open {
    /// A request's body was taken, to be written.
    pub(super) fn body(&mut self, request: u32, body: u32) {
        self.bodies.insert(request, body);
    }

    /// A request was sent. Returns whether it has no body that is being
    /// written.
    pub(super) fn sent(&mut self, request: u32, answer: u32) -> bool {
        match self.bodies.remove(&request) {
            Some(body) => {
                self.answers.insert(body, answer);
                false
            }
            None => true,
        }
    }

    /// A body was finished. Returns the answer that this brings, if its request
    /// was sent.
    pub(super) fn finished(&mut self, body: u32) -> Option<u32> {
        self.bodies.retain(|_, known| *known != body);
        self.answers.remove(&body)
    }
}

/// Answers a request as the play does.
pub(super) async fn play(play: &dyn Exchanges, request: Request<WasiBody>, limit: u64) -> Sent {
    let (_, asked) = whole(request, limit).await?;
    match play.answer(&asked) {
        Answered::Here(answer) if answer.body.len() as u64 > limit => {
            Err(Error::HttpResponseBodySize(None))
        }
        Answered::Here(answer) => response(answer),
        Answered::Nowhere | Answered::Network => Err(Error::DestinationUnavailable),
    }
}

/// Reads a request to its end. Returns it once more, and as it is told.
pub(super) async fn whole(
    request: Request<WasiBody>,
    limit: u64,
) -> Result<(Request<WasiBody>, HttpRequest), Error> {
    let (head, body) = request.into_parts();
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let read = Limited::new(body, most).collect().await;
    let body = read.map_err(|_| Error::HttpRequestBodySize(None))?.to_bytes();
    let asked = HttpRequest {
        method: head.method.to_string(),
        url: head.uri.to_string(),
        headers: told(&head.headers),
        body: body.to_vec(),
    };
    Ok((Request::from_parts(head, bytes(body)), asked))
}

/// Reads an answer of the network to its end, tells it, and passes it on.
pub(super) async fn heard(listener: &dyn Exchanges, asked: &HttpRequest, sent: Sent) -> Sent {
    let failed = |error: Error| {
        listener.heard(asked, Err(&error.to_string()));
        Err(error)
    };
    let (answer, drive) = match sent {
        Ok(sent) => sent,
        Err(error) => return failed(error),
    };
    let (head, body) = answer.into_parts();
    let drive = Box::into_pin(drive);
    // The connection has to be driven while its body is read.
    let read = async { body.collect().await };
    let read = async {
        tokio::pin!(read, drive);
        tokio::select! {
            biased;
            read = &mut read => read,
            ended = &mut drive => match ended {
                Err(error) => Err(error),
                // All of it has come; what is left is to take it.
                Ok(()) => read.await,
            },
        }
    };
    let body = match read.await {
        Ok(body) => body.to_bytes(),
        Err(error) => return failed(error),
    };
    let answer = HttpAnswer {
        status: head.status.as_u16(),
        headers: told(&head.headers),
        body: body.to_vec(),
    };
    listener.heard(asked, Ok(&answer));
    Ok((Response::from_parts(head, bytes(body)), Box::new(async { Ok(()) })))
}

fn response(answer: HttpAnswer) -> Sent {
    let HttpAnswer { status, headers, body } = answer;
    let refused = |_| Error::HttpProtocolError;
    let mut response = Response::new(bytes(body.into()));
    *response.status_mut() =
        http::StatusCode::from_u16(status).map_err(|_| Error::HttpProtocolError)?;
    for (name, value) in headers {
        let name = HeaderName::try_from(name).map_err(|_| Error::HttpProtocolError)?;
        response.headers_mut().append(name, HeaderValue::try_from(value).map_err(refused)?);
    }
    Ok((response, Box::new(async { Ok(()) })))
}

fn bytes(bytes: Bytes) -> WasiBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

fn told(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.to_string(), std::str::from_utf8(value.as_bytes()).ok()?.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}
