//! What reads bytes of strangers, by names that `host/fuzz` can say. Nothing
//! else names it.

use std::net::IpAddr;

use ctx_model::Origin;
use http::Uri;

use crate::lend::{files, http as egress};

/// Returns where a request of a guest goes, as grants are held against it.
pub fn origin(uri: &Uri) -> Option<Origin> {
    egress::origin(uri).ok()
}

/// Whether an address is out in the world.
pub fn is_public(address: IpAddr) -> bool {
    egress::is_public(address)
}

/// Whether a path stays below its folder by its words alone.
pub fn stays_inside(path: &str) -> bool {
    files::stays_inside(path)
}
