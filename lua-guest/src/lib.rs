//! The Lua guest: one component that plays whatever role a script says.
//!
//! The host hands it a script; this crate lends the script its API, and turns
//! its tables into the nouns of `wit/` and back. It owns no policy: what a
//! script may reach is decided by the host, each time it is asked.

mod api;
mod bindings;
mod convert;
mod failure;
mod interpreter;
mod lend;
mod roles;
mod sandbox;
mod snapshot;
mod timestamp;

/// Carries the exports of the world.
struct LuaGuest;

impl bindings::Guest for LuaGuest {
    fn init() {
        let booted = interpreter::booted();
        booted.map(drop).expect("the prelude runs without the host");
    }
}

#[expect(unsafe_code, reason = "exports of a component are C functions")]
mod exports {
    use crate::{LuaGuest, bindings};
    bindings::export!(LuaGuest with_types_in bindings);
}
