//! The same module in `wasmi`, which is what LeanCTX runs it in: a store and
//! an instance for each call, the compiled module kept.

use anyhow::{Context as _, Result};
use wasmi::{Engine, Linker, Store};

/// A module that is kept compiled.
pub(super) struct Module {
    engine: Engine,
    module: wasmi::Module,
}

impl Module {
    pub(super) fn new(bytes: &[u8]) -> Result<Self> {
        let engine = Engine::default();
        let module = wasmi::Module::new(&engine, bytes)?;
        Ok(Self { engine, module })
    }

    pub(super) fn compress(&self, text: &str) -> Result<String> {
        let mut store = Store::new(&self.engine, ());
        let linker = <Linker<()>>::new(&self.engine);
        let instance = linker.instantiate_and_start(&mut store, &self.module)?;
        let memory = instance.get_memory(&store, "memory").context("it has a memory")?;
        let alloc = instance.get_typed_func::<i32, i32>(&store, "alloc")?;
        let run = instance.get_typed_func::<(i32, i32, i32), i64>(&store, "lctx_compress")?;
        let length = i32::try_from(text.len())?;
        let at = alloc.call(&mut store, length)?;
        memory.write(&mut store, usize::try_from(at)?, text.as_bytes())?;
        let packed = run.call(&mut store, (at, length, -1))?.cast_unsigned();
        let (start, size) =
            (usize::try_from(packed >> 32)?, usize::try_from(packed & 0xffff_ffff)?);
        let bytes =
            memory.data(&store).get(start..start + size).context("it lies in its memory")?;
        Ok(String::from_utf8(bytes.to_vec())?)
    }
}
