//! How a probe tells that it got at what it must not have: by a line in the
//! log. Its answer does not reach anybody if the run ends as refused.

use ctx_sdk::log;

/// Stands in everything that no probe may see.
const MARKER: &[u8] = b"crown-jewels";

/// Tells of bytes that are not the probe's to see.
pub(crate) fn told(way: &str, bytes: &[u8]) {
    if bytes.windows(MARKER.len()).any(|window| window == MARKER) {
        log::error(format!("got out: {way}"));
    }
}
