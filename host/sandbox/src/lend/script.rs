//! `script`: the script that an interpreter plays.

use crate::bindings::ctx::extension::script::{Host, SourceText};
use crate::snapshot::Kept;
use crate::state::State;

impl Host for State {
    fn load(&mut self) -> wasmtime::Result<SourceText> {
        self.meter.host_call()?;
        let Some(script) = &self.lent.loan.script else {
            return Err(wasmtime::Error::msg("it asks for a script, and is installed without one"));
        };
        Ok(SourceText { name: script.name.clone(), text: script.text.clone() })
    }

    fn keep(&mut self, address: u32, memory: Vec<u8>) -> wasmtime::Result<()> {
        self.meter.host_call()?;
        let Some(capture) = &mut self.capture else {
            return Err(wasmtime::Error::msg("it hands over its memory, and nobody asked for it"));
        };
        capture.kept = Some(Kept { address, memory });
        Ok(())
    }
}
