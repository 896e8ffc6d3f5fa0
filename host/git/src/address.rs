//! What may be fetched from, and a clear word about what may not.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ctx_model::{CheckoutError, short_address, without_user};
use url::Url;

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// For the library: a URL, or a path.
    pub(crate) url: String,
    /// For people: without a password.
    pub(crate) shown: String,
    /// Whether a history can be cut short there. The library cannot do so for
    /// a repository on the same machine.
    pub(crate) can_be_shallow: bool,
}

impl Address {
    /// Reads where a registry is. `git://` is taken: what a registry says is
    /// proved by signatures, and a machine's own daemon speaks nothing else.
    pub(crate) fn of_registry(text: &str) -> Result<Self, CheckoutError> {
        match Url::parse(text) {
            Ok(url) if url.scheme() == "git" && url.host_str().is_some() => {
                Ok(Self { url: text.to_owned(), shown: without_user(text), can_be_shallow: true })
            }
            _ => Self::parse(text),
        }
    }

    /// Reads what the operator wrote.
    pub(crate) fn parse(text: &str) -> Result<Self, CheckoutError> {
        let unsupported = |why: &str, instead: Option<String>| CheckoutError::Unsupported {
            url: without_user(text),
            why: why.to_owned(),
            instead,
        };
        if let Some(https) = scp_like(text) {
            return Err(unsupported("ssh is not spoken here", Some(https)));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return if text.is_empty() {
                Err(unsupported("it is empty", None))
            } else {
                Ok(Self { url: text.to_owned(), shown: text.to_owned(), can_be_shallow: false })
            };
        };
        match scheme {
            "https" | "http" => {
                Url::parse(text).map_err(|error| unsupported(&error.to_string(), None))?;
                Ok(Self { url: text.to_owned(), shown: without_user(text), can_be_shallow: true })
            }
            "file" => {
                Ok(Self { url: text.to_owned(), shown: without_user(text), can_be_shallow: false })
            }
            "ssh" | "git+ssh" => Err(unsupported("ssh is not spoken here", Some(over_https(rest)))),
            "git" => {
                let why = "git:// neither hides nor proves anything";
                Err(unsupported(why, Some(over_https(rest))))
            }
            _ => Err(unsupported("it is neither https, http nor a path", None)),
        }
    }
}

/// Returns the address over https of what stands behind `://`.
fn over_https(rest: &str) -> String {
    without_user(&format!("https://{rest}"))
}

/// Turns `git@github.com:owner/name.git` into what would work.
fn scp_like(text: &str) -> Option<String> {
    let (_, rest) = short_address(text)?;
    let end = rest.find([':', '/'])?;
    let (host, path) = (&rest[..end], &rest[end + 1..]);
    Some(format!("https://{host}/{path}"))
}

/// Takes user and password out of a URL, as the header that carries them.
pub(crate) fn authorization(url: &mut Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decode = |text: &str| percent_decode(text);
    let pair = format!("{}:{}", decode(url.username()), decode(url.password().unwrap_or_default()));
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(format!("Basic {}", BASE64_STANDARD.encode(pair)))
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: u8| char::from(digit).to_digit(16);
        rest = match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let value = hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0);
                bytes.push(u8::try_from(value).unwrap_or(b'%'));
                after
            }
            _ => {
                bytes.push(*first);
                tail
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn ssh_gets_a_clear_word_and_what_to_write_instead() {
        for text in ["git@github.com:o/n.git", "ssh://git@github.com/o/n.git"] {
            let Err(CheckoutError::Unsupported { why, instead, .. }) = Address::parse(text) else {
                unreachable!("{text} was taken")
            };
            assert_eq!(why, "ssh is not spoken here");
            assert_eq!(instead.as_deref(), Some("https://github.com/o/n.git"));
        }
    }

    #[test]
    fn a_password_is_sent_and_never_shown() {
        let address = Address::parse("https://ann:p%40ss@example.com/o/n").unwrap();
        assert_eq!(address.shown, "https://example.com/o/n");
        let mut url = Url::parse(&address.url).unwrap();
        let header = authorization(&mut url).unwrap();
        assert_eq!(header, format!("Basic {}", BASE64_STANDARD.encode("ann:p@ss")));
        assert_eq!(url.as_str(), "https://example.com/o/n");
    }

    #[test]
    fn what_is_refused_repeats_no_password() {
        for text in [
            "https://bob:pw@[::bad/x",
            "https://bob:pw@sekret host/x",
            "bob:pw@host:path",
            "bob:pw@host/path",
            "git://bob:pw@host/path",
            "ssh://bob:pw@host/path",
            "ftp://bob:pw@host/path",
        ] {
            let refused = format!("{:?}", Address::parse(text).unwrap_err());
            assert!(!refused.contains("pw") && !refused.contains("bob"), "{refused}");
        }
        let Err(CheckoutError::Unsupported { instead, .. }) = Address::parse("git://b:pw@h/path")
        else {
            unreachable!("it was taken")
        };
        assert_eq!(instead.as_deref(), Some("https://h/path"));
    }

    #[test]
    fn paths_and_file_urls_are_taken_and_other_schemes_are_not() {
        assert!(Address::parse("../repo").is_ok() && Address::parse("file:///repo").is_ok());
        for text in ["", "git://h/r", "ftp://h/r", "https://"] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}
