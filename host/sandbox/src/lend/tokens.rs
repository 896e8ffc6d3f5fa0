//! `tokens`: always granted. Counting is the host's own work, which burns no
//! fuel, so long texts leave the executor and short ones give others a turn.

use super::blocking;
use crate::bindings::ctx::extension::tokens::Host;
use crate::state::State;

/// Bytes that are counted at once, between two turns of the executor.
const SHORT: usize = 8 * 1024;

impl Host for State {
    async fn count(&mut self, text: String) -> wasmtime::Result<u32> {
        self.meter.host_call()?;
        let tokens = self.ports().tokens.clone();
        if text.len() > SHORT {
            return blocking(move || tokens.count(&text)).await;
        }
        if !text.is_empty() {
            tokio::task::yield_now().await;
        }
        Ok(tokens.count(&text))
    }
}
