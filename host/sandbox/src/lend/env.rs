//! `env`: variables by name, each granted.

use ctx_model::Denial;

use crate::bindings::ctx::extension::env::{Error, Host};
use crate::state::State;

impl Host for State {
    fn get(&mut self, name: String) -> wasmtime::Result<Result<Option<String>, Error>> {
        self.meter.host_call()?;
        if !self.grant().env.contains(&name) {
            self.denials.record(Denial::Env(name));
            return Ok(Err(Error::Denied));
        }
        let value = self.ports().env.get(&name);
        // Often a token, and no less private than a secret.
        if let Some(value) = &value {
            self.redaction.learn(value);
        }
        Ok(Ok(value))
    }
}
