//! `secrets`: by name, each granted; turned into text in a second step.

use ctx_model::{Denial, SecretsError};
use wasmtime::component::Resource;

use super::blocking;
use crate::bindings::ctx::extension::secrets::{Error, Host, HostSecret};
use crate::state::State;

/// What a guest is told of a secret that the host sends for it.
const INJECTED: &str = "its manifest has the host put it into requests, and then it is not read";

/// A secret that has not been looked at.
#[expect(unreachable_pub, reason = "named by the bindings")]
pub struct Secret(String);

impl Host for State {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<Resource<Secret>, Error>> {
        self.meter.host_call()?;
        if !self.grant().secrets.contains(&name) {
            self.denials.record(Denial::Secret(name));
            return Ok(Err(Error::Denied));
        }
        if self.lent.loan.inject.iter().any(|rule| rule.names().any(|one| one == name)) {
            // It never sees what it asked the host to send in its stead.
            return Ok(Err(Error::Other(INJECTED.to_owned())));
        }
        let secrets = self.ports().secrets.clone();
        match blocking(move || secrets.get(&name)).await? {
            Ok(text) => Ok(Ok(self.table.push(Secret(text))?)),
            Err(SecretsError::NotSet) => Ok(Err(Error::NotSet)),
            Err(SecretsError::Other(why)) => Ok(Err(Error::Other(why))),
        }
    }
}

impl HostSecret for State {
    async fn reveal(&mut self, secret: Resource<Secret>) -> wasmtime::Result<String> {
        self.meter.host_call()?;
        let text = self.table.get(&secret)?.0.clone();
        self.redaction.learn(&text);
        Ok(text)
    }

    async fn drop(&mut self, secret: Resource<Secret>) -> wasmtime::Result<()> {
        self.table.delete(secret)?;
        Ok(())
    }
}
