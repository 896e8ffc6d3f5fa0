//! Addresses as people may see them: without who asks, and without what proves
//! it. Read as text, since what does not parse holds passwords too.

/// Returns a text with the user and the password of each URL in it left out,
/// and those of an address in the way of `user:password@host:path`.
pub fn without_user(text: &str) -> String {
    if !text.contains("://") {
        // A password may look like an address of its own.
        let mut shown = text;
        while let Some((user, rest)) = short_address(shown)
            && user.contains(':')
        {
            shown = rest;
        }
        return shown.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((scheme, after)) = rest.split_once("://") {
        shown.push_str(scheme);
        shown.push_str("://");
        rest = &after[user(after)..];
    }
    shown.push_str(rest);
    shown
}

/// Splits `user@host:path` and `user:password@host/path` into the user, with
/// the password, and the rest. A path of this machine is neither.
pub fn short_address(text: &str) -> Option<(&str, &str)> {
    if text.contains("://") {
        return None;
    }
    let head = &text[..text.find('/').unwrap_or(text.len())];
    // A password may hold an `@`, and so may a path.
    let is_address = |at: &usize| head[at + 1..].contains(':') || head[..*at].contains(':');
    let at = head.rmatch_indices('@').map(|(at, _)| at);
    let at = at
        .clone()
        .find(|at| head[at + 1..].contains(':'))
        .or_else(|| at.clone().find(is_address))?;
    Some((&text[..at], &text[at + 1..]))
}

/// Returns how many bytes behind `://` tell of the user, the `@` included.
fn user(after: &str) -> usize {
    // Another URL may follow in the same text.
    let after = &after[..after.find("://").unwrap_or(after.len())];
    let authority = &after[..after.find(['/', '?', '#']).unwrap_or(after.len())];
    let (begin, host) = match authority.rfind('@') {
        Some(at) => (at + 1, &authority[at + 1..]),
        None => (0, authority),
    };
    // What should be a port and is none may be a password with a slash in it.
    let is_port = |port: &str| {
        port.is_empty() || port.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit())
    };
    match host.rsplit_once(':') {
        Some((_, port)) if !is_port(port) => after.rfind('@').map_or(begin, |at| at + 1),
        _ => begin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown_whether_its_address_parses_or_not() {
        for (text, shown) in [
            ("https://bob:pw@host/x", "https://host/x"),
            ("https://bob:p@w@host/x@1", "https://host/x@1"),
            ("https://bob:pw@[::bad/x", "https://[::bad/x"),
            ("https://user:tok@sekret host/x", "https://sekret host/x"),
            ("https://bob:p/w@host/x", "https://host/x"),
            ("https://bob:p@w:x/y@host/z", "https://host/z"),
            ("git://bob:pw@host/path", "git://host/path"),
            ("bob:pw@host:path", "host:path"),
            ("bob:p@w@host:path", "host:path"),
            ("bob:pw@host/path", "host/path"),
            ("bob:p@w:x@host/path", "host/path"),
            ("see https://a:b@c/d and s3://e:f@g", "see https://c/d and s3://g"),
            ("https://[::1]:80/a@b", "https://[::1]:80/a@b"),
            ("https://host?to=a@b", "https://host?to=a@b"),
            ("https://host:80/a@b", "https://host:80/a@b"),
            ("git@host:a@1/b", "git@host:a@1/b"),
            ("/home/a:b@c/d", "/home/a:b@c/d"),
            ("notes@home", "notes@home"),
            ("\u{e9}@\u{e9}:\u{e9}", "\u{e9}@\u{e9}:\u{e9}"),
        ] {
            assert_eq!(without_user(text), shown, "{text}");
        }
    }
}
