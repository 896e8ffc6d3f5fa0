//! The stream of a session, read ahead of its client. One that reads too slowly
//! is closed, for rmcp would hold up all of the session until it does; its
//! client comes back and is told the last messages again.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Events that wait for the client at most.
const EVENTS: usize = 1024;

/// Bytes of events that wait for the client at most.
const BYTES: usize = 512 << 10;

/// Reads a stream until its client has gone, is too late, or the server stops.
pub(super) fn ahead(mut body: BoxBody<Bytes, Infallible>, over: CancellationToken) -> Body {
    let (ahead, events) = mpsc::channel(EVENTS);
    let waiting = Arc::new(AtomicUsize::new(0));
    let read = waiting.clone();
    tokio::spawn(async move {
        loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                () = ahead.closed() => break,
                () = over.cancelled() => break,
            };
            let Some(Ok(frame)) = frame else { break };
            let Ok(data) = frame.into_data() else { continue };
            let size = data.len();
            if waiting.fetch_add(size, Ordering::Relaxed) + size > BYTES
                || ahead.try_send(data).is_err()
            {
                tracing::debug!("the stream of a session is closed: its client reads too slowly");
                break;
            }
        }
    });
    Body::new(Ahead { events, waiting: read })
}

/// What was read ahead.
struct Ahead {
    events: mpsc::Receiver<Bytes>,
    /// Bytes of it.
    waiting: Arc<AtomicUsize>,
}

impl http_body::Body for Ahead {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.events.poll_recv(context).map(|data| {
            data.map(|data| {
                self.waiting.fetch_sub(data.len(), Ordering::Relaxed);
                Ok(Frame::data(data))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    /// Events without end, or none at all, for as long as anybody wants them.
    struct Endless {
        is_silent: bool,
        _wanted: Arc<()>,
    }

    impl Endless {
        fn body(is_silent: bool, wanted: &Arc<()>) -> BoxBody<Bytes, Infallible> {
            BoxBody::new(Self { is_silent, _wanted: wanted.clone() })
        }
    }

    impl http_body::Body for Endless {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.is_silent {
                return Poll::Pending;
            }
            Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b'x'; 1000])))))
        }
    }

    async fn dropped(wanted: &Arc<()>) {
        while Arc::strong_count(wanted) > 1 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_stream_that_nobody_reads_is_closed_and_holds_a_bounded_rest() {
        let wanted = Arc::new(());
        let body = ahead(Endless::body(false, &wanted), CancellationToken::new());
        dropped(&wanted).await;
        let rest = body.collect().await.unwrap().to_bytes();
        assert_eq!(rest.len(), BYTES / 1000 * 1000);
    }

    #[tokio::test]
    async fn a_stream_ends_with_its_client_and_with_the_server() {
        let wanted = Arc::new(());
        drop(ahead(Endless::body(true, &wanted), CancellationToken::new()));
        dropped(&wanted).await;
        let over = CancellationToken::new();
        let body = ahead(Endless::body(true, &wanted), over.clone());
        over.cancel();
        assert!(body.collect().await.unwrap().to_bytes().is_empty());
        dropped(&wanted).await;
    }
}
