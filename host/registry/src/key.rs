//! Ed25519: keys, signatures over whole records, and what becomes of a
//! version's signature.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde_json::Value;

use crate::record::signed_bytes;

const SCHEME: &str = "ed25519:";

/// A key that signs.
pub struct SigningKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

/// What became of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// By a key that counts for this registry.
    Signed {
        key: String,
    },
    /// By a key that counts from now on, for it is the first that was met.
    First {
        key: String,
    },
    Unsigned,
    Failed {
        why: String,
    },
}

impl Signature {
    /// Returns the word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Signed { .. } | Self::First { .. } => "signed",
            Self::Unsigned => "unsigned",
            Self::Failed { .. } => "failed",
        }
    }
}

impl SigningKey {
    /// Makes a new one of the machine's randomness.
    pub fn generate() -> Result<Self, String> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| error.to_string())?;
        Self::from_seed(seed)
    }

    /// Reads one as it is kept: its seed, in base64.
    pub fn parse(text: &str) -> Result<Self, String> {
        let seed = BASE64_STANDARD.decode(text.trim()).map_err(|error| error.to_string())?;
        Self::from_seed(seed.try_into().map_err(|_| "it is no key of 32 bytes".to_owned())?)
    }

    fn from_seed(seed: [u8; 32]) -> Result<Self, String> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|error| error.to_string())?;
        Ok(Self { seed, pair })
    }

    /// Returns how it is kept.
    pub fn kept(&self) -> String {
        BASE64_STANDARD.encode(self.seed)
    }

    /// Returns its public half, as a registry's config names it.
    pub fn public(&self) -> String {
        format!("{SCHEME}{}", BASE64_STANDARD.encode(self.pair.public_key()))
    }

    /// Signs a record: writes the key and the signature into it.
    pub fn sign(&self, raw: &mut Value) -> Result<(), String> {
        let object = raw.as_object_mut().ok_or("a record is an object")?;
        object.insert("key".to_owned(), Value::String(self.public()));
        let signature = self.pair.sign(signed_bytes(raw)?.as_bytes());
        let signature = Value::String(BASE64_STANDARD.encode(signature));
        raw.as_object_mut()
            .ok_or("a record is an object")?
            .insert("signature".to_owned(), signature);
        Ok(())
    }
}

/// Whether a text is a public key as a config names it.
pub fn is_public_key(text: &str) -> bool {
    public(text).is_some()
}

/// Looks at the signature of a record. `pinned` are the keys that count; if
/// there are none, the first that is met does.
pub fn check(raw: &Value, pinned: &[String]) -> Signature {
    let text = |key: &str| raw.get(key).and_then(Value::as_str);
    let (Some(key), Some(signature)) = (text("key"), text("signature")) else {
        return match (text("key"), text("signature")) {
            (None, None) => Signature::Unsigned,
            _ => failed("it has a key or a signature, and not both"),
        };
    };
    let Some(public) = public(key) else { return failed("its key is no ed25519 key") };
    let Ok(bytes) = BASE64_STANDARD.decode(signature) else {
        return failed("the signature is no base64");
    };
    let signed = match signed_bytes(raw) {
        Ok(signed) => signed,
        Err(why) => return failed(&why),
    };
    if UnparsedPublicKey::new(&ED25519, public).verify(signed.as_bytes(), &bytes).is_err() {
        return failed("it is not over this record");
    }
    let key = key.to_owned();
    if pinned.is_empty() {
        Signature::First { key }
    } else if pinned.contains(&key) {
        Signature::Signed { key }
    } else {
        failed(&format!("`{key}` signed it, and that is none of the registry's keys"))
    }
}

fn failed(why: &str) -> Signature {
    Signature::Failed { why: why.to_owned() }
}

fn public(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64_STANDARD.decode(text.strip_prefix(SCHEME)?).ok()?;
    (bytes.len() == 32).then_some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_signature_is_over_the_whole_record_and_by_a_key_that_counts() {
        let (key, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let mut raw = json!({"name": "x", "requests": {"http": ["https://a.example"]}, "later": 1});
        assert_eq!(check(&raw, &[]), Signature::Unsigned);
        key.sign(&mut raw).unwrap();
        assert_eq!(check(&raw, &[]), Signature::First { key: key.public() });
        assert_eq!(check(&raw, &[key.public()]), Signature::Signed { key: key.public() });
        assert_eq!(check(&raw, &[other.public()]).as_str(), "failed");
        // Any field counts, those that this reader does not know among them.
        for (field, value) in [("later", json!(2)), ("requests", json!({})), ("name", json!("y"))] {
            let mut changed = raw.clone();
            changed[field] = value;
            assert_eq!(check(&changed, &[key.public()]).as_str(), "failed", "{field}");
        }
        let mut stripped = raw.clone();
        stripped.as_object_mut().unwrap().remove("signature");
        assert_eq!(check(&stripped, &[key.public()]).as_str(), "failed");
        let kept = SigningKey::parse(&key.kept()).unwrap();
        assert_eq!(kept.public(), key.public());
        assert!(is_public_key(&key.public()) && !is_public_key("ed25519:AAAA"));
    }
}
