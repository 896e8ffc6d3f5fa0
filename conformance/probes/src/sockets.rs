//! Goes for the network without HTTP: connections, datagrams, names, a door of
//! its own. It has no twin: scripts have no sockets.

use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};

use ctx_sdk::{Reply, Result, log};
use serde_json::Value;

crate::probe!(Sockets, "sockets", "Opens sockets");

fn run(_: Value) -> Result<Reply> {
    let ways = [
        ("connect", TcpStream::connect("127.0.0.1:80").is_ok()),
        ("connect v6", TcpStream::connect("[::1]:80").is_ok()),
        ("listen", TcpListener::bind("127.0.0.1:0").is_ok()),
        (
            "send",
            UdpSocket::bind("0.0.0.0:0").and_then(|to| to.send_to(b"x", "127.0.0.1:9")).is_ok(),
        ),
        ("look up", "world.example:80".to_socket_addrs().is_ok_and(|mut all| all.next().is_some())),
    ];
    for (way, _) in ways.iter().filter(|(_, is_open)| *is_open) {
        log::error(format!("got out: {way}"));
    }
    Ok(Reply::text("ok"))
}
