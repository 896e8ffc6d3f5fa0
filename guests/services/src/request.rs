//! A request that follows redirects and waits as it is asked to: a short wait
//! is sat out, a long one is passed on, with the time to come back.

use std::thread;
use std::time::Duration;

use ctx_sdk::http::{Request, Response, join};
use ctx_sdk::{Error, Result};

/// The longest that one wait is sat out.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a busy service is asked again.
const TRIES: u32 = 3;

/// Redirects that are followed.
const REDIRECTS: u32 = 5;

/// An answer, and where it came from.
pub struct Asked {
    pub url: String,
    pub answer: Response,
}

/// Sends what `request` makes of an address. Each redirect is a request of its
/// own, which the grant must allow.
///
/// # Errors
///
/// The service cannot be reached, or asks to wait for longer than anybody
/// would: then the error says how long. Other statuses are answers.
pub fn fetch(url: &str, request: impl Fn(&str) -> Request) -> Result<Asked> {
    let (mut url, mut redirects, mut tries) = (url.to_owned(), 0, 0);
    loop {
        let answer = request(&url).send()?;
        match answer.status {
            301 | 302 | 303 | 307 | 308 if answer.header("location").is_some() => {
                redirects += 1;
                if redirects > REDIRECTS {
                    return Err(Error::unavailable(format!(
                        "more than {REDIRECTS} redirects, the last to `{url}`"
                    )));
                }
                url = join(&url, answer.header("location").unwrap_or_default())?;
            }
            429 | 502 | 503 | 504 => {
                let wished = wished(&answer);
                tries += 1;
                let wait = wished.unwrap_or(Duration::from_secs(1 << tries));
                if tries > TRIES || wait > PATIENCE {
                    let status = answer.status;
                    let error = Error::unavailable(format!("`{url}` asks to wait ({status})"));
                    return Err(match wished {
                        Some(wait) => error.retry_after(wait),
                        None => error,
                    });
                }
                thread::sleep(wait);
            }
            _ => return Ok(Asked { url, answer }),
        }
    }
}

/// Says why an answer is none, and which setting to look at.
pub fn refused(asked: &Asked, setting: &str) -> Error {
    let Asked { url, answer } = asked;
    match answer.status {
        401 | 403 => Error::denied(format!(
            "`{url}` wants to know who asks ({}); look at the setting `{setting}`",
            answer.status
        )),
        404 | 410 => Error::not_found(format!(
            "there is nothing at `{url}` ({}); look at the setting `{setting}`",
            answer.status
        )),
        status @ 500.. => Error::unavailable(format!("`{url}` answered {status}")),
        status => Error::internal(format!("`{url}` answered {status}")),
    }
}

/// Returns how long a service asks to wait, in seconds: the date that may stand
/// there instead says nothing to somebody whose clock is another.
fn wished(answer: &Response) -> Option<Duration> {
    answer.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}
