//! Names hosts as no library would: in the words of `wasi:http` itself. It has
//! no twin: scripts have no such words.

use ctx_sdk::bindings::lent::wasi::http::outgoing_handler;
use ctx_sdk::bindings::lent::wasi::http::types::{Fields, OutgoingRequest, Scheme};
use ctx_sdk::{Reply, Result};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Arguments {
    authorities: Vec<String>,
}

crate::probe!(RawAuthority, "raw_authority", "Names hosts in odd ways");

fn run(arguments: Value) -> Result<Reply> {
    let arguments: Arguments = serde_json::from_value(arguments)?;
    let results: Vec<Value> = arguments.authorities.iter().map(|name| asked(name).into()).collect();
    Reply::structured(&json!({ "results": results }))
}

fn asked(authority: &str) -> &'static str {
    let request = OutgoingRequest::new(Fields::new());
    let is_named = request
        .set_scheme(Some(&Scheme::Http))
        .and_then(|()| request.set_authority(Some(authority)))
        .and_then(|()| request.set_path_with_query(Some("/")));
    if is_named.is_err() {
        return "no name";
    }
    let Ok(answer) = outgoing_handler::handle(request, None) else { return "error" };
    answer.subscribe().block();
    match answer.get() {
        Some(Ok(Ok(_))) => "answer",
        _ => "error",
    }
}
