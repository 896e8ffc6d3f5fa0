//! How often each token may ask.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ctx_core::Rate;
use http::StatusCode;

use crate::rejection::Rejection;

/// Tokens whose pace is known. With more, all begin anew.
const MOST: usize = 4096;

/// When each token will have paid for all that it asked: each request costs
/// its part of the time, and nobody may be further ahead than all of it (the
/// generic cell rate algorithm).
#[derive(Default)]
pub(super) struct Pace(Mutex<HashMap<String, Instant>>);

impl Pace {
    /// Counts a request, or says how long to wait.
    pub(super) fn check(&self, rate: Rate, id: &str) -> Result<(), Rejection> {
        let Err(wait) = self.take(rate, id, Instant::now()) else { return Ok(()) };
        let (requests, seconds) = (rate.requests, rate.per.as_secs());
        let mut rejection = Rejection::new(
            StatusCode::TOO_MANY_REQUESTS,
            "ctx::auth::rate",
            format!("this token may ask {requests} times in {seconds} seconds"),
        );
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
        rejection.problem.retry_after_ms = Some(wait);
        Err(rejection.with_help(format!("try again in {wait} ms")))
    }

    fn take(&self, rate: Rate, id: &str, now: Instant) -> Result<(), Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cost = rate.per / rate.requests.get();
        let paid = all.get(id).map_or(now, |paid| (*paid).max(now)) + cost;
        let ahead = paid.duration_since(now);
        if let Some(wait) = ahead.checked_sub(rate.per).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        if all.len() >= MOST && !all.contains_key(id) {
            all.clear();
        }
        all.insert(id.to_owned(), paid);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn each_token_has_its_own_pace() {
        let (pace, now) = (Pace::default(), Instant::now());
        let rate = Rate { requests: 2.try_into().unwrap(), per: Duration::from_mins(1) };
        let take = |id, seconds| pace.take(rate, id, now + Duration::from_secs(seconds));
        assert!(take("a", 0).is_ok() && take("a", 0).is_ok());
        assert_eq!(take("a", 0), Err(Duration::from_secs(30)));
        assert!(take("b", 0).is_ok());
        assert_eq!(take("a", 29), Err(Duration::from_secs(1)));
        assert!(take("a", 30).is_ok() && take("a", 30).is_err());
        // Whoever was silent for long may ask all at once, and no more.
        assert!(take("a", 900).is_ok() && take("a", 900).is_ok() && take("a", 900).is_err());
    }

    #[test]
    fn too_many_tokens_are_not_remembered() {
        let (pace, now) = (Pace::default(), Instant::now());
        let rate = Rate { requests: 1.try_into().unwrap(), per: Duration::from_mins(1) };
        for n in 0..=MOST {
            pace.take(rate, &n.to_string(), now).unwrap();
        }
        assert_eq!(pace.0.lock().unwrap().len(), 1);
        let refused = pace.check(rate, &MOST.to_string()).unwrap_err();
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.problem.retry_after_ms.is_some());
    }
}
