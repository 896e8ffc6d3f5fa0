//! Who comes with a token of somebody else's making: an issuer's, checked
//! against its keys, or one that the operator handed out. Each opens what its
//! scopes name, and no more; a guest learns the id and the scopes alone.

mod challenge;
mod fetch;
mod issuer;
mod jws;
mod message;
mod metadata;
mod pace;
mod routes;

use std::sync::Arc;

use ctx_core::{Access, Host, bearer};
use ctx_model::{Caller, Reach};
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};

use crate::rejection::Rejection;

pub(crate) use challenge::challenge;
pub(crate) use message::check as check_message;
pub(crate) use metadata::{AT, routes as well_known};
pub(crate) use routes::check as check_route;

/// Bytes of a token that is looked at.
const LONGEST: usize = 8 << 10;

/// The code of a token that does not count.
pub(crate) const INVALID: &str = "ctx::auth::token";

/// Somebody who was let in with a token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Admitted {
    /// `token:NAME`, or `oauth:SUBJECT`.
    pub(crate) id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) reach: Reach,
}

/// What is known of issuers and of how often each token was used.
#[derive(Default)]
pub(crate) struct Auth {
    keys: issuer::Keys,
    pace: pace::Pace,
}

impl Auth {
    /// Lets a token in, or says why not. Nothing if tokens of others than the
    /// operator were never heard of here.
    pub(crate) async fn admit(
        &self,
        host: &Host,
        headers: &HeaderMap,
    ) -> Option<Result<Arc<Admitted>, Rejection>> {
        let token = shown(headers)?;
        let access = host.access();
        if token.starts_with(bearer::PREFIX) {
            let admitted = host.bearers().find(token).map(|found| of_bearer(found, &access));
            let admitted = admitted.ok_or_else(|| invalid("it was never made here, or removed"));
            return Some(self.paced(admitted, &access));
        }
        let issuer = access.issuer.as_ref()?;
        let admitted = match token.len() {
            0..=LONGEST => self.keys.check(issuer, token).await,
            _ => Err(format!("it is longer than {LONGEST} bytes")),
        };
        let admitted = admitted.map_err(|why| invalid(&why)).map(|claims| {
            let reach = Reach::everything().narrowed(access.opened(&claims.scopes, false));
            Admitted { id: format!("oauth:{}", claims.subject), scopes: claims.scopes, reach }
        });
        Some(self.paced(admitted, &access))
    }

    fn paced(
        &self,
        admitted: Result<Admitted, Rejection>,
        access: &Access,
    ) -> Result<Arc<Admitted>, Rejection> {
        let admitted = admitted?;
        if let Some(rate) = access.rate {
            self.pace.check(rate, &admitted.id)?;
        }
        Ok(Arc::new(admitted))
    }
}

impl Admitted {
    /// Has a request speak for whoever was let in.
    pub(crate) fn speak(&self, caller: &mut Caller) {
        caller.id = Some(self.id.clone());
        caller.scopes.clone_from(&self.scopes);
        caller.reach = self.reach.clone();
    }
}

fn of_bearer(found: bearer::Bearer, access: &Access) -> Admitted {
    let reach = Reach::everything().narrowed(access.opened(&found.scopes, true));
    Admitted { id: format!("token:{}", found.name), scopes: found.scopes, reach }
}

/// Returns the token that a request shows. The guard has seen that there is
/// one header of it at most that counts.
fn shown(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    let is_alone = values.next().is_none();
    (is_alone && scheme.eq_ignore_ascii_case("bearer")).then_some(token.trim())
}

fn invalid(why: &str) -> Rejection {
    Rejection::new(StatusCode::UNAUTHORIZED, INVALID, format!("the token does not count: {why}"))
        .with_help("get a new one from whoever gave it to you")
}
