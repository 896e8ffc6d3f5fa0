//! Bodies of requests: read whole, within a size, a time and a budget that all
//! requests share, before anything else happens. So a client that trickles
//! costs a bounded buffer, and no guest waits for it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::rejection::Rejection;

/// Bytes of one body.
pub(crate) const LARGEST: usize = 4 << 20;

/// Bytes of the body of somebody who has nothing to show.
const FEW: usize = 4 << 10;

/// How long a client may take to send one.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes that all bodies under way may hold together.
const BUDGET: usize = 64 << 20;

/// Bytes that are asked of the budget at once.
const SHARE: usize = 64 << 10;

/// What all bodies under way may hold.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Semaphore>);

/// A body that is read whole, and its part of the budget.
pub(crate) struct Collected {
    pub(crate) bytes: Bytes,
    #[expect(dead_code, reason = "given back when the request is over")]
    permit: Option<OwnedSemaphorePermit>,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET / SHARE)))
    }

    /// Reads the body of somebody who has nothing to show: a few fields of a
    /// form, which take nothing from anybody else.
    pub(crate) async fn collect_few(&self, body: Body) -> Result<Collected, Rejection> {
        let read = Limited::new(body, FEW).collect();
        match tokio::time::timeout(PATIENCE, read).await {
            Ok(Ok(body)) => Ok(Collected { bytes: body.to_bytes(), permit: None }),
            Ok(Err(_)) | Err(_) => Err(Rejection::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "ctx::http::body_too_large",
                "without the token, a body is short",
            )),
        }
    }

    /// Reads a body to its end.
    pub(crate) async fn collect(&self, body: Body) -> Result<Collected, Rejection> {
        if http_body::Body::is_end_stream(&body) {
            return Ok(Collected { bytes: Bytes::new(), permit: None });
        }
        let announced = http_body::Body::size_hint(&body).lower();
        if announced > LARGEST as u64 {
            return Err(too_large());
        }
        tokio::time::timeout(PATIENCE, self.read(body)).await.unwrap_or_else(|_| {
            Err(Rejection::new(
                StatusCode::REQUEST_TIMEOUT,
                "ctx::http::slow_body",
                format!("the body did not arrive within {} seconds", PATIENCE.as_secs()),
            ))
        })
    }

    async fn read(&self, mut body: Body) -> Result<Collected, Rejection> {
        let mut bytes = BytesMut::new();
        let mut permit: Option<OwnedSemaphorePermit> = None;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return Err(Rejection::new(
                    StatusCode::BAD_REQUEST,
                    "ctx::http::broken_body",
                    "the body ended before its end",
                ));
            };
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > LARGEST {
                return Err(too_large());
            }
            let held = permit.as_ref().map_or(0, |permit| permit.num_permits() * SHARE);
            let missing = (bytes.len() + data.len()).saturating_sub(held).div_ceil(SHARE);
            if missing > 0 {
                let more = self
                    .0
                    .clone()
                    .try_acquire_many_owned(u32::try_from(missing).unwrap_or(u32::MAX));
                let Ok(more) = more else { return Err(crowded()) };
                match &mut permit {
                    Some(permit) => permit.merge(more),
                    None => permit = Some(more),
                }
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Collected { bytes: bytes.freeze(), permit })
    }
}

fn too_large() -> Rejection {
    Rejection::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "ctx::http::body_too_large",
        format!("the body is larger than {} MiB", LARGEST >> 20),
    )
    .with_help("send less, or let a connector bring the text in")
}

fn crowded() -> Rejection {
    let mut rejection = Rejection::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "ctx::http::crowded",
        "too many bodies are on their way at once",
    );
    rejection.problem.retry_after_ms = Some(1000);
    rejection
}

/// Reads a body as a JSON object. An absent one is an empty object.
pub(crate) fn object(headers: &HeaderMap, body: &Bytes) -> Result<Value, Rejection> {
    let value: Value = parsed(headers, body)?;
    if value.is_object() {
        return Ok(value);
    }
    Err(Rejection::new(StatusCode::BAD_REQUEST, "ctx::http::json", "the body is not a JSON object")
        .with_help("send the arguments as an object, for example {\"city\": \"Oslo\"}"))
}

/// Reads a body as JSON of a known shape. An absent one is an empty object.
pub(crate) fn parsed<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<T, Rejection> {
    let body: &[u8] = if body.is_empty() {
        b"{}"
    } else {
        is_json(headers)?;
        body
    };
    let read = serde_json::from_slice(body).or_else(|error| {
        // `1.0` is a whole number of JSON Schema, and none of serde's.
        let retried = if error.is_data() { retried(body) } else { None };
        retried.ok_or(error)
    });
    read.map_err(|error: serde_json::Error| {
        let (code, message) = if error.is_data() {
            ("ctx::http::shape", format!("the body does not fit: {error}"))
        } else {
            ("ctx::http::json", format!("the body is no JSON: {error}"))
        };
        Rejection::new(StatusCode::BAD_REQUEST, code, message)
            .with_help("see /openapi.json for what is expected here")
    })
}

/// Reads a body once more, with whole numbers where it has a zero behind the
/// point.
fn retried<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let mut value = serde_json::from_slice(body).ok()?;
    make_whole(&mut value);
    serde_json::from_value(value).ok()
}

fn make_whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|value| value.fract() == 0.0);
            // Up to here each whole number is exact.
            let whole = whole.filter(|value| value.abs() < 9_007_199_254_740_992.0);
            if let Some(whole) = whole.filter(|_| number.is_f64()) {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and within range")]
                let whole = whole as i64;
                *number = whole.into();
            }
        }
        Value::Array(all) => all.iter_mut().for_each(make_whole),
        Value::Object(all) => all.values_mut().for_each(make_whole),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn is_json(headers: &HeaderMap) -> Result<(), Rejection> {
    let sent = headers
        .get(http::header::CONTENT_TYPE)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let essence = sent.as_deref().unwrap_or_default().split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    if essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
    {
        return Ok(());
    }
    let message = match sent {
        Some(sent) => format!("the body is `{}`, and JSON is expected", sent.escape_debug()),
        None => "the body has no content type".to_owned(),
    };
    Err(Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "ctx::http::content_type", message)
        .with_help("send the header `Content-Type: application/json`"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Counted {
        count: u32,
    }

    fn read(body: &'static str) -> Option<u32> {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, "application/json".parse().unwrap());
        parsed(&headers, &Bytes::from_static(body.as_bytes())).ok().map(|read: Counted| read.count)
    }

    #[test]
    fn a_whole_number_may_have_a_point() {
        assert_eq!(read(r#"{"count": 3.0, "rest": [1.0, {"deep": 2e0}]}"#), Some(3));
        assert_eq!(read(r#"{"count": 4}"#), Some(4));
        assert_eq!(read(r#"{"count": 3.5}"#), None);
        assert_eq!(read(r#"{"count": -3.0}"#), None);
        assert_eq!(read(r#"{"count": 1e300}"#), None);
    }
}
