//! A repository that is always there: the files of the fixture's sample, as a
//! mirror of git would lend them. Nothing is fetched from anywhere.

use std::fs;
use std::io;
use std::path::Path;

use ctx_model::{CheckedOut, Checkout, CheckoutError, CheckoutRequest};
use serde_json::json;

/// Lends the same files whatever is asked for.
pub(crate) struct Sampled(pub(crate) &'static [(&'static str, &'static str)]);

/// The commit that all of it is from.
const COMMIT: &str = "5a3c1e0f2b4d6a8c9e7f1a2b3c4d5e6f7a8b9c0d";

impl Checkout for Sampled {
    fn checkout(&self, request: &CheckoutRequest<'_>) -> Result<CheckedOut, CheckoutError> {
        let folder = request.cache.join("sampled");
        self.lay_out(&folder).map_err(|error| CheckoutError::Cache {
            path: folder.clone(),
            why: error.to_string(),
        })?;
        Ok(CheckedOut { folder, commit: COMMIT.to_owned() })
    }
}

impl Sampled {
    fn lay_out(&self, folder: &Path) -> io::Result<()> {
        let mut history = String::new();
        for (path, text) in self.0 {
            let file = folder.join("tree").join(path);
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(file, text)?;
            let last = json!({ "commit": COMMIT, "author": "A. Author", "date": 1_760_000_000 });
            let blob = format!("{:040x}", text.len());
            history += &json!({ "path": path, "blob": blob, "last": last }).to_string();
            history.push('\n');
        }
        let pages = folder.join("history");
        fs::create_dir_all(&pages)?;
        fs::write(pages.join("00000.jsonl"), history)?;
        let head = json!({ "commit": COMMIT, "branch": "main", "shallow": false });
        fs::write(folder.join("head.json"), head.to_string())
    }
}
