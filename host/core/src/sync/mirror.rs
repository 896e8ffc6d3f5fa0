//! The mirror of a repository that a source's settings name: brought up to
//! date before a walk begins, and lent as a folder.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ctx_model::{
    CallError, CheckedOut, CheckoutError, CheckoutRequest, Failure, FailureKind, Refusal,
};
use ctx_sandbox::Folder;
use serde_json::Value;

use crate::host::Host;
use crate::source::{Source, repository_setting};

/// Where mirrors are kept, below the user's cache.
const CACHE: &str = "git";

impl Host {
    /// Mirrors what the source needs, if it needs anything. Returns whether it
    /// was stopped meanwhile.
    pub(super) async fn mirror(
        &self,
        source: &mut Source,
        stop: &Arc<AtomicBool>,
    ) -> Result<bool, CallError> {
        let Some(setting) = repository_setting(&source.extension) else { return Ok(false) };
        let Some(written) = source.given.get(&setting).and_then(Value::as_str) else {
            return Ok(false);
        };
        let unusable = |why: String, help: Option<String>| {
            CallError::from(Refusal::Unusable {
                extension: source.extension.name.clone(),
                why,
                help,
            })
        };
        let Some(checkout) = self.checkout.clone() else {
            return Err(unusable("this program does not speak git".to_owned(), None));
        };
        let url = self.place(written);
        let branch = source.given.get("branch").and_then(Value::as_str).map(str::to_owned);
        let shallow = source.given.get("shallow").and_then(Value::as_bool).unwrap_or(true);
        let cache = match source.given.get("cache_dir").and_then(Value::as_str) {
            Some(folder) => self.places.resolve(&self.workspace, folder),
            None => self.places.cache.join(CACHE),
        };
        let stop = stop.clone();
        let mirrored = tokio::task::spawn_blocking(move || {
            let (url, branch) = (url.as_str(), branch.as_deref());
            let request = CheckoutRequest { url, branch, shallow, cache: &cache, stop: &stop };
            checkout.checkout(&request)
        })
        .await
        .unwrap_or_else(|error| Err(CheckoutError::Broken(error.to_string())));
        match mirrored {
            Ok(CheckedOut { folder, .. }) => {
                let folder = Folder::open(&folder).map_err(|error| {
                    unusable(format!("its mirror cannot be opened: {error}"), None)
                })?;
                source.folders.insert(setting, folder);
                Ok(false)
            }
            Err(CheckoutError::Stopped) => Ok(true),
            Err(error) => Err(explain(source, &setting, error)),
        }
    }

    /// Resolves a repository that is a folder of this machine.
    fn place(&self, written: &str) -> String {
        let folder = self.places.repository(&self.workspace, written);
        folder.map_or_else(|| written.to_owned(), |folder| folder.display().to_string())
    }
}

fn explain(source: &Source, setting: &str, error: CheckoutError) -> CallError {
    let name = &source.name;
    let unusable = |why: String, help: Option<String>| {
        CallError::from(Refusal::Unusable { extension: source.extension.name.clone(), why, help })
    };
    let failed = |kind: FailureKind, message: String| CallError::Failed {
        extension: source.extension.name.clone(),
        failure: Failure { kind, message, retry_after: None, details: None },
    };
    match error {
        CheckoutError::Unsupported { url, why, instead } => unusable(
            format!("`{url}` cannot be fetched: {why}"),
            instead.map(|instead| format!("write `{setting} = \"{instead}\"` for `{name}`")),
        ),
        CheckoutError::NoBranch { url, branch } => unusable(
            format!("`{url}` has no branch `{branch}`"),
            Some(format!("mend `branch` of `{name}` in the config, or leave it out")),
        ),
        CheckoutError::Unreachable { url, why } => {
            failed(FailureKind::Unavailable, format!("`{url}` cannot be fetched: {why}"))
        }
        CheckoutError::Cache { path, why } => {
            unusable(format!("its mirror cannot be written: `{}`: {why}", path.display()), None)
        }
        CheckoutError::Broken(why) => {
            failed(FailureKind::Internal, format!("what was fetched is no whole repository: {why}"))
        }
        CheckoutError::TooLarge { url, why } => {
            let is_whole = source.given.get("shallow").and_then(Value::as_bool) == Some(false);
            unusable(
                format!("`{url}` is too large to be mirrored: {why}"),
                is_whole.then(|| {
                    format!("write `shallow = true` for `{name}`, to leave its history out")
                }),
            )
        }
        CheckoutError::Stopped => failed(FailureKind::Cancelled, "it was stopped".to_owned()),
    }
}
