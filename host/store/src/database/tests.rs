#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;

struct Scratch(tempfile::TempDir);

impl Scratch {
    fn open(&self, steps: &[&str]) -> Result<Database, StoreError> {
        Database::open(
            &self.0.path().join("db"),
            &self.0.path().join("lock"),
            Plan { marks: &["one"], steps },
        )
    }
}

fn scratch() -> Scratch {
    Scratch(tempfile::tempdir().unwrap())
}

fn version(database: &Database) -> i64 {
    database.read(|c| c.pragma_query_value(None, "user_version", |row| row.get(0))).unwrap()
}

const ONE: &str = "CREATE TABLE one (x)";
const TWO: &str = "CREATE TABLE two (x); INSERT INTO two VALUES (2)";

#[test]
fn each_step_runs_once() {
    let scratch = scratch();
    assert_eq!(version(&scratch.open(&[ONE]).unwrap()), 1);
    assert_eq!(version(&scratch.open(&[ONE, TWO]).unwrap()), 2);
    let database = scratch.open(&[ONE, TWO]).unwrap();
    let rows = database.read(|c| c.query_row("SELECT count(*) FROM two", [], |r| r.get(0)));
    assert_eq!(rows, Ok(1));
}

#[test]
fn a_step_that_fails_leaves_nothing() {
    let scratch = scratch();
    scratch.open(&[ONE]).unwrap();
    scratch.open(&[ONE, "CREATE TABLE three (x); NONSENSE"]).unwrap_err();
    let database = scratch.open(&[ONE]).unwrap();
    let tables =
        database.read(|c| c.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)));
    assert_eq!(tables, Ok(1));
}

#[test]
fn a_newer_database_is_an_error_of_its_own() {
    let scratch = scratch();
    scratch.open(&[ONE, TWO]).unwrap();
    let error = scratch.open(&[ONE]).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 2, known: 1, .. }), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_damaged() {
    let scratch = scratch();
    std::fs::write(
        scratch.0.path().join("db"),
        "no database, and long enough to see that".repeat(99),
    )
    .unwrap();
    let error = scratch.open(&[ONE]).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn a_panic_in_a_transaction_rolls_it_back() {
    let scratch = scratch();
    let database = scratch.open(&[ONE]).unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        database.write(|c| {
            c.execute("INSERT INTO one VALUES (1)", [])?;
            panic!("on purpose");
            #[expect(unreachable_code, reason = "gives the closure its type")]
            Ok(())
        })
    }));
    assert!(panicked.is_err());
    database.write(|c| c.execute("INSERT INTO one VALUES (2)", [])).unwrap();
    let rows = database.read(|c| c.query_row("SELECT sum(x) FROM one", [], |r| r.get(0)));
    assert_eq!(rows, Ok(2));
}

#[test]
fn a_full_disk_is_an_error_of_its_own_and_loses_nothing() {
    let scratch = scratch();
    let database = scratch.open(&[ONE]).unwrap();
    database.write(|c| c.execute("INSERT INTO one VALUES (1)", [])).unwrap();
    database.set_page_limit(4);
    let error = database
        .write(|c| c.execute("INSERT INTO one VALUES (zeroblob(1000000))", []))
        .unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    let rows = database.read(|c| c.query_row("SELECT count(*) FROM one", [], |r| r.get(0)));
    assert_eq!(rows, Ok(1));
}
