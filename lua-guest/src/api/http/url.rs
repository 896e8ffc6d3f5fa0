//! Addresses: taken apart for `wasi:http`, joined for redirects, escaped.
//!
//! The host checks where a request goes, so nothing here is a fence.

/// An address, as `wasi:http` takes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) https: bool,
    pub(super) authority: String,
    pub(super) path_and_query: String,
}

/// Takes an absolute address apart.
pub(super) fn parse(text: &str) -> Result<Url, &'static str> {
    let (scheme, rest) = text.split_once("://").ok_or("the URL has no scheme")?;
    let https = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return Err("only http and https URLs can be fetched"),
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    if authority.is_empty() {
        return Err("the URL has no host");
    }
    if authority.contains('@') {
        return Err("a URL with a user name is not fetched; send an `authorization` header");
    }
    if !authority.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the URL's host must be ASCII; write it in punycode");
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let slash = if rest.starts_with('/') { "" } else { "/" };
    Ok(Url {
        https,
        authority: authority.to_ascii_lowercase(),
        path_and_query: format!("{slash}{}", tidy(rest)),
    })
}

impl Url {
    /// Returns the address of a `location` header.
    pub(super) fn join(&self, location: &str) -> String {
        let scheme = if self.https { "https" } else { "http" };
        let location = location.trim();
        if let Some((before, _)) = location.split_once(':')
            && before.starts_with(|c: char| c.is_ascii_alphabetic())
            && before.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        {
            return location.to_owned();
        }
        if let Some(rest) = location.strip_prefix("//") {
            return format!("{scheme}://{rest}");
        }
        let path = self.path_and_query.split('?').next().unwrap_or_default();
        let joined = match location.chars().next() {
            Some('/') => location.to_owned(),
            Some('?') => format!("{path}{location}"),
            _ => format!("{}/{location}", path.rsplit_once('/').map_or("", |(folder, _)| folder)),
        };
        let (path, query) = match joined.split_once('?') {
            Some((path, query)) => (path, format!("?{query}")),
            None => (joined.as_str(), String::new()),
        };
        format!("{scheme}://{}{}{query}", self.authority, without_dots(path))
    }

    /// Whether secrets in headers may follow from here to there.
    pub(super) fn same_origin(&self, other: &Self) -> bool {
        self.https == other.https && self.authority == other.authority
    }
}

/// Adds a query to an address, behind the one it has.
pub(super) fn with_query(address: &str, query: &str) -> String {
    if query.is_empty() {
        return address.to_owned();
    }
    let (address, fragment) = match address.split_once('#') {
        Some((address, fragment)) => (address, format!("#{fragment}")),
        None => (address, String::new()),
    };
    let joint = match address.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{address}{joint}{query}{fragment}")
}

/// Escapes all but the unreserved characters of RFC 3986.
pub(super) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(*byte));
            }
            _ => push_escaped(&mut text, *byte),
        }
    }
    text
}

/// Escapes what may not stand in an address at all, as browsers do.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'^' | b'\\' => {
                push_escaped(&mut tidied, byte);
            }
            _ if byte.is_ascii_graphic() => tidied.push(char::from(byte)),
            _ => push_escaped(&mut tidied, byte),
        }
    }
    tidied
}

fn push_escaped(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 15)]));
}

fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    for (place, segment) in segments.iter().enumerate() {
        let last = place + 1 == segments.len();
        match *segment {
            "." | ".." => {
                if *segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests;
