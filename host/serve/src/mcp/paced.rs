//! A client between pipes that does not read is not read either: what it asks
//! meanwhile would be answered into memory without end.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rmcp::RoleServer;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::Notify;

/// Messages that may wait for the client to read them before it is heard
/// again.
const MOST: usize = 256;

/// A transport that hears nothing while too much waits to be said.
pub(super) struct Paced<T> {
    inner: T,
    unread: Arc<Unread>,
}

#[derive(Default)]
struct Unread {
    count: AtomicUsize,
    fewer: Notify,
}

/// A message on its way, until it is said or given up.
struct Waiting(Arc<Unread>);

impl<T> Paced<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, unread: Arc::default() }
    }
}

impl Unread {
    /// Waits until little enough waits.
    async fn few(&self) {
        loop {
            let mut fewer = pin!(self.fewer.notified());
            // Nothing is missed between the look and the wait.
            fewer.as_mut().enable();
            if self.count.load(Ordering::Acquire) < MOST {
                return;
            }
            fewer.await;
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Release);
        self.0.fewer.notify_one();
    }
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Paced<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.unread.count.fetch_add(1, Ordering::Release);
        let waiting = Waiting(self.unread.clone());
        let sending = self.inner.send(item);
        async move {
            let sent = sending.await;
            drop(waiting);
            sent
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        self.unread.few().await;
        self.inner.receive().await
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::task::{Context, Waker};

    use rmcp::ErrorData;
    use rmcp::transport::async_rw::AsyncRwTransport;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn a_client_that_does_not_read_is_not_read_until_it_does() {
        let (mut input, theirs) = tokio::io::duplex(1 << 10);
        let (ours, mut output) = tokio::io::duplex(1 << 10);
        let mut paced = Paced::new(AsyncRwTransport::new_server(theirs, ours));
        let message = || {
            TxJsonRpcMessage::<RoleServer>::error(
                ErrorData::internal_error("x".repeat(1 << 10), None),
                None,
            )
        };
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..MOST {
            sending.spawn(paced.send(message()));
        }
        let ping = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
        input.write_all(ping).await.unwrap();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        {
            let mut receiving = pin!(paced.receive());
            let mut context = Context::from_waker(Waker::noop());
            assert!(receiving.as_mut().poll(&mut context).is_pending());
        }
        let reading = tokio::spawn(async move {
            let mut all = Vec::new();
            output.read_to_end(&mut all).await.unwrap();
            all.split(|byte| *byte == b'\n').count() - 1
        });
        assert!(paced.receive().await.is_some());
        while sending.join_next().await.is_some() {}
        paced.close().await.unwrap();
        drop(paced);
        assert_eq!(reading.await.unwrap(), MOST);
    }
}
