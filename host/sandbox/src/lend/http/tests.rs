//! Which addresses count as out in the world, and how origins are read.

use super::{is_public, may_reach, origin};

#[track_caller]
fn check(address: &str, public: bool) {
    let address = address.parse().expect("an address");
    assert_eq!(is_public(address), public, "{address}");
}

#[test]
fn the_machines_own_networks_are_not_public() {
    for address in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.0.192",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001::1",
    ] {
        check(address, false);
    }
}

#[test]
fn a_grant_that_names_it_opens_a_network_of_the_machine_and_never_a_clouds_keys() {
    let reach = |address: &str, is_named| may_reach(address.parse().expect("an address"), is_named);
    assert!(reach("127.0.0.1", true) && !reach("127.0.0.1", false));
    assert!(reach("192.168.1.1", true) && reach("8.8.8.8", false));
    for address in ["169.254.169.254", "::ffff:169.254.169.254", "168.63.129.16"] {
        assert!(!reach(address, true) && !reach(address, false), "{address}");
    }
}

#[test]
fn the_rest_of_the_world_is_public() {
    for address in ["1.1.1.1", "93.184.215.14", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
        check(address, true);
    }
}

#[test]
fn an_origin_is_lower_case_and_has_its_port() {
    let read = |text: &str| origin(&text.parse().expect("a URI")).map(|o| o.to_string()).ok();
    assert_eq!(read("https://API.met.no/x").as_deref(), Some("https://api.met.no"));
    assert_eq!(read("http://api.met.no.:8080/x").as_deref(), Some("http://api.met.no:8080"));
    assert_eq!(read("http://[::1]:8080/x").as_deref(), Some("http://[::1]:8080"));
}

#[test]
fn a_user_in_the_authority_is_no_origin() {
    assert!(origin(&"https://api.met.no@evil.example/".parse().expect("a URI")).is_err());
}
