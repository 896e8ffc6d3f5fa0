//! Grants: a pattern matches what a second reader says and nothing else, no
//! grant is wider than the request or the operator's word, and no address of
//! the machine's own networks counts as one of the world.

mod addresses;
mod second;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ctx_core::fuzzed::decide;
use ctx_model::{ContextGrant, HostPattern, Origin, Policy, Requests};
use ctx_sandbox::fuzzed::{is_public, origin};
use http::Uri;

use crate::bytes::Bytes;

/// Reads two patterns and an address, a line each, and then names.
pub fn run(bytes: &[u8]) {
    let mut lines = Bytes::new(bytes);
    let (first, second, address) = (lines.line(), lines.line(), lines.line());
    let origin = address.parse::<Uri>().ok().and_then(|uri| read(&uri, &address));
    for text in [&first, &second] {
        if let Ok(pattern) = text.parse::<HostPattern>() {
            written(&pattern, text);
        }
    }
    if let (Ok(wide), Ok(narrow)) = (first.parse(), second.parse()) {
        covers(&wide, &narrow, origin.as_ref());
    }
    if let Some(origin) = &origin {
        matches(&first, origin);
        decided(&first, &second, origin, &mut lines);
    }
    public(&mut Bytes::new(bytes));
}

/// A pattern is written as it is read.
fn written(pattern: &HostPattern, text: &str) {
    let shown = pattern.to_string();
    assert_eq!(
        shown.parse::<HostPattern>().as_ref(),
        Ok(pattern),
        "{text:?} is shown as {shown:?}"
    );
}

/// Reads where a request goes.
fn read(uri: &Uri, text: &str) -> Option<Origin> {
    let origin = origin(uri)?;
    assert!(!text.contains('@') || !uri.authority()?.as_str().contains('@'), "{text}");
    assert_eq!(origin.host, origin.host.to_ascii_lowercase());
    assert!(!origin.host.contains(['/', '?', '#', '@', '[', ']']), "{text} is at {origin:?}");
    Some(origin)
}

fn matches(text: &str, origin: &Origin) {
    let expected = second::matches(text, origin);
    match text.parse::<HostPattern>() {
        Err(_) => assert!(expected != Some(true), "{text:?} is a pattern"),
        Ok(pattern) => {
            assert_eq!(Some(pattern.matches(origin)), expected, "{text:?} and {origin:?}");
            if pattern.names(&origin.host) {
                let host = &origin.host;
                assert!(host == "localhost" || host.parse::<IpAddr>().is_ok(), "{host}");
                assert!(!text.contains('*'), "{text} spells nothing out");
            }
        }
    }
}

/// What a pattern covers it matches, wherever the other leads.
fn covers(wide: &HostPattern, narrow: &HostPattern, origin: Option<&Origin>) {
    assert!(wide.covers(wide) && narrow.covers(narrow), "a pattern covers itself");
    if !wide.covers(narrow) {
        return;
    }
    let text = narrow.to_string();
    let host = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = host.strip_prefix("*.").map_or_else(|| host.to_owned(), |host| format!("a.{host}"));
    let host = host
        .rsplit_once(':')
        .filter(|(_, port)| !port.contains(']'))
        .map_or(host.as_str(), |(host, _)| host);
    let host = host.trim_matches(['[', ']']).replace('*', "any.example");
    let made = ["http", "https"].into_iter().flat_map(|scheme| {
        [80, 443, 8080, 1].map(|port| Origin { scheme: scheme.into(), host: host.clone(), port })
    });
    for origin in origin.cloned().into_iter().chain(made) {
        assert!(!narrow.matches(&origin) || wide.matches(&origin), "{wide} {narrow} {origin:?}");
    }
}

/// What is granted was asked for and allowed.
fn decided(first: &str, second: &str, origin: &Origin, lines: &mut Bytes<'_>) {
    let names: Vec<String> = std::iter::repeat_with(|| lines.line()).take(6).collect();
    let some = |from: usize, to: usize| names[from..to].to_vec();
    let requests = Requests {
        http: vec![first.to_owned()],
        env: some(0, 2),
        secrets: some(1, 4),
        files: names.iter().map(|name| format!("read:{name}")).collect(),
        kv: names[0].len().is_multiple_of(2),
        context: some(2, 5),
        ..Requests::default()
    };
    let set = |from: usize, to: usize| -> BTreeSet<String> { some(from, to).into_iter().collect() };
    let policy = Policy {
        http: second.parse().into_iter().collect(),
        env: set(1, 3),
        secrets: set(0, 3),
        folders: names[2..].iter().map(|name| (name.clone(), String::new())).collect(),
        kv: names[1].len().is_multiple_of(2),
        context: set(3, 6),
        hints: BTreeSet::new(),
    };
    let grant = decide(Some(&requests), &policy, false);
    let both = |name: &String, asked: &[String], allowed: &BTreeSet<String>| {
        asked.contains(name) && allowed.contains(name)
    };
    assert!(grant.env.iter().all(|name| both(name, &requests.env, &policy.env)));
    assert!(grant.secrets.iter().all(|name| both(name, &requests.secrets, &policy.secrets)));
    assert!(grant.folders.iter().all(|name| policy.folders.contains_key(name)));
    let asked = |name: &String| {
        names.iter().any(|asked| {
            asked == name || *asked == format!("{{{name}}}") || *asked == format!("git+{{{name}}}")
        })
    };
    assert!(grant.folders.iter().all(asked));
    assert_eq!(grant.kv, requests.kv && policy.kv);
    let asked: BTreeSet<String> = requests.context.iter().cloned().collect();
    let may = |source: &String, all: &BTreeSet<String>| all.contains(source) || all.contains("*");
    match &grant.context {
        ContextGrant::Nothing => {}
        ContextGrant::Everything => {
            assert!(asked.contains("*") && policy.context.contains("*"));
        }
        ContextGrant::Sources(sources) => assert!(
            sources.iter().all(|source| { may(source, &asked) && may(source, &policy.context) })
        ),
    }
    let reached = second::matches(first, origin) == Some(true)
        && second::matches(second, origin) == Some(true);
    assert_eq!(grant.http.allows(origin), reached, "{first} {second} {origin:?}");
}

fn public(choices: &mut Bytes<'_>) {
    let high = choices.number();
    let low = choices.number();
    let bits = u128::from(high) << 64 | u128::from(low);
    let four = Ipv4Addr::from_bits(u32::try_from(high >> 32).unwrap_or(0));
    let six = |prefix: u128, length: u32| Ipv6Addr::from_bits(prefix | (bits >> length));
    for address in [
        IpAddr::V4(four),
        IpAddr::V6(Ipv6Addr::from_bits(bits)),
        IpAddr::V6(six(0x2001 << 112, 16)),
        IpAddr::V6(six(0, 96)),
        IpAddr::V6(six(0xffff << 32, 96)),
        IpAddr::V6(six(0x0064_ff9b << 96, 96)),
    ] {
        assert_eq!(is_public(address), addresses::is_of_the_world(address), "{address}");
    }
}
