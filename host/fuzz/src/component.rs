//! Components: whatever the bytes are, they are refused with a reason or are
//! an extension that plays a role and imports what is lent.

use std::cell::OnceCell;

use ctx_core::fuzzed::section;
use ctx_sandbox::{PrepareError, Sandbox, SandboxConfig};

thread_local! {
    static SANDBOX: OnceCell<Sandbox> = const { OnceCell::new() };
}

/// Loads a component, as far as that goes without running it.
pub fn run(bytes: &[u8]) {
    // What the catalog asks of the same bytes first.
    let manifest = section(bytes).map(str::len).unwrap_or_default();
    assert!(manifest <= bytes.len());
    SANDBOX.with(|sandbox| {
        let sandbox = sandbox.get_or_init(|| {
            let config = SandboxConfig { on_demand: true, ..SandboxConfig::default() };
            Sandbox::new(config).expect("the engine starts")
        });
        check(sandbox, bytes);
    });
}

fn check(sandbox: &Sandbox, bytes: &[u8]) {
    match sandbox.prepare(bytes) {
        Ok(prepared) => {
            assert!(prepared.is_interpreter() || !prepared.roles().is_empty());
            assert!(!prepared.recompiled, "there is no cache");
            for import in prepared.imports() {
                let lent = import.starts_with("ctx:extension/") || import.starts_with("wasi:");
                assert!(lent, "nobody lends `{import}`");
            }
        }
        Err(PrepareError::UnknownImports(names)) => assert!(!names.is_empty()),
        Err(error @ (PrepareError::NotWasm | PrepareError::CoreModule)) => {
            let is_component = bytes.starts_with(b"\0asm\x0d\0\x01\0");
            assert!(!is_component, "{error}");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
