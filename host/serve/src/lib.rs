//! What leaves the process: the JSON of every answer, the code and the help of
//! every error, and the server that sends them. The command line prints the
//! same that HTTP and MCP send, so it is written once, here.

mod answer;
mod app;
mod auth;
mod body;
pub mod figures;
mod gate;
mod guard;
mod lanes;
pub mod mcp;
mod metrics;
mod openai;
pub mod otlp;
mod outbound;
mod page;
mod patience;
pub mod problem;
pub mod reach;
mod rejection;
mod remedy;
mod request;
mod rest;
mod router;
mod server;
mod session;
pub mod wire;

pub use app::TRANSPORTS;
pub use metrics::Metrics;
pub use server::{Server, ServerOptions};
