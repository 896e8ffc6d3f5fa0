#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;

fn check(bind: &str, headers: &[(&'static str, &str)]) -> Result<Visitor, String> {
    let guard = Guard::new(bind.parse().unwrap(), vec!["ctx.example".to_owned()], "t0ken".into());
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    guard
        .check(&Method::POST, &Uri::from_static("/v1/tools"), &map, false)
        .map_err(|rejection| rejection.problem.code)
}

const LOCAL: &str = "127.0.0.1:7331";

#[test]
fn names_that_lead_here_are_let_in() {
    for host in ["127.0.0.1:7331", "localhost:7331", "localhost", "LOCALHOST:7331", "[::1]:7331"] {
        assert_eq!(check(LOCAL, &[("host", host)]), Ok(Visitor::Local), "{host}");
    }
}

#[test]
fn names_that_could_be_made_to_lead_here_are_refused() {
    for host in [
        "evil.example",
        "evil.example:7331",
        "localhost.evil.example:7331",
        "127.0.0.1.evil.example",
        "127.0.0.1:7332",
        "10.0.0.1:7331",
        "localhost:",
        "localhost:99999",
        "",
    ] {
        assert_eq!(check(LOCAL, &[("host", host)]), Err("ctx::http::host".into()), "{host}");
    }
    assert_eq!(check(LOCAL, &[]), Err("ctx::http::host".into()));
    let two = [("host", "localhost:7331"), ("host", "evil.example")];
    assert_eq!(check(LOCAL, &two), Err("ctx::http::host".into()));
}

#[test]
fn pages_from_elsewhere_are_refused() {
    let with = |origin| check(LOCAL, &[("host", "localhost:7331"), ("origin", origin)]);
    assert_eq!(with("http://localhost:7331"), Ok(Visitor::Local));
    for origin in [
        "null",
        "https://evil.example",
        "http://localhost:3000",
        "http://127.0.0.1:7331",
        "file://",
        "",
    ] {
        assert_eq!(with(origin), Err("ctx::http::origin".into()), "{origin}");
    }
}

#[test]
fn a_wrong_token_is_refused_even_where_none_is_needed() {
    let with = |token: &str| check(LOCAL, &[("host", "localhost:7331"), ("authorization", token)]);
    assert_eq!(with("Bearer t0ken"), Ok(Visitor::Operator));
    assert_eq!(with("bearer t0ken"), Ok(Visitor::Operator));
    for token in ["Bearer other", "Basic t0ken", "t0ken", "Bearer", "Bearer t0ken2"] {
        assert_eq!(with(token), Err("ctx::http::token".into()), "{token}");
    }
}

#[test]
fn beyond_loopback_the_token_is_needed() {
    let bind = "0.0.0.0:7331";
    assert_eq!(check(bind, &[("host", "10.1.2.3:7331")]), Err("ctx::http::token".into()));
    let shown = [("host", "10.1.2.3:7331"), ("authorization", "Bearer t0ken")];
    assert_eq!(check(bind, &shown), Ok(Visitor::Operator));
    let elsewhere = [("host", "evil.example:7331"), ("authorization", "Bearer t0ken")];
    assert_eq!(check(bind, &elsewhere), Err("ctx::http::host".into()));
}

#[test]
fn whom_a_proxy_brings_needs_the_token() {
    let token = || Err("ctx::http::token".to_owned());
    assert_eq!(check(LOCAL, &[("host", "ctx.example")]), token());
    for passed in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        assert_eq!(check(LOCAL, &[("host", "localhost:7331"), (passed, "10.1.2.3")]), token());
    }
    let shown = [("host", "ctx.example"), ("authorization", "Bearer t0ken")];
    assert_eq!(check(LOCAL, &shown), Ok(Visitor::Operator));
}

#[test]
fn another_port_is_another_program() {
    let with = |origin| check(LOCAL, &[("host", "localhost:7331"), ("origin", origin)]);
    for origin in ["http://localhost", "http://localhost:80", "https://localhost:7332"] {
        assert_eq!(with(origin), Err("ctx::http::origin".into()), "{origin}");
    }
    let token = ("authorization", "Bearer t0ken");
    let proxied = |origin| check(LOCAL, &[("host", "ctx.example"), ("origin", origin), token]);
    assert_eq!(proxied("https://ctx.example"), Ok(Visitor::Operator));
    assert_eq!(proxied("https://ctx.example:8443"), Err("ctx::http::origin".into()));
}

#[test]
fn a_form_of_another_site_changes_nothing() {
    let with = |site| check(LOCAL, &[("host", "localhost:7331"), ("sec-fetch-site", site)]);
    assert_eq!(with("same-origin"), Ok(Visitor::Local));
    assert_eq!(with("none"), Ok(Visitor::Local));
    for site in ["same-site", "cross-site"] {
        assert_eq!(with(site), Err("ctx::http::origin".into()), "{site}");
    }
}
