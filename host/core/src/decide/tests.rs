//! A grant is the requests and the policy, and never more than either.

use ctx_model::{ContextGrant, Origin, Policy, Requests};
use proptest::prelude::*;

use super::decide;

fn origin(text: &str) -> Origin {
    let (scheme, host) = text.split_once("://").expect("a scheme");
    let (host, port) = match host.split_once(':') {
        Some((host, port)) => (host, port.parse().expect("a port")),
        None => (host, Origin::default_port(scheme)),
    };
    Origin { scheme: scheme.to_owned(), host: host.to_owned(), port }
}

#[track_caller]
fn check_http(requested: &[&str], granted: &[&str], target: &str, allowed: bool) {
    let requests = Requests {
        http: requested.iter().map(ToString::to_string).collect(),
        ..Requests::default()
    };
    let policy = Policy {
        http: granted.iter().map(|text| text.parse().expect("a pattern")).collect(),
        ..Policy::default()
    };
    let grant = decide(Some(&requests), &policy, false);
    assert_eq!(grant.http.allows(&origin(target)), allowed, "{requested:?} {granted:?} {target}");
}

#[test]
fn both_sides_must_allow_a_host() {
    check_http(&["https://api.met.no"], &["api.met.no"], "https://api.met.no", true);
    check_http(&["https://api.met.no"], &[], "https://api.met.no", false);
    check_http(&[], &["api.met.no"], "https://api.met.no", false);
    check_http(&["https://api.met.no"], &["api.met.no"], "http://api.met.no", false);
}

#[test]
fn a_wildcard_does_not_match_its_parent() {
    check_http(&["*"], &["*.met.no"], "https://met.no", false);
    check_http(&["*"], &["*.met.no"], "https://api.met.no", true);
    check_http(&["*"], &["*.met.no"], "https://evilmet.no", false);
}

#[test]
fn a_port_must_be_named_unless_it_is_the_schemes_own() {
    check_http(&["*"], &["https://met.no"], "https://met.no:8443", false);
    check_http(&["*"], &["https://met.no:8443"], "https://met.no:8443", true);
    check_http(&["*"], &["met.no"], "http://met.no", true);
}

#[test]
fn without_requests_the_operators_word_counts() {
    let policy = Policy {
        env: ["TOKEN".to_owned()].into(),
        kv: true,
        context: ["*".to_owned()].into(),
        ..Policy::default()
    };
    let grant = decide(None, &policy, false);
    assert!(grant.env.contains("TOKEN") && grant.kv);
    assert_eq!(grant.context, ContextGrant::Everything);
}

#[test]
fn nothing_is_the_default() {
    let requests = Requests {
        env: vec!["TOKEN".to_owned()],
        kv: true,
        context: vec!["*".to_owned()],
        ..Requests::default()
    };
    let grant = decide(Some(&requests), &Policy::default(), false);
    assert!(grant.env.is_empty() && !grant.kv && grant.folders.is_empty());
    assert_eq!(grant.context, ContextGrant::Nothing);
}

proptest! {
    #[test]
    fn names_never_exceed_either_side(
        asked in proptest::collection::vec("[A-C]", 0..4),
        allowed in proptest::collection::btree_set("[A-C]", 0..4),
    ) {
        let requests = Requests { env: asked.clone(), secrets: asked.clone(), ..Requests::default() };
        let policy = Policy { env: allowed.clone(), secrets: allowed.clone(), ..Policy::default() };
        let grant = decide(Some(&requests), &policy, false);
        for name in grant.env.iter().chain(&grant.secrets) {
            prop_assert!(asked.contains(name) && allowed.contains(name));
        }
    }
}
