//! An issuer's tokens: signed by one of its keys, for this server, in their
//! time. Keys are fetched once and kept; a key that nobody knows is asked for
//! again, and never more often than every half minute, whoever asks.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ctx_core::Issuer;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::fetch;
use super::jws::{Header, Key, Token};

/// How long keys are good before they are asked for again.
const GOOD: Duration = Duration::from_mins(10);

/// How long nobody asks again after an answer, or none.
const PAUSE: Duration = Duration::from_secs(30);

/// Keys of an issuer that are kept.
const MOST: usize = 64;

/// Seconds that clocks may be apart.
const LEEWAY: f64 = 30.0;

/// Scopes of a token that count.
const SCOPES: usize = 64;

/// What a token says that counts here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) subject: String,
    pub(super) scopes: Vec<String>,
}

/// The keys of the issuer that was asked last.
#[derive(Default)]
pub(super) struct Keys(Mutex<Option<Known>>);

struct Known {
    issuer: Issuer,
    keys: Arc<[Key]>,
    /// When they were fetched.
    fetched: Option<Instant>,
    /// When somebody last tried to.
    tried: Instant,
    /// Why that failed, if it did.
    trouble: Option<String>,
}

impl Keys {
    /// Checks a token of the issuer's.
    pub(super) async fn check(&self, issuer: &Issuer, token: &str) -> Result<Claims, String> {
        let token = Token::parse(token).ok_or("it is no signed token")?;
        let key = self.find(issuer, &token.header).await?;
        let claims = token.verified(&key).ok_or("its signature is wrong")?;
        read(issuer, &claims, now())
    }

    /// Finds the key that a token names, asking the issuer if need be.
    async fn find(&self, issuer: &Issuer, header: &Header) -> Result<Key, String> {
        // Held while the issuer is asked: others would ask the same.
        let mut known = self.0.lock().await;
        let now = Instant::now();
        if known.as_ref().is_none_or(|known| known.issuer != *issuer) {
            *known = None;
        }
        let (is_there, is_good, is_soon) = match &*known {
            None => (false, false, false),
            Some(known) => (
                known.pick(header).is_some(),
                known.fetched.is_some_and(|at| now.duration_since(at) < GOOD),
                now.duration_since(known.tried) < PAUSE,
            ),
        };
        if !(is_there && is_good || is_soon) {
            let fetched = fetched(issuer).await;
            let known = known.get_or_insert_with(|| Known {
                issuer: issuer.clone(),
                keys: Arc::new([]),
                fetched: None,
                tried: now,
                trouble: None,
            });
            known.tried = Instant::now();
            match fetched {
                Ok(keys) => {
                    (known.keys, known.fetched, known.trouble) = (keys, Some(known.tried), None);
                }
                // What was known is known still, for a while.
                Err(why) => {
                    tracing::warn!(issuer = issuer.name, why, "the issuer's keys cannot be had");
                    known.trouble = Some(why);
                }
            }
        }
        let known = known.as_ref().ok_or("its issuer has no keys")?;
        match (known.pick(header), &known.trouble) {
            (Some(key), _) => Ok(key),
            (None, Some(_)) => Err("the keys of its issuer cannot be had now".to_owned()),
            (None, None) => Err("its issuer has no such key".to_owned()),
        }
    }
}

impl Known {
    /// Returns the key that a token names; of a token that names none, the only
    /// one that fits.
    fn pick(&self, header: &Header) -> Option<Key> {
        let mut fitting = self.keys.iter().filter(|key| key.is_for(&header.alg));
        let Some(id) = &header.kid else {
            let only = fitting.next()?;
            return fitting.next().is_none().then(|| only.clone());
        };
        fitting.find(|key| key.id.as_ref() == Some(id)).cloned()
    }
}

/// Reads what a token says whose signature is good.
fn read(issuer: &Issuer, claims: &Map<String, Value>, now: f64) -> Result<Claims, String> {
    let text = |key: &str| claims.get(key).and_then(Value::as_str);
    let time = |key: &str| claims.get(key).map(|value| value.as_f64().unwrap_or(f64::NAN));
    if text("iss") != Some(&issuer.name) {
        return Err("it is another issuer's".to_owned());
    }
    let is_ours = |one: &str| issuer.audience.iter().any(|own| own == one);
    let is_for_us = match claims.get("aud") {
        Some(Value::String(one)) => is_ours(one),
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).any(is_ours),
        _ => false,
    };
    if !is_for_us {
        return Err("it is for another server".to_owned());
    }
    // A time that is none is never good: nothing is above or below it.
    let expires = time("exp").ok_or("it does not say when it expires")?;
    if expires.is_nan() || expires + LEEWAY <= now {
        return Err("it has expired".to_owned());
    }
    if time("nbf").is_some_and(|begins| begins.is_nan() || begins - LEEWAY > now) {
        return Err("its time has not come".to_owned());
    }
    let named = |key: &str| text(key).filter(|name| !name.is_empty());
    let subject = named("sub").or_else(|| named("client_id")).ok_or("it names nobody")?;
    let subject = subject.chars().filter(|c| !c.is_control()).take(256).collect();
    Ok(Claims { subject, scopes: scopes(claims) })
}

/// Returns the time, in seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Reads the scopes: of RFC 8693 a text, of some issuers a list.
fn scopes(claims: &Map<String, Value>) -> Vec<String> {
    let of = |key: &str| -> Vec<String> {
        match claims.get(key) {
            Some(Value::String(text)) => text.split(' ').map(str::to_owned).collect(),
            Some(Value::Array(all)) => {
                all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    };
    let all = of("scope").into_iter().chain(of("scp"));
    all.filter(|scope| !scope.is_empty()).take(SCOPES).collect()
}

/// Fetches the keys, from where the config says or the issuer does.
async fn fetched(issuer: &Issuer) -> Result<Arc<[Key]>, String> {
    let address = match &issuer.jwks {
        Some(address) => address.clone(),
        None => announced(&issuer.name).await?,
    };
    let set = fetch::json(&address).await?;
    let all = set["keys"].as_array().ok_or_else(|| format!("`{address}` holds no keys"))?;
    // Of what we do not understand, nothing is used.
    Ok(all.iter().take(MOST).filter_map(Key::parse).collect())
}

/// Asks an issuer where its keys are, as `OpenID` Connect and RFC 8414 have it.
async fn announced(issuer: &str) -> Result<String, String> {
    let bare = issuer.trim_end_matches('/');
    let (origin, path) = match bare.find("://").and_then(|at| bare[at + 3..].find('/')) {
        Some(at) => bare.split_at(bare.find("://").unwrap_or_default() + 3 + at),
        None => (bare, ""),
    };
    let places = [
        format!("{bare}/.well-known/openid-configuration"),
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
    ];
    let mut trouble = String::new();
    for place in places {
        match fetch::json(&place).await {
            // Whoever it is, it must be the one that we asked for.
            Ok(found) if found["issuer"].as_str() != Some(issuer) => {
                trouble = format!("`{place}` is of another issuer");
            }
            Ok(found) => match found["jwks_uri"].as_str() {
                Some(address) => return Ok(address.to_owned()),
                None => trouble = format!("`{place}` names no `jwks_uri`"),
            },
            Err(why) => trouble = why,
        }
    }
    Err(trouble)
}
