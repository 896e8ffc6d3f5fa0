//! `settings`: this extension's own.

use crate::bindings::ctx::extension::settings::Host;
use crate::state::State;

impl Host for State {
    fn get(&mut self) -> wasmtime::Result<String> {
        self.meter.host_call()?;
        Ok(self.lent.loan.settings.clone())
    }
}
