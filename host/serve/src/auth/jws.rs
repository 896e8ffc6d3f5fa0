//! Signed tokens (RFC 7515, 7517, 7518, 8037), read and never made. A key says
//! which algorithms it is for; a token can choose among those and no others,
//! so neither `none` nor a public key taken for a secret ever counts. The
//! signatures are checked by ring, which is here for TLS.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a token says of its signature.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) kid: Option<String>,
    /// What must be understood and is not: no extension is.
    crit: Option<Value>,
}

/// A token that is taken apart.
pub(super) struct Token<'a> {
    pub(super) header: Header,
    /// What is signed.
    signed: &'a str,
    signature: Vec<u8>,
    claims: Vec<u8>,
}

/// A public key of an issuer's.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    /// The one algorithm that it is for, if it says.
    algorithm: Option<String>,
    material: Material,
}

#[derive(Debug, Clone)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        if header.crit.is_some() {
            return None;
        }
        Some(Self { header, signed, signature: decode(signature)?, claims: decode(claims)? })
    }

    /// Returns what a token says, if the key has signed it.
    pub(super) fn verified(&self, key: &Key) -> Option<Map<String, Value>> {
        if !key.is_for(&self.header.alg) || !key.has_signed(self) {
            return None;
        }
        serde_json::from_slice(&self.claims).ok()
    }
}

impl Key {
    /// Reads a key of a set. Nothing if it is of a kind that never counts, or
    /// is not for signatures.
    pub(super) fn parse(value: &Value) -> Option<Self> {
        let text = |key: &str| value[key].as_str();
        if text("use").is_some_and(|wanted| wanted != "sig") {
            return None;
        }
        let number = |key: &str| URL_SAFE_NO_PAD.decode(text(key)?).ok();
        // Some write zeros before a number; ring reads none.
        let bare = |bytes: Vec<u8>| -> Vec<u8> {
            bytes.into_iter().skip_while(|byte| *byte == 0).collect()
        };
        let point = |size: usize| {
            let (x, y) = (number("x")?, number("y")?);
            (x.len() == size && y.len() == size).then(|| [&[4], &x[..], &y[..]].concat())
        };
        let material = match (text("kty")?, text("crv")) {
            ("RSA", _) => Material::Rsa { n: bare(number("n")?), e: bare(number("e")?) },
            ("EC", Some("P-256")) => Material::P256(point(32)?),
            ("EC", Some("P-384")) => Material::P384(point(48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(number("x")?),
            _ => return None,
        };
        let owned = |key: &str| text(key).map(str::to_owned);
        Some(Self { id: owned("kid"), algorithm: owned("alg"), material })
    }

    /// Whether it may be used with an algorithm.
    pub(super) fn is_for(&self, algorithm: &str) -> bool {
        let fits = match &self.material {
            Material::Rsa { .. } => rsa(algorithm).is_some(),
            Material::P256(_) => algorithm == "ES256",
            Material::P384(_) => algorithm == "ES384",
            Material::Ed25519(_) => matches!(algorithm, "EdDSA" | "Ed25519"),
        };
        fits && self.algorithm.as_deref().is_none_or(|only| only == algorithm)
    }

    fn has_signed(&self, token: &Token<'_>) -> bool {
        let (message, signature) = (token.signed.as_bytes(), token.signature.as_slice());
        let check = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
        };
        match &self.material {
            Material::Rsa { n, e } => rsa(&token.header.alg).is_some_and(|parameters| {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(parameters, message, signature).is_ok()
            }),
            Material::P256(key) => check(&ECDSA_P256_SHA256_FIXED, key),
            Material::P384(key) => check(&ECDSA_P384_SHA384_FIXED, key),
            Material::Ed25519(key) => check(&ED25519, key),
        }
    }
}

fn rsa(algorithm: &str) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        "RS384" => &RSA_PKCS1_2048_8192_SHA384,
        "RS512" => &RSA_PKCS1_2048_8192_SHA512,
        "PS256" => &RSA_PSS_2048_8192_SHA256,
        "PS384" => &RSA_PSS_2048_8192_SHA384,
        "PS512" => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
