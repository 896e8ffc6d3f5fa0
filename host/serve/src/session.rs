//! Browsers that have shown the token: a cookie each, forgotten when the
//! server stops.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::HeaderMap;
use http::header::COOKIE;
use subtle::ConstantTimeEq as _;

/// Returns the cookie's name. Cookies know no ports, and two servers on one
/// machine must not sign each other out.
pub(crate) fn cookie_name(port: u16) -> String {
    format!("ctx-session-{port}")
}

/// Sessions that are kept. The oldest go first.
const MOST: usize = 64;

/// How long a code is good: it stands in terminals and their logs.
const FRESH: Duration = Duration::from_mins(10);

/// Bytes of randomness in each.
const RANDOM: usize = 24;

/// Who is signed in, and the codes that sign somebody in once.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: Mutex<VecDeque<String>>,
    codes: Mutex<VecDeque<(Instant, String)>>,
}

impl Sessions {
    /// Begins a session and returns its cookie's value.
    pub(crate) fn begin(&self) -> Option<String> {
        let text = ctx_core::random::hex::<RANDOM>().ok()?;
        keep(&self.open, text.clone());
        Some(text)
    }

    /// Makes a code that begins one session.
    pub(crate) fn code(&self) -> Option<String> {
        let text = ctx_core::random::hex::<RANDOM>().ok()?;
        keep(&self.codes, (Instant::now(), text.clone()));
        Some(text)
    }

    /// Uses a code up. Returns whether it was one.
    pub(crate) fn redeem(&self, code: &str) -> bool {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|(made, _)| made.elapsed() < FRESH);
        let at = codes.iter().position(|(_, known)| same(known, code));
        at.is_some_and(|at| codes.remove(at).is_some())
    }

    /// Whether a session is open.
    pub(crate) fn knows(&self, session: Option<&str>) -> bool {
        let Some(session) = session else { return false };
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().any(|known| same(known, session))
    }

    /// Ends a session.
    pub(crate) fn end(&self, session: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|known| !same(known, session));
    }
}

fn keep<T>(place: &Mutex<VecDeque<T>>, one: T) {
    let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
    place.push_back(one);
    while place.len() > MOST {
        place.pop_front();
    }
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Returns the session that a browser says it has.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, cookie: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == cookie).then_some(value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_code_signs_in_once() {
        let sessions = Sessions::default();
        let code = sessions.code().unwrap();
        assert!(sessions.redeem(&code));
        assert!(!sessions.redeem(&code));
        assert!(!sessions.redeem(""));
    }

    #[test]
    fn a_session_lasts_until_it_is_ended_or_too_many_came_after_it() {
        let sessions = Sessions::default();
        let (first, second) = (sessions.begin().unwrap(), sessions.begin().unwrap());
        assert!(sessions.knows(Some(&first)) && sessions.knows(Some(&second)));
        sessions.end(&second);
        assert!(!sessions.knows(Some(&second)));
        for _ in 0..MOST {
            sessions.begin().unwrap();
        }
        assert!(!sessions.knows(Some(&first)));
        assert!(!sessions.knows(None));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=b; ctx-session-1=no; ctx-session-2=xyz; c=d".parse().unwrap());
        assert_eq!(cookie(&headers, &cookie_name(2)), Some("xyz"));
    }
}
