//! An interpreter that has loaded its script, written down for all instances
//! to come.

use crate::bindings::Error;
use crate::bindings::ctx::extension::script;
use crate::bindings::exports::ctx::extension::snapshot;
use crate::{LuaGuest, interpreter};

/// Where memory begins to mean something. Nothing lies at the addresses below:
/// they are the far end of the stack.
const BEGIN: usize = 1 << 12;

/// Bytes of a page of memory.
const PAGE: usize = 1 << 16;

impl snapshot::Guest for LuaGuest {
    fn capture() -> Result<(), Error> {
        interpreter::loaded_for_all()?;
        keep();
        Ok(())
    }
}

/// Hands over all memory where it lies. A copy would be a part of it.
#[expect(unsafe_code, reason = "all memory as one slice is what no Rust type stands for")]
fn keep() {
    let begin = std::ptr::without_provenance::<u8>(BEGIN);
    let end = memory_size();
    // SAFETY: every address below the size of the memory can be read, the host
    // only copies, and nothing else runs meanwhile.
    let memory = unsafe { std::slice::from_raw_parts(begin, end - BEGIN) };
    script::keep(u32::try_from(BEGIN).unwrap_or(0), memory);
}

/// Returns the bytes of memory that this instance has.
#[cfg(target_arch = "wasm32")]
fn memory_size() -> usize {
    core::arch::wasm32::memory_size(0) * PAGE
}

/// Tests of this crate run natively, where nobody takes snapshots.
#[cfg(not(target_arch = "wasm32"))]
fn memory_size() -> usize {
    PAGE
}
