//! Handlers that change nothing, side by side: each waits for a place of its
//! extension, and what they say stays in their order.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// One of them.
pub(super) type One<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Waits for all of them. What they come to is in the order that they are in.
pub(super) async fn together<T>(all: Vec<One<'_, T>>) -> Vec<T> {
    let mut under_way: Vec<Result<T, One<'_, T>>> = all.into_iter().map(Err).collect();
    poll_fn(|context| {
        let mut is_over = true;
        for one in &mut under_way {
            let Err(future) = one else { continue };
            match future.as_mut().poll(context) {
                Poll::Ready(came_to) => *one = Ok(came_to),
                Poll::Pending => is_over = false,
            }
        }
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    under_way.into_iter().filter_map(Result::ok).collect()
}
