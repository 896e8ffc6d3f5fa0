//! What leaves the process: the JSON of every answer, and the code and the
//! help of every error. The command line prints the same that HTTP and MCP
//! send, so it is written once, here.

pub mod problem;
pub mod wire;
