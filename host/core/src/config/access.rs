//! `[auth]`: whose tokens count, and what their scopes open. The operator's
//! word; a clone must not let anybody in.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use ctx_model::Pattern;
use serde::Deserialize;
use toml::Value;
use url::Url;

use super::message;

/// Keys of the section.
pub(super) const KEYS: [&str; 5] = ["issuer", "audience", "jwks", "rate", "scopes"];

/// Whose tokens count, and what their scopes open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    pub issuer: Option<Issuer>,
    /// What each scope opens. One that is not here opens nothing.
    pub scopes: BTreeMap<String, Arc<[Pattern]>>,
    /// How often one token may ask.
    pub rate: Option<Rate>,
}

/// Who gives out tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// As it calls itself in its tokens.
    pub name: String,
    /// What tokens for this server are for; the first is its own address.
    pub audience: Vec<String>,
    /// Where its keys are, if not where its metadata says.
    pub jwks: Option<String>,
}

/// So many requests in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub requests: NonZeroU32,
    pub per: Duration,
}

/// The section as it is written.
#[derive(Deserialize)]
struct Written {
    issuer: Option<String>,
    audience: Option<Audience>,
    jwks: Option<String>,
    rate: Option<String>,
    #[serde(default)]
    scopes: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Access {
    /// Reads the section.
    pub(super) fn read(value: Value) -> Result<Self, String> {
        let written: Written =
            value.try_into().map_err(|error| format!("[auth] {}", message(&error)))?;
        let audience = match written.audience {
            None => Vec::new(),
            Some(Audience::One(one)) => vec![one],
            Some(Audience::Several(all)) => all,
        };
        let issuer = match written.issuer {
            Some(_) if audience.is_empty() => {
                return Err(
                    "[auth] issuer needs `audience`, the address that its tokens for this \
                            server are for: `https://ctx.example.org/mcp`"
                        .to_owned(),
                );
            }
            Some(name) => Some(Issuer { name: address("issuer", name)?, audience, jwks: None }),
            None if written.jwks.is_some() || !audience.is_empty() => {
                return Err("[auth] needs `issuer`, whose tokens these are".to_owned());
            }
            None => None,
        };
        let issuer = match (issuer, written.jwks) {
            (Some(issuer), Some(jwks)) => {
                Some(Issuer { jwks: Some(address("jwks", jwks)?), ..issuer })
            }
            (issuer, _) => issuer,
        };
        let rate = written.rate.as_deref().map(rate).transpose()?;
        let scopes = written.scopes.into_iter().map(scope).collect::<Result<_, _>>()?;
        Ok(Self { issuer, scopes, rate })
    }

    /// Whether an operator's own token may have a scope: one of the config, or
    /// one that names tools itself.
    pub fn knows(&self, scope: &str) -> bool {
        self.scopes.contains_key(scope) || names_tools(scope)
    }

    /// Returns what scopes open together: those of the config, and of an
    /// operator's own token such as name tools themselves.
    pub fn opened<'a>(
        &self,
        scopes: impl IntoIterator<Item = &'a String>,
        are_own: bool,
    ) -> Arc<[Pattern]> {
        let mut all = Vec::new();
        for scope in scopes {
            match self.scopes.get(scope) {
                Some(patterns) => all.extend(patterns.iter().cloned()),
                None if are_own && names_tools(scope) => all.extend(scope.parse::<Pattern>()),
                None => {}
            }
        }
        all.into()
    }
}

/// Whether a scope names tools itself, and no entry of the config.
fn names_tools(scope: &str) -> bool {
    scope.contains(['/', '*', '@']) && scope.parse::<Pattern>().is_ok()
}

fn scope((name, patterns): (String, Vec<String>)) -> Result<(String, Arc<[Pattern]>), String> {
    // As RFC 6749 has it, less what needs an escape in a header.
    let is_scope = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\');
    if name.is_empty() || !name.bytes().all(is_scope) {
        return Err(format!("[auth.scopes] `{}` is no name of a scope", name.escape_debug()));
    }
    let patterns = patterns.iter().map(|text| text.parse::<Pattern>());
    match patterns.collect::<Result<Vec<_>, _>>() {
        Ok(patterns) => Ok((name, patterns.into())),
        Err(error) => Err(format!("[auth.scopes] {name}: {error}")),
    }
}

/// Keys come from elsewhere over https, or from this machine.
fn address(key: &str, text: String) -> Result<String, String> {
    let wrong = || {
        format!(
            "[auth] {key} wants an `https://` address (`http://` on this machine), not `{text}`"
        )
    };
    let url = Url::parse(&text).map_err(|_| wrong())?;
    let is_here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let is_plain = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        "https" if url.has_host() && is_plain => Ok(text),
        "http" if is_here && is_plain => Ok(text),
        _ => Err(wrong()),
    }
}

/// Reads `60/s`, `600/m` or `10000/h`.
fn rate(text: &str) -> Result<Rate, String> {
    let wrong = || format!("[auth] rate wants requests in a time, such as \"600/m\", not `{text}`");
    let (requests, unit) = text.split_once('/').ok_or_else(wrong)?;
    let requests = requests.trim().parse::<NonZeroU32>().map_err(|_| wrong())?;
    let per = match unit.trim() {
        "s" => Duration::from_secs(1),
        "m" => Duration::from_mins(1),
        "h" => Duration::from_hours(1),
        _ => return Err(wrong()),
    };
    Ok(Rate { requests, per })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn read(text: &str) -> Result<Access, String> {
        Access::read(Value::Table(text.parse().unwrap()))
    }

    #[test]
    fn a_section_is_read() {
        let access = read(
            "issuer = 'https://login.example.org'\naudience = 'https://ctx.example.org/mcp'\n\
             rate = '600/m'\n[scopes]\nweather = ['weather/*']\nall = ['*', '@operator']",
        )
        .unwrap();
        let issuer = access.issuer.clone().unwrap();
        assert_eq!(issuer.audience, ["https://ctx.example.org/mcp"]);
        assert_eq!(access.rate.unwrap().requests.get(), 600);
        let opened = |scopes: &[&str], are_own| -> Vec<String> {
            let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
            access.opened(&scopes, are_own).iter().map(ToString::to_string).collect()
        };
        assert_eq!(opened(&["weather", "unknown"], false), ["weather/*"]);
        assert_eq!(opened(&["mail/send", "plain"], true), ["mail/send"]);
        // Whoever gives out tokens decides on no names of ours.
        assert!(opened(&["mail/send", "*", "@operator"], false).is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for (text, named) in [
            ("issuer = 'https://a'", "audience"),
            ("audience = 'a'", "issuer"),
            ("jwks = 'https://a'", "issuer"),
            ("issuer = 'http://a.example'\naudience = 'a'", "https://"),
            ("issuer = 'https://u:p@a.example'\naudience = 'a'", "https://"),
            ("issuer = 'login'\naudience = 'a'", "issuer"),
            ("rate = '0/m'", "rate"),
            ("rate = '5 a day'", "rate"),
            ("scopes.'a b' = ['*']", "a b"),
            ("scopes.a = ['a b']", "a b"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(named), "{text}: {why}");
        }
        assert!(read("issuer = 'http://127.0.0.1:1'\naudience = 'a'").is_ok());
    }
}
