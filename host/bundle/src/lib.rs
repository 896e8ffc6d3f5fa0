//! What comes with every `ctx`: the extensions that are always there, the
//! probes of the conformance suite, and the Lua examples. Owns bytes and no
//! behaviour; the build script compiles them.

/// An extension that comes with `ctx`.
#[derive(Debug, Clone, Copy)]
pub struct Bundled {
    pub name: &'static str,
    /// A component with its manifest in the section `ctx:manifest`.
    pub bytes: &'static [u8],
}

/// A component of the community's registry that is written in Rust. Its folder
/// there holds all but the component.
#[derive(Debug, Clone, Copy)]
pub struct Registered {
    /// Its folder in the registry: `connectors/rss`.
    pub folder: &'static str,
    pub name: &'static str,
    /// A component with its manifest in the section `ctx:manifest`.
    pub bytes: &'static [u8],
}

mod embedded {
    use super::{Bundled, Registered};

    include!(concat!(env!("OUT_DIR"), "/bundle.rs"));
}

/// The extensions that every `ctx` has, by name.
pub static EXTENSIONS: &[Bundled] = embedded::EXTENSIONS;

/// The components of the community's registry, by their folders.
pub static COMMUNITY: &[Registered] = embedded::COMMUNITY;

/// The probes written in Rust: one component.
pub static PROBES_COMPONENT: &[u8] = embedded::PROBES_COMPONENT;

/// A module of LeanCTX's interface, `wasm-abi-v1`, written in Rust.
pub static ABI_V1_MODULE: &[u8] = embedded::ABI_V1_MODULE;

/// The probes written in Lua: file name and text.
pub static PROBE_SCRIPTS: &[(&str, &str)] = embedded::PROBE_SCRIPTS;

/// The Lua examples that a newcomer copies: file name and text.
pub static EXAMPLES: &[(&str, &str)] = embedded::EXAMPLES;

#[cfg(test)]
mod tests;
