//! Documents of state: what is committed, and what is not.

use ctx_store::{LoggedTransaction, StateCommit, StateDocument};

use crate::workspace::Workspace;

fn commit(version: u64, value: &str, ids: &[&str]) -> StateCommit {
    let logged = |id: &&str| LoggedTransaction {
        extension: "a".to_owned(),
        id: (*id).to_owned(),
        outcome: "applied",
    };
    StateCommit {
        tenant: "t".to_owned(),
        document: "d".to_owned(),
        version,
        value: value.to_owned(),
        before_hash: [0; 32],
        after_hash: [1; 32],
        at: 0,
        transactions: ids.iter().map(logged).collect(),
    }
}

#[test]
fn a_change_that_began_from_an_earlier_version_is_not_stored() {
    let workspace = Workspace::new();
    let store = workspace.open();
    assert!(store.commit_state(&commit(0, r#"{"n":1}"#, &["1"])).unwrap());
    assert!(!store.commit_state(&commit(0, r#"{"n":9}"#, &["2"])).unwrap());
    let value = Some(r#"{"n":1}"#.to_owned());
    assert_eq!(store.state_document("t", "d").unwrap(), StateDocument { version: 1, value });
    assert_eq!(store.state_document("u", "d").unwrap(), StateDocument::default());
    assert_eq!(workspace.open().state_document("t", "d").unwrap().version, 1);
}

#[test]
fn a_transaction_that_was_here_before_is_never_stored_again() {
    let workspace = Workspace::new();
    let store = workspace.open();
    assert!(store.commit_state(&commit(0, "{}", &["1", "2"])).unwrap());
    assert!(!store.commit_state(&commit(1, "{}", &["3", "2"])).unwrap());
    let asked = ["1", "3"].map(|id| ("a".to_owned(), id.to_owned()));
    let seen = store.seen_transactions("t", &asked).unwrap();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [asked[0].clone()]);
    assert!(store.seen_transactions("u", &asked).unwrap().is_empty());
    assert!(store.commit_state(&commit(1, "{}", &["3"])).unwrap());
}

#[test]
fn of_many_who_change_one_document_at_once_none_is_lost() {
    let workspace = Workspace::new();
    let store = workspace.open();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for turn in 0..25 {
                    let id = format!("{thread}-{turn}");
                    loop {
                        let before = store.state_document("t", "d").unwrap();
                        let count: u64 =
                            before.value.as_deref().map_or(0, |text| text.parse().unwrap());
                        let value = (count + 1).to_string();
                        if store.commit_state(&commit(before.version, &value, &[&id])).unwrap() {
                            break;
                        }
                    }
                }
            });
        }
    });
    assert_eq!(store.state_document("t", "d").unwrap().value.as_deref(), Some("100"));
}
