//! Who may speak to the server: names that lead here, pages of our own, and
//! holders of the token where one is needed. Pure; it sees headers and no more.

use std::net::{IpAddr, SocketAddr};

use http::header::{AUTHORIZATION, FORWARDED, HOST, ORIGIN};
use http::{HeaderMap, Method, StatusCode, Uri};
use subtle::ConstantTimeEq as _;

use crate::rejection::Rejection;

/// Whom to let in.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    address: SocketAddr,
    /// Names, beside addresses, that lead here: those of a proxy, for example.
    names: Vec<String>,
    token: String,
    is_open: bool,
}

/// What a request is let in as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// On this machine, with nothing to show.
    Local,
    /// With the operator's token.
    Operator,
    /// With a token that opens what its scopes name.
    Bearer,
}

impl Guard {
    /// Lets in what was said to `address`; without the token only if that is
    /// a loopback address.
    pub(crate) fn new(address: SocketAddr, names: Vec<String>, token: String) -> Self {
        Self { address, names, token, is_open: address.ip().is_loopback() }
    }

    /// Whether a text is the token. Takes the same time for every text of the
    /// same length.
    pub(crate) fn is_token(&self, text: &str) -> bool {
        text.as_bytes().ct_eq(self.token.as_bytes()).into()
    }

    /// Returns the port that it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Checks the names and the token. `is_signed_in` is said of browsers that
    /// have shown the token before.
    pub(crate) fn check(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        is_signed_in: bool,
    ) -> Result<Visitor, Rejection> {
        let host = self.check_host(uri, headers)?;
        check_origin(method, host, headers)?;
        let shown = headers.get(AUTHORIZATION).map(|value| {
            let text = value.to_str().unwrap_or_default();
            let (scheme, token) = text.split_once(' ').unwrap_or_default();
            scheme.eq_ignore_ascii_case("bearer") && self.is_token(token.trim())
        });
        match shown {
            Some(true) => Ok(Visitor::Operator),
            // A wrong token is a mistake that is better told.
            Some(false) => Err(unauthorized("the token is not this server's")),
            None if is_signed_in => Ok(Visitor::Operator),
            None if self.is_open && is_from_here(host, headers) => Ok(Visitor::Local),
            None => Err(unauthorized("whoever comes from elsewhere needs the token")),
        }
    }

    fn check_host<'a>(&self, uri: &'a Uri, headers: &'a HeaderMap) -> Result<Host<'a>, Rejection> {
        let mut hosts = headers.get_all(HOST).iter();
        let text = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().ok(),
            (None, _) => uri.authority().map(http::uri::Authority::as_str),
            (Some(_), Some(_)) => None,
        };
        if let Some(host) = text.and_then(split)
            && self.leads_here(host)
        {
            return Ok(host);
        }
        let named = text.unwrap_or("nothing that can be read").escape_debug();
        Err(Rejection::new(
            StatusCode::FORBIDDEN,
            "ctx::http::host",
            format!("the request is for `{named}`, which is not this server"),
        )
        .with_help("if that name leads here, start `ctx serve --allow-host NAME`"))
    }

    /// Whether a host means this server. Names can be made to lead anywhere;
    /// addresses cannot.
    fn leads_here(&self, (name, port): Host<'_>) -> bool {
        if self.names.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            return true;
        }
        if port.is_some_and(|port| port != self.address.port()) {
            return false;
        }
        let bound = self.address.ip();
        is_loopback(name) || ip(name).is_some_and(|ip| ip == bound || bound.is_unspecified())
    }
}

/// A name or an address, and a port if one is said.
type Host<'a> = (&'a str, Option<u16>);

/// Whether a request was made on this machine: to a name that means nothing
/// elsewhere, and not passed on by a proxy, which would make everybody local.
fn is_from_here((name, _): Host<'_>, headers: &HeaderMap) -> bool {
    let is_passed_on = headers.keys().any(|name| {
        name == FORWARDED || name == "x-real-ip" || name.as_str().starts_with("x-forwarded-")
    });
    is_loopback(name) && !is_passed_on
}

/// A page may call only the server that it came from: another port of the
/// same machine is another program.
fn check_origin(
    method: &Method,
    (name, port): Host<'_>,
    headers: &HeaderMap,
) -> Result<(), Rejection> {
    let is_same = |origin: &str| {
        let (rest, usual) = match (origin.strip_prefix("http://"), origin.strip_prefix("https://"))
        {
            (Some(rest), _) => (rest, 80),
            (None, Some(rest)) => (rest, 443),
            (None, None) => return false,
        };
        split(rest).is_some_and(|(host, said)| {
            host.eq_ignore_ascii_case(name) && said.unwrap_or(usual) == port.unwrap_or(usual)
        })
    };
    let is_strange =
        headers.get_all(ORIGIN).iter().any(|origin| !origin.to_str().is_ok_and(is_same));
    // What changes something is asked by a page of ours, or by no page at all.
    let is_sent = !method.is_safe()
        && headers
            .get_all("sec-fetch-site")
            .iter()
            .any(|site| site != "same-origin" && site != "none");
    if !is_strange && !is_sent {
        return Ok(());
    }
    Err(Rejection::new(
        StatusCode::FORBIDDEN,
        "ctx::http::origin",
        "a page from elsewhere may not call this server",
    )
    .with_help("call it from a program, or from a page that this server gave"))
}

fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || ip(name).is_some_and(|ip| ip.is_loopback())
}

/// Reads an address, as it stands in a host.
fn ip(name: &str) -> Option<IpAddr> {
    match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(name) => name.parse().ok().map(IpAddr::V6),
        None => name.parse().ok().map(IpAddr::V4),
    }
}

/// Splits a host from its port.
fn split(host: &str) -> Option<Host<'_>> {
    let after = host.rfind(']').map_or(0, |at| at + 1);
    match host[after..].rfind(':') {
        None => Some((host, None)),
        Some(at) => {
            let (name, port) = host.split_at(after + at);
            Some((name, Some(port[1..].parse().ok()?)))
        }
    }
}

fn unauthorized(message: &str) -> Rejection {
    Rejection::new(StatusCode::UNAUTHORIZED, "ctx::http::token", message)
        .with_help("send the header `Authorization: Bearer TOKEN`; `ctx token` prints it")
}

#[cfg(test)]
mod tests;
