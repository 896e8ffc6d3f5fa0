//! Who may speak to the server: names that lead here, pages of our own, and
//! holders of the token where one is needed. Pure; it sees headers and no more.

use std::net::{IpAddr, SocketAddr};

use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::{HeaderMap, StatusCode, Uri};
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
    /// With the token.
    Operator,
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

    /// Checks the names and the token. `is_signed_in` is said of browsers that
    /// have shown the token before.
    pub(crate) fn check(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        is_signed_in: bool,
    ) -> Result<Visitor, Rejection> {
        self.check_host(uri, headers)?;
        self.check_origin(headers)?;
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
            None if self.is_open => Ok(Visitor::Local),
            None => Err(unauthorized("this server is reachable from elsewhere and wants a token")),
        }
    }

    fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Rejection> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().ok(),
            (None, _) => uri.authority().map(http::uri::Authority::as_str),
            (Some(_), Some(_)) => None,
        };
        if host.is_some_and(|host| self.leads_here(host)) {
            return Ok(());
        }
        let named = host.unwrap_or("nothing that can be read").escape_debug();
        Err(Rejection::new(
            StatusCode::FORBIDDEN,
            "ctx::http::host",
            format!("the request is for `{named}`, which is not this server"),
        )
        .with_help("if that name leads here, start `ctx serve --allow-host NAME`"))
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Rejection> {
        for origin in headers.get_all(ORIGIN) {
            let host = origin.to_str().ok().and_then(|origin| {
                origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
            });
            if !host.is_some_and(|host| self.leads_here(host)) {
                return Err(Rejection::new(
                    StatusCode::FORBIDDEN,
                    "ctx::http::origin",
                    "a page from elsewhere may not call this server",
                )
                .with_help("if the page is yours, start `ctx serve --allow-host NAME`"));
            }
        }
        Ok(())
    }

    /// Whether a host, with or without a port, means this server. Names can be
    /// made to lead anywhere; addresses cannot.
    fn leads_here(&self, host: &str) -> bool {
        let Some((name, port)) = split(host) else { return false };
        if self.names.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            return true;
        }
        if port.is_some_and(|port| port != self.address.port()) {
            return false;
        }
        if name.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let bound = self.address.ip();
        match name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(ip) => ip == bound || ip.is_loopback() || bound.is_unspecified(),
            Err(_) => false,
        }
    }
}

/// Splits a host from its port.
fn split(host: &str) -> Option<(&str, Option<u16>)> {
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
