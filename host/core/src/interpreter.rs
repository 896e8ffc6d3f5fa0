//! From a script to the prebuilt interpreter that plays it. A second language
//! would be a second row.

/// A language that scripts may be written in.
pub(crate) struct Interpreter {
    /// The suffix of its files, and its name in `/v1/capabilities`.
    pub(crate) suffix: &'static str,
    /// What begins a comment, in front of each line of a manifest header.
    pub(crate) comment: &'static str,
    /// The component that plays world `interpreter`.
    pub(crate) component: &'static [u8],
}

/// Every language there is.
pub(crate) static INTERPRETERS: [Interpreter; 1] = [Interpreter {
    suffix: "lua",
    comment: "--",
    component: include_bytes!("../../../lua-guest/dist/lua-guest.wasm"),
}];

/// Finds the language of a file.
pub(crate) fn of_suffix(suffix: &str) -> Option<&'static Interpreter> {
    INTERPRETERS.iter().find(|interpreter| interpreter.suffix == suffix)
}
