//! Addresses that need a second look before anybody connects to them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where clouds hand out a machine's keys: Amazon, Google, Microsoft and most
/// others; Amazon's containers; Alibaba; Oracle; Microsoft's own host.
const METADATA: [Ipv4Addr; 6] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
    Ipv4Addr::new(168, 63, 129, 16),
];

/// The same of Amazon and Google, for IPv6.
const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

/// Whether an address is where clouds hand out a machine's keys. Nothing that
/// an extension does needs it.
pub fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => METADATA.contains(&v4),
        IpAddr::V6(v6) => match embedded_v4(v6) {
            Some(v4) => METADATA.contains(&v4),
            None => METADATA_V6.contains(&v6),
        },
    }
}

/// Finds the IPv4 address in one that is mapped, compatible, or behind NAT64.
pub fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::is_metadata;

    #[test]
    fn keys_of_clouds_are_found_in_every_guise() {
        for address in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "::a9fe:a9fe",
            "64:ff9b::a9fe:a9fe",
            "168.63.129.16",
            "fd00:ec2::254",
        ] {
            assert!(is_metadata(address.parse().unwrap()), "{address}");
        }
        for address in ["169.254.1.1", "8.8.8.8", "::1", "fd00:ec2::1"] {
            assert!(!is_metadata(address.parse().unwrap()), "{address}");
        }
    }
}
