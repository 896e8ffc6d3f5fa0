//! Sends many requests at once and waits for none before all are sent. It has
//! no twin: a script waits for each.

use ctx_sdk::bindings::lent::wasi::http::outgoing_handler;
use ctx_sdk::bindings::lent::wasi::http::types::{Fields, OutgoingRequest, Scheme};
use ctx_sdk::{Error, Reply, Result};
use serde_json::{Value, json};

const REQUESTS: usize = 32;

crate::probe!(Crowd, "crowd", "Sends many requests at once");

fn run(_: Value) -> Result<Reply> {
    let mut sent = Vec::new();
    for _ in 0..REQUESTS {
        let request = OutgoingRequest::new(Fields::new());
        request
            .set_scheme(Some(&Scheme::Http))
            .and_then(|()| request.set_authority(Some("world.example")))
            .and_then(|()| request.set_path_with_query(Some("/crowd")))
            .map_err(|()| Error::internal("the request cannot be made"))?;
        sent.push(outgoing_handler::handle(request, None));
    }
    let mut most = 0;
    for answer in sent {
        let answer = answer.map_err(|code| Error::internal(code.to_string()))?;
        answer.subscribe().block();
        let Some(Ok(Ok(answer))) = answer.get() else {
            return Err(Error::internal("an answer is missing"));
        };
        // How many were open at once, as the far end saw it.
        for (name, value) in answer.headers().entries() {
            if name == "x-open" {
                most = most.max(String::from_utf8_lossy(&value).parse().unwrap_or(usize::MAX));
            }
        }
    }
    Reply::structured(&json!({ "at_once": most }))
}
