//! Who may take a version back, or bring it back: of one that is signed,
//! whoever has a key that counts. Writing to a clone is not enough.

use crate::error::RegistryError;
use crate::id::Id;
use crate::index::{Known, Versions};
use crate::key::{self, Signature};

/// Holds the later words about a version against the keys that count; if there
/// are none yet, that is the key of the version itself. Returns the line that
/// does not count, and why.
pub(crate) fn check(known: &Known, keys: &[String]) -> Result<(), (usize, String)> {
    let Some(own) = &known.record.key else { return Ok(()) };
    let own = std::slice::from_ref(own);
    let keys = if keys.is_empty() { own } else { keys };
    for word in &known.words {
        let wrong = |why: &str| Err((word.line, why.to_owned()));
        match key::check(&word.raw, keys) {
            Signature::Failed { why } => return wrong(&why),
            Signature::Unsigned => return wrong("nobody signed that"),
            Signature::Signed { .. } | Signature::First { .. } if !word.is_in_place => {
                return wrong("it was signed for another place");
            }
            Signature::Signed { .. } | Signature::First { .. } => {}
        }
    }
    Ok(())
}

/// Fails if a version was taken back, or brought back, by nobody who may.
pub fn hold(id: &Id, versions: &Versions, keys: &[String]) -> Result<(), RegistryError> {
    for known in versions.all.values() {
        check(known, keys).map_err(|(line, why)| RegistryError::Signature {
            id: id.to_string(),
            version: known.record.version.to_string(),
            why: format!("line {line} takes it back or brings it back, and {why}"),
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::path::Path;

    use serde_json::{Value, json};

    use super::*;
    use crate::key::SigningKey;
    use crate::{archive, index};

    fn line(mut raw: Value, key: Option<&SigningKey>) -> String {
        if let Some(key) = key {
            key.sign(&mut raw).unwrap();
        }
        format!("{raw}\n")
    }

    fn version(number: &str, key: Option<&SigningKey>) -> String {
        let raw = json!({
            "name": "x", "role": "tool", "version": number, "kind": "lua",
            "sha256": "0".repeat(64), "size": 1, "archive": "blobs/x.tar",
        });
        line(raw, key)
    }

    fn yank(above: &str, reason: Option<&str>, key: Option<&SigningKey>) -> String {
        let mut raw = json!({ "yank": "1.0.0", "after": archive::digest(above.as_bytes()) });
        if let Some(reason) = reason {
            raw["reason"] = reason.into();
        }
        line(raw, key)
    }

    /// Whether 1.0.0 is taken back, or why nobody can tell.
    fn held(text: &str, keys: &[String]) -> Result<bool, String> {
        let id: Id = "tools/x".parse().unwrap();
        let versions = index::parse(&id, Path::new("x.jsonl"), text).unwrap();
        hold(&id, &versions, keys).map_err(|error| error.to_string())?;
        Ok(versions.all[&"1.0.0".parse().unwrap()].yanked.is_some())
    }

    #[test]
    fn only_a_key_that_counts_takes_a_signed_version_back_or_brings_it_back() {
        let (own, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let begun = version("1.0.0", Some(&own));
        let taken = begun.clone() + &yank(&begun, Some("loses items"), Some(&own));
        let back = taken.clone() + &yank(&taken, None, Some(&own));
        for keys in [vec![], vec![own.public()], vec![other.public(), own.public()]] {
            assert_eq!(held(&begun, &keys), Ok(false));
            assert_eq!(held(&taken, &keys), Ok(true));
            assert_eq!(held(&back, &keys), Ok(false));
        }
        let plain = begun.clone() + "{\"yank\":\"1.0.0\",\"reason\":\"x\"}\n";
        let forged = begun.clone() + &yank(&begun, Some("x"), Some(&other));
        // The word that brought it back, said a second time.
        let again = back.clone() + &yank(&back, Some("x"), Some(&own));
        let said = &back[taken.len()..];
        let replayed = again.clone() + said;
        for (text, why) in [
            (plain, "line 2 takes it back or brings it back, and nobody signed that"),
            (forged, "none of the registry's keys"),
            (replayed, "line 5 takes it back or brings it back, and it was signed for another"),
        ] {
            let refused = held(&text, &[own.public()]).unwrap_err();
            assert!(refused.contains(why), "{refused}");
            assert!(held(&text, &[]).is_err());
        }
        // Of what nobody signed, anybody who may write to the registry says so.
        let open = version("1.0.0", None);
        assert_eq!(held(&(open.clone() + &yank(&open, Some("x"), None)), &[]), Ok(true));
    }
}
