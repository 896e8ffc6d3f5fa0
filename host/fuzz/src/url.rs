//! Addresses: taken apart and joined by the guest, granted out of settings,
//! and shown without who asks and what proves it.

use ctx_core::fuzzed::granted_origin;
use ctx_model::{HostPattern, Origin, short_address, without_user};
use ctx_sandbox::fuzzed::origin;
use http::Uri;

use crate::bytes::Bytes;
use crate::guest::http as guest;

/// What no shown address may hold.
const PASSWORD: &str = "pAsSwOrD";

/// Reads two addresses, a line each.
pub fn run(bytes: &[u8]) {
    let mut lines = Bytes::new(bytes);
    let (first, second) = (lines.line(), lines.line());
    requested(&first);
    joined(&first, &second);
    granted(&first);
    shown(&first, &second);
    let escaped = guest::escape(bytes);
    assert!(escaped.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
    assert_eq!(unescape(&escaped), bytes);
}

/// What the guest takes apart, the host reads as the same place.
fn requested(text: &str) {
    let Some((https, authority, path)) = guest::parse(text) else { return };
    assert!(!authority.is_empty() && !authority.contains('@'), "{text:?}");
    assert!(path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()), "{path:?}");
    assert!(!path.contains('#'), "{path:?}");
    let scheme = if https { "https" } else { "http" };
    let Ok(uri) = format!("{scheme}://{authority}{path}").parse::<Uri>() else { return };
    let Some(origin) = origin(&uri) else { return };
    assert_eq!(origin.scheme, scheme);
    let bare = authority.trim_start_matches('[');
    assert!(bare.starts_with(origin.host.as_str()), "{text:?} is at {origin:?}");
}

/// A redirect stays where it is, or says where it goes.
fn joined(text: &str, location: &str) {
    let Some((address, is_same)) = guest::join(text, location) else { return };
    let Some((https, authority, _)) = guest::parse(text) else { return };
    let Some((to_https, to_authority, path)) = guest::parse(&address) else { return };
    assert_eq!(is_same, (https, &authority) == (to_https, &to_authority));
    // Dots before a fragment with a `?` in it stay, and are the server's to read.
    if location.contains('#') {
        return;
    }
    let leads_away = location.trim().contains(':') || location.trim().starts_with("//");
    if !leads_away {
        assert!(is_same, "{text:?} and {location:?} lead to {address:?}");
        let path = path.split('?').next().unwrap_or_default();
        assert!(!path.split('/').any(|part| part == ".." || part == "."), "{address:?}");
    }
    let with_query = guest::with_query(&address, "a=b");
    let again = guest::parse(&with_query);
    assert_eq!(
        again.map(|(https, authority, _)| (https, authority)),
        Some((to_https, to_authority))
    );
}

/// A setting grants the one origin that its URL names.
fn granted(text: &str) {
    let Some(granted) = granted_origin(text) else { return };
    let url = url::Url::parse(text.trim()).expect("it was one");
    let host = url.host_str().expect("it has one").trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().expect("http has one");
    let pattern = granted.parse::<HostPattern>().expect("a grant can be read");
    let there = Origin { scheme: url.scheme().to_owned(), host, port };
    assert!(pattern.matches(&there), "{text:?} grants {granted}");
    for other in [
        Origin { host: format!("a.{}", there.host), ..there.clone() },
        Origin { host: "example.net".to_owned(), ..there.clone() },
        Origin { port: port ^ 1, ..there.clone() },
    ] {
        assert!(other.host == there.host && other.port == there.port || !pattern.matches(&other));
    }
}

/// No address is shown with a password, whatever is around it.
fn shown(before: &str, after: &str) {
    let shown = without_user(before);
    assert!(shown.len() <= before.len());
    assert_eq!(without_user(&shown), shown, "{before:?} is shown once more");
    if let Some((user, rest)) = short_address(before) {
        assert_eq!(format!("{user}@{rest}"), before);
    }
    let is_user = |c: char| c.is_ascii_alphanumeric() || "-._~%!$&'()*+,;=".contains(c);
    let user: String = before.chars().filter(|c| is_user(*c)).collect();
    let host: String = after.chars().filter(char::is_ascii_alphanumeric).collect();
    if [before, after, &user, &host].iter().any(|text| text.contains(PASSWORD)) {
        return;
    }
    for address in [
        format!("https://{user}:{PASSWORD}@{host}/{after}"),
        format!("https://{PASSWORD}@{host}/{after}"),
        format!("git+ssh://{user}:{PASSWORD}{user}@{host}:22/{after}"),
        format!("{before} https://{user}:{PASSWORD}@{host}"),
    ] {
        let shown = without_user(&address);
        assert!(!shown.contains(PASSWORD), "{address:?} is shown as {shown:?}");
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let (digits, after) = after.split_at(2);
            let digits = std::str::from_utf8(digits).expect("they are digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("they are digits"));
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    bytes
}
