//! Archives that are not what they say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Node, Package, walk};

fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in parts {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn garbage_nothing_and_half_an_archive_are_errors() {
    let whole = archive(&[("a", b"text")]);
    for bytes in [&b""[..], b"garbage", &whole[..whole.len() / 2]] {
        assert!(Package::open(bytes.to_vec()).is_err());
    }
}

#[test]
fn a_bomb_is_refused_before_it_fills_the_memory() {
    let mut package = Package::open(archive(&[("bomb", &vec![b' '; 65 << 20])])).unwrap();
    let error = package.part("bomb").unwrap_err();
    assert_eq!(error.message(), "its part `bomb` unpacks to more than 67108864 bytes");
}

#[test]
fn parts_come_in_the_order_of_their_numbers() {
    let package =
        Package::open(archive(&[("s/slide10.xml", b""), ("s/slide2.xml", b""), ("s/x.xml", b"")]))
            .unwrap();
    assert_eq!(package.numbered("s/", ".xml"), ["s/slide2.xml", "s/slide10.xml"]);
}

#[test]
fn references_are_resolved_and_own_entities_never_multiply() {
    let xml = "<!DOCTYPE a [<!ENTITY b \"boom\">]><a>&lt;&#x41;&b;<![CDATA[<]]></a>";
    let mut all = String::new();
    walk(xml, |node| {
        if let Node::Text(text) = node {
            all.push_str(text);
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(all, "<A<");
    assert!(walk("<a><b></a>", |_| Ok(())).is_err());
}
