//! Where a person can look at a file: the address of its blob on the usual
//! forges.

use ctx_sdk::http::encode;

/// A repository on the web, or elsewhere.
pub(crate) struct Forge {
    /// As the operator wrote it, without user and password.
    pub(crate) repository: String,
    /// What stands before a path, if a forge shows it.
    blobs: Option<String>,
}

impl Forge {
    /// Reads the address of a repository.
    pub(crate) fn of(url: &str, branch: &str) -> Self {
        let repository = without_user(url);
        let blobs = blobs(&repository, &encode_path(branch));
        Self { repository, blobs }
    }

    /// Returns the address of a file.
    pub(crate) fn blob(&self, path: &str) -> Option<String> {
        self.blobs.as_ref().map(|blobs| format!("{blobs}{}", encode_path(path)))
    }
}

fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Returns what stands before a path. A host of another name is told by what
/// people commonly call theirs.
fn blobs(repository: &str, branch: &str) -> Option<String> {
    let base = repository.trim_end_matches('/');
    let base = base.strip_suffix(".git").unwrap_or(base);
    let (scheme, rest) = base.split_once("://")?;
    if !matches!(scheme, "https" | "http") {
        return None;
    }
    let host = rest.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let has = |name: &str| host.split('.').any(|label| label == name);
    Some(if has("github") {
        format!("{base}/blob/{branch}/")
    } else if has("gitlab") {
        format!("{base}/-/blob/{branch}/")
    } else if has("bitbucket") {
        format!("{base}/src/{branch}/")
    } else if has("codeberg") || has("gitea") || has("forgejo") {
        format!("{base}/src/branch/{branch}/")
    } else if host == "git.sr.ht" {
        format!("{base}/tree/{branch}/item/")
    } else {
        return None;
    })
}

/// Encodes a path for a URL; slashes stay.
fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}
