//! `caller`: who asks, and how the call goes. Always granted.

use ctx_model::{Progress, shortened};

use crate::bindings::ctx::extension::caller::{Host, Identity};
use crate::state::State;

/// Bytes of what is said about how far a call is.
const LONGEST: usize = 1024;

impl Host for State {
    fn whoami(&mut self) -> wasmtime::Result<Identity> {
        self.meter.host_call()?;
        let caller = &self.lent.caller;
        Ok(Identity {
            id: caller.id.clone(),
            scopes: caller.scopes.clone(),
            locale: caller.locale.clone(),
            trace: caller.trace.clone(),
        })
    }

    fn progress(
        &mut self,
        done: f64,
        total: Option<f64>,
        message: Option<String>,
    ) -> wasmtime::Result<()> {
        self.meter.host_call()?;
        // It waits for whoever reads it, and the guest does not pay for that.
        let message = message.map(|message| shortened(message, LONGEST));
        let progress = Progress {
            extension: self.extension(),
            caller: &self.lent.caller,
            done,
            total,
            message: message.as_deref(),
        };
        self.ports().log.progress(&progress);
        if let Some(hearer) = &self.lent.hearer {
            hearer.progress(&progress);
        }
        Ok(())
    }

    fn cancelled(&mut self) -> wasmtime::Result<bool> {
        self.meter.host_call()?;
        Ok(self.is_cancelled())
    }
}
