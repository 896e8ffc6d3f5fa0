//! The beginning of a stream of events, held back for a moment, so that an
//! answer that is there at once leaves in one piece.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{Response, header};
use http_body::Frame;
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use tokio::time::timeout;

/// How long the first events of a slow answer are held back.
const MOMENT: Duration = Duration::from_millis(10);

/// Bytes that are held back at most, but for one event.
const MOST: usize = 64 << 10;

/// Waits a moment for the end of a stream; what came until then is sent as
/// one, the rest as it comes.
pub(super) async fn gathered(response: Response<BoxBody<Bytes, Infallible>>) -> Response<Body> {
    let (mut parts, mut body) = response.into_parts();
    let mut begun = BytesMut::new();
    let end = timeout(MOMENT, async {
        while begun.len() < MOST {
            let Some(Ok(frame)) = body.frame().await else { return true };
            if let Ok(data) = frame.into_data() {
                begun.extend_from_slice(&data);
            }
        }
        false
    });
    if end.await == Ok(true) {
        parts.headers.insert(header::CONTENT_LENGTH, begun.len().into());
        return Response::from_parts(parts, Body::from(begun.freeze()));
    }
    let begun = Some(begun.freeze()).filter(|begun| !begun.is_empty());
    Response::from_parts(parts, Body::new(Resumed { begun, body }))
}

/// What was held back, and then the rest.
struct Resumed {
    begun: Option<Bytes>,
    body: BoxBody<Bytes, Infallible>,
}

impl http_body::Body for Resumed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.begun.take() {
            Some(begun) => Poll::Ready(Some(Ok(Frame::data(begun)))),
            None => Pin::new(&mut self.body).poll_frame(context),
        }
    }
}
