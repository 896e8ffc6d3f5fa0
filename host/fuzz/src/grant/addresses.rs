//! The special-purpose registries of IANA, as lists of networks.

use std::net::IpAddr;

/// Networks of IPv4 that are not the world's.
const FOUR: [(&str, u32); 16] = [
    ("0.0.0.0", 8),
    ("10.0.0.0", 8),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    // Where one cloud hands out a machine's keys.
    ("168.63.129.16", 32),
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.0.0.0", 24),
    ("192.0.2.0", 24),
    ("192.88.99.0", 24),
    ("192.168.0.0", 16),
    ("198.18.0.0", 15),
    ("198.51.100.0", 24),
    ("203.0.113.0", 24),
    ("224.0.0.0", 4),
    ("240.0.0.0", 4),
];

/// Networks below `2000::/3` that are not the world's, or lead to any address of
/// IPv4.
const SIX: [(&str, u32); 4] = [("2001::", 23), ("2001:db8::", 32), ("2002::", 16), ("3fff::", 20)];

/// Networks that hold an address of IPv4 in their last bits.
const HOLDING: [&str; 3] = ["::", "::ffff:0:0", "64:ff9b::"];

/// Whether an address is reachable in all of the world.
pub(super) fn is_of_the_world(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => !FOUR.iter().any(|(network, length)| is_in(address, network, *length)),
        IpAddr::V6(six) => {
            if HOLDING.iter().any(|network| is_in(address, network, 96)) {
                let [.., a, b, c, d] = six.octets();
                return is_of_the_world(IpAddr::from([a, b, c, d]));
            }
            is_in(address, "2000::", 3)
                && !SIX.iter().any(|(network, length)| is_in(address, network, *length))
        }
    }
}

/// Whether the first bits are the same.
fn is_in(address: IpAddr, network: &str, length: u32) -> bool {
    let network: IpAddr = network.parse().expect("it is an address");
    bits(address).chars().zip(bits(network).chars()).take(length as usize).all(|(a, b)| a == b)
}

fn bits(address: IpAddr) -> String {
    match address {
        IpAddr::V4(four) => format!("{:032b}", four.to_bits()),
        IpAddr::V6(six) => format!("{:0128b}", six.to_bits()),
    }
}
