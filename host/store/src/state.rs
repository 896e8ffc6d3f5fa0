//! What the operator has decided: grants, refusals and trust. It belongs to
//! the user and never to a workspace, so that a clone grants itself nothing.

mod conformance;

use std::fs;
use std::path::{Path, PathBuf};

use ctx_model::{Digest, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::StoreError;
use crate::database::{Database, STATE};
pub use conformance::ConformanceRow;

/// The user's own state. Any number of threads and processes may use it.
#[derive(Debug)]
pub struct StateStore {
    database: Database,
}

/// What a grant holds for, besides the name of the extension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binding {
    /// These very files.
    Digest(Digest),
    /// Whatever lies there: entries of a trusted config, and dev mode.
    Path(String),
}

/// One thing that is granted, or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    pub extension: String,
    pub binding: Binding,
    /// `http`, `env`, `secrets`, `files`, `kv` or `context`.
    pub capability: String,
    /// A host pattern, a name, a source; `true` for `kv`.
    pub value: String,
    /// The path of a granted folder.
    pub extra: Option<String>,
    pub at: Timestamp,
}

/// A config that counts as the operator's own word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustRow {
    pub path: String,
    pub digest: Digest,
    pub at: Timestamp,
}

const COLUMNS: &str = "extension, bound_by, bound_to, capability, value, extra, at";

impl StateStore {
    /// Opens the state in a folder, and creates what is absent. Folder and
    /// files are for the user alone.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join("state.sqlite");
        make_private(directory, &path).map_err(|error| StoreError::io(directory, &error))?;
        let database = Database::open(&path, &directory.join("state.lock"), STATE)?;
        Ok(Self { database })
    }

    /// Records a grant. It takes the place of a refusal of the same.
    pub fn grant(&self, grant: &GrantRow) -> Result<(), StoreError> {
        self.decide("grants", "refusals", grant)
    }

    /// Records a refusal. It takes the place of a grant of the same.
    pub fn refuse(&self, refusal: &GrantRow) -> Result<(), StoreError> {
        self.decide("refusals", "grants", refusal)
    }

    /// Takes back what was granted to an extension, whatever it was bound to:
    /// one value, one capability or everything. Returns how many grants went.
    pub fn revoke(
        &self,
        extension: &str,
        capability: Option<&str>,
        value: Option<&str>,
    ) -> Result<u64, StoreError> {
        self.remove("grants", extension, capability, value)
    }

    /// Forgets what was refused, so that it is asked again.
    pub fn forget_refusals(&self, extension: &str) -> Result<u64, StoreError> {
        self.remove("refusals", extension, None, None)
    }

    /// Lists what is granted to this very extension.
    pub fn grants(&self, extension: &str, binding: &Binding) -> Result<Vec<GrantRow>, StoreError> {
        self.list("grants", Some(extension), |row| row.binding == *binding)
    }

    /// Lists what was refused to this very extension.
    pub fn refusals(
        &self,
        extension: &str,
        binding: &Binding,
    ) -> Result<Vec<GrantRow>, StoreError> {
        self.list("refusals", Some(extension), |row| row.binding == *binding)
    }

    /// Lists what was granted to other versions of an extension, which holds
    /// no more.
    pub fn earlier_grants(
        &self,
        extension: &str,
        binding: &Binding,
    ) -> Result<Vec<GrantRow>, StoreError> {
        self.list("grants", Some(extension), |row| row.binding != *binding)
    }

    /// Lists every grant, by extension.
    pub fn all_grants(&self) -> Result<Vec<GrantRow>, StoreError> {
        self.list("grants", None, |_| true)
    }

    /// Makes a config the operator's own word, as it is now.
    pub fn trust(&self, trust: &TrustRow) -> Result<(), StoreError> {
        self.write(|connection| {
            connection.execute(
                "INSERT INTO trust VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET digest = excluded.digest, at = excluded.at",
                params![trust.path, trust.digest.to_string(), trust.at],
            )?;
            Ok(())
        })
    }

    /// Whether a config counts as the operator's own word, as it is now.
    pub fn is_trusted(&self, path: &str, digest: Digest) -> Result<bool, StoreError> {
        Ok(self.trusted(path)?.is_some_and(|trust| trust.digest == digest))
    }

    /// Returns what is trusted at a path. Its digest may be an earlier one.
    pub fn trusted(&self, path: &str) -> Result<Option<TrustRow>, StoreError> {
        self.database.read(|connection| {
            connection
                .query_row("SELECT path, digest, at FROM trust WHERE path = ?1", [path], trust_row)
                .optional()
        })
    }

    /// Takes trust back, and says whether there was any.
    pub fn untrust(&self, path: &str) -> Result<bool, StoreError> {
        self.write(|connection| {
            Ok(connection.execute("DELETE FROM trust WHERE path = ?1", [path])? > 0)
        })
    }

    /// Lists every trusted config, by path.
    pub fn all_trust(&self) -> Result<Vec<TrustRow>, StoreError> {
        self.database.read(|connection| {
            connection
                .prepare("SELECT path, digest, at FROM trust ORDER BY path")?
                .query_map([], trust_row)?
                .collect()
        })
    }

    fn decide(&self, here: &str, there: &str, row: &GrantRow) -> Result<(), StoreError> {
        let (by, to) = row.binding.columns();
        let GrantRow { extension, capability, value, extra, at, .. } = row;
        self.write(|connection| {
            connection.execute(
                &format!(
                    "DELETE FROM {there} WHERE (extension, bound_by, bound_to, capability, value)
                         = (?1, ?2, ?3, ?4, ?5)"
                ),
                params![extension, by, to, capability, value],
            )?;
            connection.execute(
                &format!(
                    "INSERT INTO {here} ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT DO UPDATE SET extra = excluded.extra, at = excluded.at"
                ),
                params![extension, by, to, capability, value, extra, at],
            )?;
            Ok(())
        })
    }

    fn remove(
        &self,
        table: &str,
        extension: &str,
        capability: Option<&str>,
        value: Option<&str>,
    ) -> Result<u64, StoreError> {
        self.write(|connection| {
            let removed = connection.execute(
                &format!(
                    "DELETE FROM {table} WHERE extension = ?1
                         AND (?2 IS NULL OR capability = ?2) AND (?3 IS NULL OR value = ?3)"
                ),
                params![extension, capability, value],
            )?;
            Ok(removed as u64)
        })
    }

    fn list(
        &self,
        table: &str,
        extension: Option<&str>,
        keep: impl Fn(&GrantRow) -> bool,
    ) -> Result<Vec<GrantRow>, StoreError> {
        let rows: Vec<Option<GrantRow>> = self.database.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM {table} WHERE ?1 IS NULL OR extension = ?1
                     ORDER BY extension, at, capability, value"
                ))?
                .query_map([extension], grant_row)?
                .collect()
        })?;
        Ok(rows.into_iter().flatten().filter(keep).collect())
    }

    /// A decision that was confirmed outlives a power cut.
    fn write<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.database.write_through(work)
    }
}

impl Binding {
    fn columns(&self) -> (&'static str, String) {
        match self {
            Self::Digest(digest) => ("digest", digest.to_string()),
            Self::Path(path) => ("path", path.clone()),
        }
    }
}

/// Reads a grant. One that nobody could have written grants nothing.
fn grant_row(row: &Row<'_>) -> rusqlite::Result<Option<GrantRow>> {
    let (by, to): (String, String) = (row.get(1)?, row.get(2)?);
    let binding = match by.as_str() {
        "path" => Some(Binding::Path(to)),
        _ => Digest::from_hex(&to).map(Binding::Digest),
    };
    let Some(binding) = binding else { return Ok(None) };
    Ok(Some(GrantRow {
        extension: row.get(0)?,
        binding,
        capability: row.get(3)?,
        value: row.get(4)?,
        extra: row.get(5)?,
        at: row.get(6)?,
    }))
}

/// Reads trust. A digest that is none matches no config.
fn trust_row(row: &Row<'_>) -> rusqlite::Result<TrustRow> {
    let digest = row.get_ref(1)?.as_str()?;
    let digest = Digest::from_hex(digest).unwrap_or(Digest([0; 32]));
    Ok(TrustRow { path: row.get(0)?, digest, at: row.get(2)? })
}

/// Makes folder and database before `SQLite` does, with its own idea of who
/// may read them. The log beside the database takes after it.
fn make_private(directory: &Path, database: &PathBuf) -> std::io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    let mut file = fs::File::options();
    file.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
        folder.mode(0o700).create(directory)?;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
        file.mode(0o600).open(database)?;
        fs::set_permissions(database, fs::Permissions::from_mode(0o600))?;
    }
    #[cfg(not(unix))]
    {
        folder.create(directory)?;
        file.open(database)?;
    }
    Ok(())
}
