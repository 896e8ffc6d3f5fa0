//! A second reader of patterns, by pieces of text alone.

use std::net::Ipv6Addr;

use ctx_model::Origin;

/// Whether a pattern matches an origin; nothing if it is no pattern.
pub(super) fn matches(pattern: &str, origin: &Origin) -> Option<bool> {
    let (scheme, rest) = match pattern.find("://") {
        Some(at) => (Some(&pattern[..at]), &pattern[at + 3..]),
        None => (None, pattern),
    };
    if scheme.is_some_and(|scheme| scheme != "http" && scheme != "https") {
        return None;
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = halves(rest)?;
    let port = match port {
        None => None,
        Some(port) => Some(port.parse::<u16>().ok().filter(|port| *port != 0)?),
    };
    let is_host = is_host(&host.to_ascii_lowercase(), &origin.host)?;
    let of_scheme = if origin.scheme == "http" { 80 } else { 443 };
    let is_port = match port {
        Some(port) => port == origin.port,
        None => host == "*" || origin.port == of_scheme,
    };
    Some(is_host && is_port && scheme.is_none_or(|scheme| scheme == origin.scheme))
}

/// Splits the port off; an address of IPv6 stands in brackets.
fn halves(rest: &str) -> Option<(&str, Option<&str>)> {
    if let Some(end) = rest.find(']').filter(|_| rest.starts_with('[')) {
        let after = &rest[end + 1..];
        return match after.strip_prefix(':') {
            Some(port) => Some((&rest[..=end], Some(port))),
            None => after.is_empty().then_some((rest, None)),
        };
    }
    match rest.matches(':').count() {
        0 => Some((rest, None)),
        1 => rest.split_once(':').map(|(host, port)| (host, Some(port))),
        _ => None,
    }
}

fn is_host(pattern: &str, host: &str) -> Option<bool> {
    if pattern == "*" {
        return Some(true);
    }
    if let Some(inside) = pattern.strip_prefix('[') {
        let address: Ipv6Addr = inside.strip_suffix(']')?.parse().ok()?;
        return Some(address.to_string() == host);
    }
    let (is_below, name) = match pattern.strip_prefix("*.") {
        Some(name) => (true, name),
        None => (false, pattern),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if name.is_empty() || name.len() > 253 || !name.chars().all(is_plain) {
        return None;
    }
    if !is_below {
        return Some(name == host);
    }
    let below = format!(".{name}");
    Some(host.ends_with(&below) && host.len() > below.len())
}
