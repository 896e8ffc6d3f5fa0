//! Where texts may be cut: each file knows one kind of text and lists its
//! units; `pack` makes pieces of them.

pub(crate) mod code;
pub(crate) mod data;
pub(crate) mod json;
pub(crate) mod lexer;
pub(crate) mod markup;
pub(crate) mod pack;
pub(crate) mod plain;
