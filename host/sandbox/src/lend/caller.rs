//! `caller`: who asks, and how the call goes. Always granted.

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
        self.ports().log.progress(self.extension(), done, total, message.as_deref());
        Ok(())
    }

    fn cancelled(&mut self) -> wasmtime::Result<bool> {
        self.meter.host_call()?;
        Ok(self.is_cancelled())
    }
}
