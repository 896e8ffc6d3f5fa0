//! As much of URLs as a request needs: taking one apart, resolving a link in
//! an answer, and encoding a query.

use crate::{Error, Result};

/// The parts of a URL that a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a str,
    pub(super) authority: &'a str,
    /// From the first slash, without a fragment; may be empty.
    pub(super) path_with_query: &'a str,
}

/// Takes a URL apart.
pub(super) fn split(url: &str) -> Result<Parts<'_>> {
    let invalid = |why: &str| Error::invalid_input(format!("`{url}` is no URL: {why}"));
    let (scheme, rest) = url
        .split_once("://")
        .ok_or_else(|| invalid("it must begin with `https://` or `http://`"))?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, path_with_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.is_empty() {
        return Err(invalid("it names no host"));
    }
    if authority.contains('@') {
        return Err(invalid("a user name does not belong in it"));
    }
    Ok(Parts { scheme, authority, path_with_query })
}

/// Resolves a link that stood in the answer from `from`: an absolute URL, a
/// path from the root, or a query.
///
/// ```
/// use ctx_sdk::http::join;
///
/// assert_eq!(join("https://a.example/feed?page=1", "?page=2").ok().as_deref(), Some("https://a.example/feed?page=2"));
/// assert_eq!(join("https://a.example/feed", "/next").ok().as_deref(), Some("https://a.example/next"));
/// ```
pub fn join(from: &str, link: &str) -> Result<String> {
    if link.contains("://") {
        return Ok(link.to_owned());
    }
    let Parts { scheme, authority, path_with_query } = split(from)?;
    let path = path_with_query.split('?').next().unwrap_or_default();
    if link.starts_with("//") {
        Ok(format!("{scheme}:{link}"))
    } else if link.starts_with('/') {
        Ok(format!("{scheme}://{authority}{link}"))
    } else if link.starts_with('?') {
        Ok(format!("{scheme}://{authority}{path}{link}"))
    } else {
        let folder = path.rfind('/').map_or("/", |end| &path[..=end]);
        Ok(format!("{scheme}://{authority}{folder}{link}"))
    }
}

/// Encodes text for a query: everything but letters, digits and `-._~`.
pub fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let parts = split("http://127.0.0.1:8080/a/b?c=d#e").unwrap();
        assert_eq!(
            parts,
            Parts { scheme: "http", authority: "127.0.0.1:8080", path_with_query: "/a/b?c=d" }
        );
        assert_eq!(split("https://a.example?q").unwrap().path_with_query, "?q");
    }

    #[test]
    fn what_is_no_url_is_the_callers_fault() {
        for url in ["", "a.example/x", "https:///x", "https://user@a.example/"] {
            assert_eq!(split(url).unwrap_err().kind(), crate::ErrorKind::InvalidInput, "{url}");
        }
    }

    #[test]
    fn links_resolve_against_the_page_they_stood_on() {
        let from = "http://h:1/feeds/all.json?page=1";
        for (link, url) in [
            ("http://other/x", "http://other/x"),
            ("//other/x", "http://other/x"),
            ("/x", "http://h:1/x"),
            ("?page=2", "http://h:1/feeds/all.json?page=2"),
            ("next.json", "http://h:1/feeds/next.json"),
        ] {
            assert_eq!(join(from, link).unwrap(), url);
        }
    }

    #[test]
    fn queries_are_encoded_byte_by_byte() {
        assert_eq!(encode("a b&ö~"), "a%20b%26%C3%B6~");
    }
}
