//! What a page that an extension shows may reach: what the extension itself
//! may, and nothing more.

use ctx_model::HttpGrant;

use crate::catalog::Installed;
use crate::decide::decide;
use crate::error::HostError;
use crate::host::Host;

impl Host {
    /// Returns which origins an extension may reach now.
    pub fn http_grant(&self, extension: &Installed) -> Result<HttpGrant, HostError> {
        let policy = self.authority().policy(extension)?;
        Ok(decide(extension.requests.as_ref(), &policy, false).http)
    }
}
