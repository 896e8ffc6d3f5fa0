//! Tokens of an issuer's.

use serde_json::{Value, json};

use super::issuer::{AUDIENCE, Issuer, now};
use super::{ask, mcp, serving, shown};
use crate::rest::served::{JSON, TOKEN};

const CALL: (&str, &str) = ("POST", "/v1/tools/forecast");

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_what_its_scopes_name_and_nothing_else() {
    let issuer = Issuer::new().await;
    let served = serving(&issuer.config()).await;
    let key = issuer.key("one", true);
    let token = key.sign(&issuer.claims("weather unknown"));
    assert_eq!(shown(&served, &token).await, ["forecast", "whoami"]);
    let answer = ask(&served, &token, "POST", "/v1/tools/whoami", &json!({})).await.well();
    let who = &answer["result"]["structured"];
    assert_eq!(who, &json!({"id": "oauth:ada", "scopes": ["weather", "unknown"]}));

    let refused = ask(&served, &token, "POST", "/v1/tools/send", &json!({})).await;
    refused.problem(403, "ctx::auth::scope");
    let challenge = refused.header("www-authenticate").to_owned();
    assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(r#"scope="mail""#), "{challenge}");
    assert!(challenge.contains("/.well-known/oauth-protected-resource"), "{challenge}");
    // The routes of Context Harness are no way around.
    let listed = ask(&served, &token, "GET", "/tools/list", &Value::Null).await.well();
    assert_eq!(listed["tools"].as_array().unwrap().len(), 2);
    assert_eq!(ask(&served, &token, "POST", "/tools/send", &json!({})).await.status, 403);
    for (method, path) in [
        ("GET", "/v1/extensions"),
        ("GET", "/v1/capabilities"),
        ("GET", "/v1/search?q=a"),
        ("GET", "/v1/sources"),
        ("GET", "/metrics"),
        ("GET", "/"),
        ("POST", "/v1/sources/notes/syncs"),
    ] {
        ask(&served, &token, method, path, &json!({})).await.problem(403, "ctx::auth::scope");
    }
    assert!(served.journal("mail").is_empty());
    assert_eq!(served.journal("weather").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_mcp_a_tool_out_of_scope_says_how_to_step_up() {
    let issuer = Issuer::new().await;
    let served = serving(&issuer.config()).await;
    let key = issuer.key("one", true);
    let narrow = key.sign(&issuer.claims("weather"));
    let send = json!({"name": "send", "arguments": {}});
    let refused = mcp(&served, &narrow, "tools/call", send.clone()).await;
    assert_eq!(refused.status, 403);
    let challenge = refused.header("www-authenticate");
    assert!(challenge.contains(r#"scope="mail""#), "{challenge}");
    assert!(challenge.contains("/.well-known/oauth-protected-resource/mcp"), "{challenge}");
    assert!(served.journal("mail").is_empty());
    // A document is read as the built-in tool reads it.
    let document = json!({"uri": "ctx://document/00000000-0000-0000-0000-000000000000"});
    assert_eq!(mcp(&served, &narrow, "resources/read", document).await.status, 403);

    let wide = key.sign(&issuer.claims("weather mail"));
    let answer = mcp(&served, &wide, "tools/call", send).await.json();
    assert_eq!(answer["result"]["structuredContent"], json!({"sent": true}));
    // What nobody has is unknown, whatever the token.
    let nobody = mcp(&served, &narrow, "tools/call", json!({"name": "nope"})).await.json();
    assert_eq!(nobody["error"]["code"], -32602);
    let all = key.sign(&issuer.claims("all"));
    ask(&served, &all, "GET", "/v1/extensions", &Value::Null).await.well();
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_do_not_count_are_told_from_those_that_do() {
    let issuer = Issuer::new().await;
    let served = serving(&issuer.config()).await;
    let (key, unpublished) = (issuer.key("one", true), issuer.key("one", false));
    let with = |name: &str, value: Value| {
        let mut claims = issuer.claims("weather");
        claims[name] = value;
        key.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = issuer.claims("weather");
        claims.as_object_mut().unwrap().remove(name);
        key.sign(&claims)
    };
    let good = issuer.claims("weather");
    let none = key.sign_as(&json!({"alg": "none"}), &good);
    let unsigned = format!("{}.", none.rsplit_once('.').unwrap().0);
    for (why, token) in [
        ("another issuer", with("iss", json!("http://127.0.0.1:1"))),
        ("another server", with("aud", json!("http://127.0.0.1/other"))),
        ("another server", with("aud", json!(["a", "b"]))),
        ("no server", without("aud")),
        ("expired", with("exp", json!(now() - 3600))),
        ("never expires", without("exp")),
        ("expires oddly", with("exp", json!("soon"))),
        ("not yet", with("nbf", json!(now() + 3600))),
        ("nobody", without("sub")),
        ("no signature", unsigned),
        ("no algorithm", none),
        ("a secret", key.sign_as(&json!({"alg": "HS256", "kid": "one"}), &good)),
        ("another algorithm", key.sign_as(&json!({"alg": "RS256", "kid": "one"}), &good)),
        ("somebody else's key", unpublished.sign(&good)),
        ("a key that nobody knows", issuer.key("two", false).sign(&good)),
        ("no token", "garbage".to_owned()),
        ("a long one", "a".repeat(9000)),
    ] {
        let refused = ask(&served, &token, CALL.0, CALL.1, &json!({})).await;
        assert_eq!(refused.status, 401, "{why}: {}", refused.text());
        refused.problem(401, "ctx::auth::token");
        let challenge = refused.header("www-authenticate");
        assert!(challenge.contains(r#"error="invalid_token""#), "{why}: {challenge}");
        assert_eq!(mcp(&served, &token, "tools/list", json!({})).await.status, 401, "{why}");
    }
    assert!(served.journal("weather").is_empty());
    // However many came, the issuer was asked once, and once again.
    assert!(issuer.asked() <= 2, "{}", issuer.asked());
    for good in
        [with("aud", json!(["other", AUDIENCE])), with("exp", json!(now() - 5)), key.sign(&good)]
    {
        ask(&served, &good, CALL.0, CALL.1, &json!({})).await.well();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_may_change_its_keys() {
    let issuer = Issuer::new().await;
    let served = serving(&issuer.config()).await;
    let old = issuer.key("old", true).sign(&issuer.claims("weather"));
    // Two that are there when it is first asked; the one is known from then on.
    let new = issuer.key("new", true);
    issuer.forget_first();
    let new = new.sign(&issuer.claims("weather"));
    ask(&served, &new, CALL.0, CALL.1, &json!({})).await.well();
    ask(&served, &old, CALL.0, CALL.1, &json!({})).await.problem(401, "ctx::auth::token");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_brings_no_token_is_told_where_to_get_one() {
    let issuer = Issuer::new().await;
    let served = serving(&issuer.config()).await;
    // A proxy brings whoever asks: nobody is local then.
    let proxied = [JSON, ("x-forwarded-for", "10.0.0.1")];
    let refused = served.ask("POST", "/mcp", &proxied, "{}").await;
    assert_eq!(refused.status, 401);
    let challenge = refused.header("www-authenticate");
    let place = "http://127.0.0.1/.well-known/oauth-protected-resource/mcp";
    assert!(challenge.contains(&format!(r#"resource_metadata="{place}""#)), "{challenge}");
    assert!(challenge.contains(r#"scope="all mail read weather""#), "{challenge}");
    for path in
        ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"]
    {
        let metadata = served.ask("GET", path, &[proxied[1]], "").await.well();
        assert_eq!(metadata["resource"], AUDIENCE);
        assert_eq!(metadata["authorization_servers"], json!([issuer.name]));
        assert_eq!(metadata["scopes_supported"], json!(["all", "mail", "read", "weather"]));
    }
    // On this machine nothing has changed, and the operator is who he was.
    served.post(CALL.1, &json!({})).await.well();
    ask(&served, TOKEN, "GET", "/v1/extensions", &Value::Null).await.well();
    let plain = serving("").await;
    let none = plain.get("/.well-known/oauth-protected-resource/mcp").await;
    none.problem(404, "ctx::auth::no_issuer");
}
