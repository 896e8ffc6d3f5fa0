//! What `wit-bindgen` makes of `wit/`, and short names for its types.
//!
//! Nothing else here: the rest of the crate says `bindings::Document`.

#![allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    unsafe_code,
    unreachable_pub,
    elided_lifetimes_in_paths,
    unused_lifetimes,
    clippy::allow_attributes_without_reason,
    clippy::unwrap_used,
    clippy::panic,
    reason = "generated code"
)]

wit_bindgen::generate!({
    path: ["../wit", "wit"],
    world: "ctx:lua-guest/guest",
    generate_all,
});

pub(crate) use ctx::extension::asking::{Ask, Form, Outcome, Question, Questions, Resumed, Visit};
pub(crate) use ctx::extension::types::{
    Blob, Block, BlockContent, Budget, Content, Document, EmbeddedContent, EmbeddedResource, Error,
    ErrorKind, Message, ResourceLink, Role,
};
