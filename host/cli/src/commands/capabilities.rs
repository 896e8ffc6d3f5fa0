//! `ctx capabilities`.

use ctx_core::Host;
use ctx_serve::problem::Problem;
use ctx_serve::wire;

use super::{Done, done};
use crate::report::Report;

/// How this build can be reached.
const TRANSPORTS: [&str; 1] = ["cli"];

pub(crate) async fn run(host: &Host, report: &Report) -> Done {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    let value =
        wire::capabilities(host, &catalog, &TRANSPORTS).map_err(|error| Problem::from(&error))?;
    report.data(&value);
    done()
}
