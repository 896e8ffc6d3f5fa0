//! HTTP with plain calls that wait for their answer, over `wasi:http`. The
//! operator's grant decides what may be reached; the host bounds bodies,
//! redirects and time.

mod exchange;
mod url;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

pub use url::{encode, join};

/// A request that has not been sent.
///
/// ```no_run
/// # fn main() -> ctx_sdk::Result<()> {
/// let answer = ctx_sdk::http::get("https://api.met.no/status").query("q", "Oslo").send()?.check()?;
/// let status: serde_json::Value = answer.json()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    url: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    timeout: Option<Duration>,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Response {
    /// For example 200.
    pub status: u16,
    /// In the order in which they came; a name may come more than once.
    pub headers: Vec<(String, Vec<u8>)>,
    /// As it came.
    pub body: Vec<u8>,
    url: String,
}

/// Starts a `GET`.
pub fn get(url: impl Into<String>) -> Request {
    Request::new("GET", url)
}

/// Starts a `POST`.
pub fn post(url: impl Into<String>) -> Request {
    Request::new("POST", url)
}

impl Request {
    /// Starts a request with any method.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            query: String::new(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: None,
        }
    }

    /// Adds a query parameter, encoded.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query += &encode(name);
        self.query.push('=');
        self.query += &encode(value);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body. Its type goes in a header.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a body of JSON, with its header.
    pub fn json(self, value: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(value)?;
        Ok(self.header("content-type", "application/json").body(body))
    }

    /// Waits at most this long for a connection, for the first byte, and
    /// between bytes. The limits of the call hold anyway.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends the request and reads the answer to its end. A status of 400 or
    /// more is an answer too: see [`Response::check`].
    pub fn send(self) -> Result<Response> {
        exchange::run(self)
    }
}

impl Response {
    /// Whether the status is 200 to 299.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns the first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) =
            self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// Turns a status that is not 200 to 299 into an error of a fitting kind,
    /// with the time to wait if the far end said so.
    pub fn check(self) -> Result<Self> {
        if self.is_ok() {
            return Ok(self);
        }
        let message = format!("`{}` answered {}", self.url, self.status);
        let wait = self.header("retry-after").and_then(|seconds| seconds.trim().parse().ok());
        Err(match self.status {
            404 | 410 => Error::not_found(message),
            408 | 425 | 429 | 500.. => {
                let error = Error::unavailable(message);
                wait.map_or(error.clone(), |seconds| {
                    error.retry_after(Duration::from_secs(seconds))
                })
            }
            _ => Error::internal(message),
        })
    }

    /// Returns the body as text.
    pub fn text(self) -> Result<String> {
        String::from_utf8(self.body)
            .map_err(|_| Error::internal(format!("`{}` answered with no UTF-8", self.url)))
    }

    /// Reads the body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Error::internal(format!("`{}` answered with unexpected JSON: {error}", self.url))
        })
    }
}
