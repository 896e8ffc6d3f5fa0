//! MCP as clients speak it, message by message.

mod changes;
mod economy;
mod everything;
mod http;
mod questions;
mod stdio;
mod transforms;
pub(crate) mod workspace;
