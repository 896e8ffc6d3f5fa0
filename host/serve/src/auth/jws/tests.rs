#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use serde_json::json;

use super::*;

/// Keys and tokens that openssl made.
fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn key_of(algorithm: &str) -> &'static str {
    match algorithm {
        "ES384" => "p384",
        "EdDSA" => "ed",
        _ => "rsa",
    }
}

#[test]
fn what_another_program_signed_counts_with_its_key_alone() {
    let vectors = vectors();
    let keys = vectors["keys"].as_object().unwrap();
    for (algorithm, text) in vectors["tokens"].as_object().unwrap() {
        let token = Token::parse(text.as_str().unwrap()).unwrap();
        for (name, key) in keys {
            let verified = token.verified(&Key::parse(key).unwrap());
            assert_eq!(verified.is_some(), name == key_of(algorithm), "{algorithm} by {name}");
            assert!(verified.is_none_or(|claims| claims["sub"] == "ada"));
        }
    }
}

#[test]
fn a_token_that_was_touched_does_not_count() {
    let vectors = vectors();
    for (algorithm, text) in vectors["tokens"].as_object().unwrap() {
        let key = Key::parse(&vectors["keys"][key_of(algorithm)]).unwrap();
        let parts: Vec<&str> = text.as_str().unwrap().split('.').collect();
        let encoded = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let (head, claims, signature) = (parts[0], parts[1], parts[2]);
        let other = encoded(json!({"sub": "eve"}));
        for touched in [
            format!("{head}.{other}.{signature}"),
            format!("{head}.{claims}."),
            format!("{}.{claims}.", encoded(json!({"alg": "none"}))),
            format!("{}.{claims}.{signature}", encoded(json!({"alg": "HS256", "kid": "k"}))),
            format!("{}.{claims}.{signature}", encoded(json!({"alg": "RS512", "kid": "k"}))),
        ] {
            let token = Token::parse(&touched).unwrap();
            assert!(token.verified(&key).is_none(), "{touched}");
        }
    }
}

#[test]
fn what_is_no_token_is_told_from_one() {
    let crit = URL_SAFE_NO_PAD.encode(json!({"alg": "ES256", "crit": ["exp"]}).to_string());
    for text in ["", ".", "..", "a.b.c", "e30.e30.e30", &format!("{crit}.e30.AA"), "a.b.c.d"] {
        assert!(Token::parse(text).is_none(), "{text}");
    }
}

#[test]
fn a_key_is_for_what_it_says_and_secrets_are_no_keys() {
    let rsa = vectors()["keys"]["rsa"].clone();
    let with = |name: &str, value: &str| {
        let mut key = rsa.clone();
        key[name] = json!(value);
        Key::parse(&key)
    };
    assert!(with("alg", "RS256").unwrap().is_for("RS256"));
    assert!(!with("alg", "RS256").unwrap().is_for("PS256"));
    assert!(with("use", "enc").is_none() && with("kty", "oct").is_none());
    for bad in [
        json!({"kty": "oct", "k": "AAAA"}),
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}),
        json!({}),
        json!([]),
    ] {
        assert!(Key::parse(&bad).is_none(), "{bad}");
    }
}
