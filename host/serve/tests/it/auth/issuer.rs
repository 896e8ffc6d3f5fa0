//! An issuer on this machine, with keys of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What its tokens for us are for.
pub(crate) const AUDIENCE: &str = "http://127.0.0.1/mcp";

pub(crate) struct Issuer {
    pub(crate) name: String,
    shared: Arc<Shared>,
    running: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    name: Mutex<String>,
    keys: Mutex<Vec<Value>>,
    /// How often somebody asked for the keys.
    asked: AtomicUsize,
}

/// A key of its own.
pub(crate) struct Key {
    id: String,
    pair: EcdsaKeyPair,
}

impl Issuer {
    pub(crate) async fn new() -> Self {
        let shared = Arc::new(Shared::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = format!("http://{}", listener.local_addr().unwrap());
        shared.name.lock().unwrap().clone_from(&name);
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .with_state(shared.clone());
        let running = tokio::spawn(async move { axum_serve(listener, router).await });
        Self { name, shared, running }
    }

    /// Makes a key; it is published if it is to be.
    pub(crate) fn key(&self, id: &str, is_published: bool) -> Key {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let secret = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, secret.as_ref(), &random).unwrap();
        let point = pair.public_key().as_ref();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        if is_published {
            self.shared.keys.lock().unwrap().push(json!({
                "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
                "x": encode(&point[1..33]), "y": encode(&point[33..65]),
            }));
        }
        Key { id: id.to_owned(), pair }
    }

    /// Takes its oldest key out of use.
    pub(crate) fn forget_first(&self) {
        self.shared.keys.lock().unwrap().remove(0);
    }

    pub(crate) fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }

    /// What a good token says.
    pub(crate) fn claims(&self, scope: &str) -> Value {
        json!({"iss": self.name, "aud": AUDIENCE, "sub": "ada", "scope": scope, "exp": now() + 60})
    }

    pub(crate) fn config(&self) -> String {
        format!(
            "[auth]\nissuer = \"{}\"\naudience = \"{AUDIENCE}\"\n[auth.scopes]\n\
             weather = ['weather/*']\nmail = ['mail/send']\nread = ['builtin/*']\n\
             all = ['*', '@operator']\n",
            self.name
        )
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Key {
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(&json!({"alg": "ES256", "typ": "at+jwt", "kid": self.id}), claims)
    }

    pub(crate) fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

async fn metadata(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let name = shared.name.lock().unwrap().clone();
    Json(json!({"issuer": name, "jwks_uri": format!("{name}/keys")}))
}

async fn keys(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.asked.fetch_add(1, Ordering::SeqCst);
    Json(json!({"keys": *shared.keys.lock().unwrap()}))
}

/// Serves each connection, as axum would with all its features.
async fn axum_serve(listener: TcpListener, router: Router) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = hyper_util::service::TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let io = hyper_util::rt::TokioIo::new(stream);
            drop(hyper::server::conn::http1::Builder::new().serve_connection(io, service).await);
        });
    }
}
