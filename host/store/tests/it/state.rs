//! Grants, refusals and trust.

use std::slice;

use ctx_model::Digest;
use ctx_store::{Binding, ConformanceRow, GrantRow, StateStore, StoreError, TrustRow};

const ONE: Digest = Digest([1; 32]);
const TWO: Digest = Digest([2; 32]);

fn grant(binding: Binding, value: &str) -> GrantRow {
    GrantRow {
        extension: "weather".to_owned(),
        binding,
        capability: "http".to_owned(),
        value: value.to_owned(),
        extra: None,
        at: 5,
    }
}

#[test]
fn a_grant_holds_for_its_digest_only() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateStore::open(folder.path()).unwrap();
    let one = grant(Binding::Digest(ONE), "api.met.no");
    state.grant(&one).unwrap();
    state.grant(&one).unwrap();
    let state = StateStore::open(folder.path()).unwrap();
    assert_eq!(state.grants("weather", &Binding::Digest(ONE)).unwrap(), slice::from_ref(&one));
    assert!(state.grants("weather", &Binding::Digest(TWO)).unwrap().is_empty());
    assert!(state.grants("other", &Binding::Digest(ONE)).unwrap().is_empty());
    assert_eq!(
        state.earlier_grants("weather", &Binding::Digest(TWO)).unwrap(),
        slice::from_ref(&one)
    );
    assert!(state.earlier_grants("weather", &Binding::Digest(ONE)).unwrap().is_empty());
    assert_eq!(state.all_grants().unwrap(), [one]);
}

#[test]
fn a_grant_may_be_bound_to_a_path_and_name_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateStore::open(folder.path()).unwrap();
    let binding = Binding::Path("/w/notes.lua".to_owned());
    let row = GrantRow {
        capability: "files".to_owned(),
        extra: Some("/home/me/notes".to_owned()),
        ..grant(binding.clone(), "notes")
    };
    state.grant(&row).unwrap();
    assert_eq!(state.grants("weather", &binding).unwrap(), [row]);
    assert!(state.grants("weather", &Binding::Path("/w".to_owned())).unwrap().is_empty());
}

#[test]
fn revoking_takes_one_value_one_capability_or_all() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateStore::open(folder.path()).unwrap();
    for value in ["a", "b", "c"] {
        state.grant(&grant(Binding::Digest(ONE), value)).unwrap();
        state.grant(&grant(Binding::Digest(TWO), value)).unwrap();
    }
    assert_eq!(state.revoke("weather", Some("http"), Some("a")), Ok(2));
    assert_eq!(state.revoke("weather", Some("env"), None), Ok(0));
    assert_eq!(state.revoke("other", None, None), Ok(0));
    assert_eq!(state.revoke("weather", None, None), Ok(4));
    assert!(state.all_grants().unwrap().is_empty());
}

#[test]
fn the_last_decision_counts() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateStore::open(folder.path()).unwrap();
    let binding = Binding::Digest(ONE);
    let row = grant(binding.clone(), "a");
    state.refuse(&row).unwrap();
    assert_eq!(state.refusals("weather", &binding).unwrap(), slice::from_ref(&row));
    state.grant(&row).unwrap();
    assert!(state.refusals("weather", &binding).unwrap().is_empty());
    state.refuse(&row).unwrap();
    assert!(state.grants("weather", &binding).unwrap().is_empty());
    assert_eq!(state.forget_refusals("weather"), Ok(1));
}

#[test]
fn trust_is_in_one_config_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateStore::open(folder.path()).unwrap();
    let row = |digest| TrustRow { path: "/w".to_owned(), digest, at: 9 };
    state.trust(&row(ONE)).unwrap();
    assert_eq!(state.is_trusted("/w", ONE), Ok(true));
    assert_eq!(state.is_trusted("/w", TWO), Ok(false));
    assert_eq!(state.is_trusted("/x", ONE), Ok(false));
    state.trust(&row(TWO)).unwrap();
    assert_eq!(state.is_trusted("/w", ONE), Ok(false));
    assert_eq!(state.all_trust().unwrap(), [row(TWO)]);
    assert_eq!(state.untrust("/w"), Ok(true));
    assert_eq!(state.untrust("/w"), Ok(false));
    assert_eq!(state.trusted("/w"), Ok(None));
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_state() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("deep/ctx");
    let state = StateStore::open(&directory).unwrap();
    state.trust(&TrustRow { path: "/w".to_owned(), digest: ONE, at: 1 }).unwrap();
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    let mut files = 0;
    for file in std::fs::read_dir(&directory).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files += 1;
    }
    assert!(files >= 3, "the database, its log and the lock");
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = StateStore::open(&file.join("ctx")).unwrap_err();
    assert!(matches!(error, StoreError::Unusable { .. }), "{error}");
}

#[test]
fn a_result_of_the_suite_is_of_its_digest_and_its_suite() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateStore::open(folder.path()).unwrap();
    let row = |digest, suite: &str, at| ConformanceRow {
        extension: "weather".to_owned(),
        digest,
        suite: suite.to_owned(),
        passed: 7,
        failed: 1,
        warned: 0,
        skipped: 2,
        failures: vec!["tool/answer:weather/\"forecast\"".to_owned()],
        at,
    };
    assert_eq!(state.conformance_of(ONE), Ok(vec![]));
    assert_eq!(state.last_conformance("weather"), Ok(None));
    state.note_conformance(&row(ONE, "1", 3)).unwrap();
    state.note_conformance(&row(ONE, "1", 4)).unwrap();
    state.note_conformance(&row(ONE, "2", 5)).unwrap();
    state.note_conformance(&row(TWO, "2", 6)).unwrap();
    assert_eq!(state.conformance_of(ONE), Ok(vec![row(ONE, "2", 5), row(ONE, "1", 4)]));
    assert_eq!(state.last_conformance("weather"), Ok(Some(row(TWO, "2", 6))));
    assert_eq!(state.last_conformance("other"), Ok(None));
    // Whoever writes a script again and again does not fill the state.
    for version in 0..100 {
        state.note_conformance(&row(Digest([version; 32]), "2", i64::from(version) + 10)).unwrap();
    }
    assert_eq!(state.conformance_of(Digest([99; 32])).unwrap().len(), 1);
    assert_eq!(state.conformance_of(Digest([50; 32])), Ok(vec![]));
}
