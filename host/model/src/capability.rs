//! Powers: what may be asked for, and what a grant allows.
//!
//! A grant never exceeds what was requested or what the operator allowed. Both
//! sides are kept, so that a check needs no merged pattern and a denial can
//! say which side is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Scheme, host and port of an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// `http` or `https`.
    pub scheme: String,
    /// Lower case; an IPv6 address without brackets.
    pub host: String,
    pub port: u16,
}

impl Origin {
    /// Returns the port that a scheme has if none is given.
    pub fn default_port(scheme: &str) -> u16 {
        if scheme == "http" { 80 } else { 443 }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        write!(f, "{scheme}://")?;
        if host.contains(':') { write!(f, "[{host}]") } else { f.write_str(host) }?;
        if *port == Self::default_port(scheme) { Ok(()) } else { write!(f, ":{port}") }
    }
}

/// Origins that an extension may reach: `https://api.met.no`,
/// `https://*.example.com:8443`, `localhost:8080` or `*`.
///
/// Without a scheme both are meant; without a port the scheme's own. `*.` is
/// any number of labels, at least one: it does not match its parent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPattern {
    scheme: Option<String>,
    host: HostMatch,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum HostMatch {
    Any,
    Exactly(String),
    Below(String),
}

/// Text that is no host pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not a host: {why}")]
pub struct InvalidHostPattern {
    pub text: String,
    pub why: &'static str,
}

impl HostPattern {
    /// Whether a request to this origin is meant.
    pub fn matches(&self, origin: &Origin) -> bool {
        let port = self.port.unwrap_or_else(|| Origin::default_port(&origin.scheme));
        self.scheme.as_ref().is_none_or(|scheme| *scheme == origin.scheme)
            && (matches!(self.host, HostMatch::Any) && self.port.is_none() || port == origin.port)
            && match &self.host {
                HostMatch::Any => true,
                HostMatch::Exactly(host) => *host == origin.host,
                HostMatch::Below(parent) => origin
                    .host
                    .strip_suffix(parent.as_str())
                    .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            }
    }

    /// Whether the pattern spells out this very host, and the host is
    /// `localhost` or an address. Only then may it be one of the machine's own
    /// networks: any other name leads wherever its owner likes.
    pub fn names(&self, host: &str) -> bool {
        let is_fixed = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok();
        is_fixed && matches!(&self.host, HostMatch::Exactly(exactly) if exactly == host)
    }

    /// Whether the pattern says `http://` in so many words.
    pub fn is_plain(&self) -> bool {
        self.scheme.as_deref() == Some("http")
    }

    /// Whether everything that `other` matches is matched by this one too.
    pub fn covers(&self, other: &Self) -> bool {
        let host = match (&self.host, &other.host) {
            (HostMatch::Any, _) => true,
            (HostMatch::Exactly(mine), HostMatch::Exactly(theirs)) => mine == theirs,
            (HostMatch::Below(parent), HostMatch::Exactly(host)) => host
                .strip_suffix(parent.as_str())
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            (HostMatch::Below(mine), HostMatch::Below(theirs)) => {
                mine == theirs || theirs.ends_with(&format!(".{mine}"))
            }
            _ => false,
        };
        let port = matches!(self.host, HostMatch::Any) && self.port.is_none()
            || self.port == other.port
            || self.port.is_some()
                && other.port.is_none()
                && other.scheme.as_deref().map(Origin::default_port) == self.port
            || self.port.is_none()
                && other.port.is_some()
                && other.scheme.as_deref().map(Origin::default_port) == other.port;
        host && port && (self.scheme.is_none() || self.scheme == other.scheme)
    }
}

impl HostPattern {
    /// Whether it matches every host.
    pub fn is_any(&self) -> bool {
        self.host == HostMatch::Any
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = &self.scheme {
            write!(f, "{scheme}://")?;
        }
        match &self.host {
            HostMatch::Any => f.write_str("*"),
            HostMatch::Exactly(host) if host.contains(':') => write!(f, "[{host}]"),
            HostMatch::Exactly(host) => f.write_str(host),
            HostMatch::Below(parent) => write!(f, "*.{parent}"),
        }?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl FromStr for HostPattern {
    type Err = InvalidHostPattern;

    fn from_str(text: &str) -> Result<Self, InvalidHostPattern> {
        let invalid = |why| InvalidHostPattern { text: text.to_owned(), why };
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => (Some(scheme.to_owned()), rest),
            Some(_) => return Err(invalid("the scheme must be `http` or `https`")),
            None => (None, text),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let bracketed = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (host, port) = match bracketed {
            Some((host, "")) => (host, None),
            Some((host, port)) => match port.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None => return Err(invalid("a port follows `]` after a `:`")),
            },
            None => match rest.rsplit_once(':') {
                Some((host, port)) if !host.contains(':') => (host, Some(port)),
                Some(_) => return Err(invalid("an IPv6 address stands in brackets")),
                None => (rest, None),
            },
        };
        let port = match port {
            None => None,
            Some(port) => match port.parse() {
                Ok(0) | Err(_) => return Err(invalid("the port must be 1 to 65535")),
                Ok(port) => Some(port),
            },
        };
        let host = host.to_ascii_lowercase();
        let plain = |host: &str| {
            !host.is_empty()
                && host.len() <= 253
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
        };
        let host = if bracketed.is_some() {
            let address: std::net::Ipv6Addr =
                host.parse().map_err(|_| invalid("an IPv6 address stands in brackets"))?;
            HostMatch::Exactly(address.to_string())
        } else if host == "*" {
            HostMatch::Any
        } else if let Some(parent) = host.strip_prefix("*.") {
            if !plain(parent) {
                return Err(invalid("`*.` must be followed by a plain name"));
            }
            HostMatch::Below(parent.to_owned())
        } else if plain(&host) {
            HostMatch::Exactly(host)
        } else {
            return Err(invalid("write `https://name`, `https://*.name` or `name:port`"));
        };
        Ok(Self { scheme, host, port })
    }
}

/// Which origins may be reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpGrant {
    /// Absent if the extension never said what it needs, and then only the
    /// operator's word counts.
    pub requested: Option<Vec<HostPattern>>,
    pub granted: Vec<HostPattern>,
}

impl HttpGrant {
    /// Whether both sides allow it.
    pub fn allows(&self, origin: &Origin) -> bool {
        self.is_requested(origin) && self.granted.iter().any(|pattern| pattern.matches(origin))
    }

    /// Whether the extension asked for it.
    pub fn is_requested(&self, origin: &Origin) -> bool {
        self.requested.as_ref().is_none_or(|all| all.iter().any(|p| p.matches(origin)))
    }

    /// Whether a grant that means this origin spells out its host, so that it
    /// may be a private one. Another grant of the same host and another port
    /// is no word for this one.
    pub fn names(&self, origin: &Origin) -> bool {
        self.granted.iter().any(|pattern| pattern.names(&origin.host) && pattern.matches(origin))
    }
}

/// Which sources may be searched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ContextGrant {
    #[default]
    Nothing,
    Sources(BTreeSet<String>),
    Everything,
}

impl ContextGrant {
    /// Whether this source may be searched.
    pub fn allows(&self, source: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Sources(sources) => sources.contains(source),
            Self::Everything => true,
        }
    }
}

/// What an extension may do: requested and granted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grant {
    pub http: HttpGrant,
    pub env: BTreeSet<String>,
    pub secrets: BTreeSet<String>,
    /// Folders by the name that the extension knows them under.
    pub folders: BTreeSet<String>,
    pub kv: bool,
    pub context: ContextGrant,
}

/// What the operator allows one extension: from `ctx grant`, from a trusted
/// config, or both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    pub http: Vec<HostPattern>,
    pub env: BTreeSet<String>,
    pub secrets: BTreeSet<String>,
    /// The name that the extension knows a folder under, and the path it is.
    pub folders: BTreeMap<String, String>,
    pub kv: bool,
    /// Sources, or `*`.
    pub context: BTreeSet<String>,
    /// What its tools say of themselves and the operator agrees to.
    pub hints: BTreeSet<String>,
}

impl Policy {
    /// Adds what another source of authority allows.
    pub fn extend(&mut self, other: Self) {
        self.http.extend(other.http);
        self.env.extend(other.env);
        self.secrets.extend(other.secrets);
        self.folders.extend(other.folders);
        self.kv |= other.kv;
        self.context.extend(other.context);
        self.hints.extend(other.hints);
    }
}
