//! A world in a box: names that lead to public and to private addresses, and
//! two servers behind all of them. No packet leaves the machine.
//!
//! Whoever connects to a public address of it comes to the `Far` server; who
//! connects to anything else has got past the host, and comes to the vault.

mod server;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use ctx_model::Network;

use server::Server;

/// Addresses that count as public, and belong to the box.
const WORLD: Ipv4Addr = Ipv4Addr::new(9, 1, 1, 1);
const OTHER: Ipv4Addr = Ipv4Addr::new(9, 1, 1, 2);

/// How long the slow name server takes: longer than any deadline of a case.
const SLOW: Duration = Duration::from_secs(2);

/// Names that have one address.
const NAMES: &[(&str, &str)] = &[
    ("world.example", "9.1.1.1"),
    ("other.example", "9.1.1.2"),
    ("private.example", "10.1.2.3"),
    ("lan.example", "192.168.1.1"),
    ("lan-172.example", "172.16.0.1"),
    ("shared.example", "100.64.0.1"),
    ("loopback.example", "127.0.0.1"),
    ("zero.example", "0.0.0.0"),
    ("link-local.example", "169.254.1.1"),
    ("metadata.example", "169.254.169.254"),
    ("loopback-v6.example", "::1"),
    ("any-v6.example", "::"),
    ("link-local-v6.example", "fe80::1"),
    ("unique-local.example", "fd00:ec2::254"),
    ("mapped.example", "::ffff:127.0.0.1"),
    ("compatible.example", "::127.0.0.1"),
    ("nat64.example", "64:ff9b::7f00:1"),
    ("6to4.example", "2002:7f00:1::"),
];

/// The box, with its servers running until it is dropped.
pub(crate) struct World {
    far: Server,
    vault: Server,
    asked: AtomicU64,
}

impl World {
    /// Starts the servers on this machine, on ports of its choice.
    pub(crate) async fn start() -> io::Result<Arc<Self>> {
        let (far, vault) = (Server::start(false).await?, Server::start(true).await?);
        Ok(Arc::new(Self { far, vault, asked: AtomicU64::new(0) }))
    }

    /// Counts the connections that should never have been.
    pub(crate) fn broken_into(&self) -> u64 {
        self.vault.connections()
    }
}

impl Network for World {
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        if let Some((_, address)) = NAMES.iter().find(|(name, _)| *name == host) {
            return Ok(address.parse().into_iter().collect());
        }
        match host {
            "mixed.example" => Ok(vec![Ipv4Addr::LOCALHOST.into(), WORLD.into()]),
            // First a public address, and a private one as soon as it has been
            // looked at.
            "rebinding.example" => {
                let turn = self.asked.fetch_add(1, Ordering::Relaxed);
                Ok(vec![if turn.is_multiple_of(2) { WORLD } else { Ipv4Addr::LOCALHOST }.into()])
            }
            "slow.example" => {
                thread::sleep(SLOW);
                Ok(vec![WORLD.into()])
            }
            "localhost" => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
            // Numbers in odd spellings, as the machine reads them; no name is
            // asked for anywhere.
            _ if host.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'x' | b'.')) => {
                Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
            }
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn route(&self, address: SocketAddr) -> SocketAddr {
        if [IpAddr::from(WORLD), IpAddr::from(OTHER)].contains(&address.ip()) {
            self.far.address
        } else {
            self.vault.address
        }
    }
}
