//! `ctx capabilities`.

use ctx_core::Host;
use ctx_serve::problem::Problem;
use ctx_serve::{TRANSPORTS, wire};

use super::{Done, done};
use crate::report::Report;

pub(crate) async fn run(host: &Host, report: &Report) -> Done {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    let capabilities = wire::Capabilities::new(host, &catalog, &TRANSPORTS)
        .map_err(|error| Problem::from(&error))?;
    report.data(&capabilities);
    done()
}
