#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Case, Matter, TABLE, cases};

#[test]
fn every_case_parses_and_is_called_as_its_file() {
    for (path, text) in TABLE {
        let case: Case = toml::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(case.id, *path);
        let is = |role| case.role == role;
        assert_eq!(case.probe.is_some(), is(Matter::Host), "{path}: a host is tried by a probe");
        assert_eq!(case.scene.is_some(), is(Matter::Scene), "{path}: hooks meet in a scene");
        assert_eq!(case.law.is_some(), is(Matter::Law), "{path}: a law is tried by an answer");
        let is_alone = !is(Matter::Host) && !is(Matter::Scene) && !is(Matter::Law);
        assert_eq!(case.action.is_some(), is_alone, "{path}: an extension is tried by an action");
    }
    assert_eq!(cases().len(), TABLE.len());
}

#[test]
fn every_file_is_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut files = BTreeSet::new();
    for role in fs::read_dir(folder).unwrap() {
        for file in fs::read_dir(role.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let role = path.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
            files.insert(format!("{role}/{}", path.file_stem().unwrap().to_str().unwrap()));
        }
    }
    let table: BTreeSet<String> = TABLE.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(table, files);
}

#[test]
fn every_reference_into_the_contract_leads_somewhere() {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    for case in cases() {
        let Some(path) = case.reference.strip_prefix("ctx:extension/") else { continue };
        let (interface, item) = path.split_once('#').unwrap_or((path, "interface"));
        let text = fs::read_to_string(wit.join(format!("{interface}.wit"))).unwrap();
        assert!(text.contains(&format!("interface {interface} {{")), "{}", case.reference);
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        assert!(words.any(|word| word == item), "{}", case.reference);
    }
}
