//! `changed`: a list is out of date. Always granted.

use ctx_model::Outdated;

use crate::bindings::ctx::extension::changed::Host;
use crate::state::State;

/// Bytes of an address that anybody could have subscribed to.
const LONGEST_URI: usize = 8192;

impl State {
    fn outdated(&mut self, what: &Outdated) -> wasmtime::Result<()> {
        self.meter.host_call()?;
        self.ports().log.changed(self.extension(), what);
        Ok(())
    }
}

impl Host for State {
    fn tools(&mut self) -> wasmtime::Result<()> {
        self.outdated(&Outdated::Tools)
    }

    fn agents(&mut self) -> wasmtime::Result<()> {
        self.outdated(&Outdated::Agents)
    }

    fn resources(&mut self) -> wasmtime::Result<()> {
        self.outdated(&Outdated::Resources)
    }

    fn resource_at(&mut self, uri: String) -> wasmtime::Result<()> {
        // Whoever subscribes to an address has named it in a request.
        if uri.len() > LONGEST_URI {
            return self.meter.host_call();
        }
        self.outdated(&Outdated::Resource(uri))
    }
}
