//! How often a server is asked again, and how long it is waited for. A person
//! who searches is waiting too, so a query is tried again once and soon.

use std::thread;
use std::time::Duration;

use ctx_sdk::{Error, ErrorKind, Purpose, Result};

/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(32);
/// The longest wait of somebody who searches.
const SOON: Duration = Duration::from_millis(500);

/// Tries until it works, the tries are used up, or trying again cannot help.
pub(crate) fn with<T>(
    retries: u32,
    purpose: Purpose,
    mut work: impl FnMut() -> Result<T, (Error, Option<Duration>)>,
) -> Result<T> {
    let retries = if matches!(purpose, Purpose::Query) { retries.min(1) } else { retries };
    let mut tries = 0;
    loop {
        match work() {
            Ok(done) => return Ok(done),
            Err((error, wished)) => {
                if tries >= retries || error.kind() != ErrorKind::Unavailable {
                    return Err(error);
                }
                thread::sleep(pause(tries, wished, purpose));
                tries += 1;
            }
        }
    }
}

/// Returns how long to wait after so many tries: twice as long each time, or
/// as the server wishes, within bounds.
fn pause(tries: u32, wished: Option<Duration>, purpose: Purpose) -> Duration {
    let longest = if matches!(purpose, Purpose::Query) { SOON } else { LONGEST };
    wished.unwrap_or_else(|| Duration::from_secs(1 << tries.min(5))).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_bounded() {
        let wait = |tries, wished: Option<u64>| {
            pause(tries, wished.map(Duration::from_secs), Purpose::Document).as_secs()
        };
        assert_eq!([0, 1, 2, 5, 60].map(|tries| wait(tries, None)), [1, 2, 4, 32, 32]);
        assert_eq!([0, 7, 3600].map(|wished| wait(0, Some(wished))), [0, 7, 32]);
        assert_eq!(pause(9, Some(Duration::from_secs(9)), Purpose::Query), SOON);
    }

    #[test]
    fn what_cannot_get_better_is_not_tried_again() {
        let mut tries = 0;
        let result: Result<()> = with(5, Purpose::Document, || {
            tries += 1;
            Err((Error::internal("no"), None))
        });
        assert!(result.is_err());
        assert_eq!(tries, 1);
    }

    #[test]
    fn a_busy_server_is_asked_again() {
        let mut tries = 0;
        let result = with(2, Purpose::Document, || {
            tries += 1;
            if tries < 3 { Err((Error::unavailable("busy"), Some(Duration::ZERO))) } else { Ok(()) }
        });
        assert!(result.is_ok());
        assert_eq!(tries, 3);
    }
}
