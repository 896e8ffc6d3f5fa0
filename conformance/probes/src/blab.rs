//! Tells a secret to whoever reads: in log lines, in fields, in its failure.

use ctx_sdk::{Error, Reply, Result, log, secrets};
use serde_json::{Value, json};

crate::probe!(Blab, "blab", "Tells a secret to everybody");

fn run(_: Value) -> Result<Reply> {
    let secret = secrets::get("probe-token")?.reveal();
    log::info(format!("the token is {secret}"));
    log::info(&secret);
    let error = Error::not_found(format!("there is no {secret}"));
    Err(error.details(json!({ "token": secret })))
}
