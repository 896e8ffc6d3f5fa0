//! `caller`: who asks, and how the call goes. Always granted.

use ctx_model::Progress;

use crate::bindings::ctx::extension::caller::{Host, Identity};
use crate::state::State;

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
