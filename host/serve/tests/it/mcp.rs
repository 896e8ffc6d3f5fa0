//! MCP as clients speak it, message by message.

mod changes;
mod economy;
mod everything;
mod hostile;
mod http;
mod questions;
mod slow;
mod stdio;
mod transforms;
pub(crate) mod workspace;
