//! The config as people see it: whether it is trusted, what is odd about it,
//! and every value with where it came from.

use std::path::PathBuf;
use std::sync::Arc;

use ctx_sandbox::Occupancy;

use super::Host;
use crate::bearer::Bearers;
use crate::config::{self, Access, Economy, ShownValue};
use crate::error::HostError;
use crate::lending;

impl Host {
    /// Returns how long a session of a client may be idle.
    pub fn session_idle(&self) -> std::time::Duration {
        self.authority().ceiling().sessions.idle
    }

    /// Returns every value of the config, defaults included, and where it came
    /// from. Variables are shown as they are written.
    pub fn config_shown(&self) -> Result<Vec<ShownValue>, HostError> {
        let layers = self.authority().layers()?;
        Ok(config::shown(&layers))
    }

    /// Returns where a server is to listen, if the operator's config says.
    pub fn bind(&self) -> Option<String> {
        self.authority().bind().map(str::to_owned)
    }

    /// Returns whose tokens count, and what their scopes open.
    pub fn access(&self) -> Arc<Access> {
        self.authority().access().clone()
    }

    /// Returns the tokens that the operator handed out.
    pub fn bearers(&self) -> &Bearers {
        &self.bearers
    }

    /// Returns how much of what is installed a model is shown at once.
    pub fn economy(&self) -> Arc<Economy> {
        self.authority().economy().clone()
    }

    /// Holds runs to what the operator's word allows all of them together.
    pub(crate) fn set_ceiling(&self) {
        let ceiling = self.authority().ceiling().clone();
        self.halts.set_rule(ceiling.pauses);
        self.sandbox.set_capacity(ceiling.capacity);
    }

    /// Returns what all runs together hold now, and what they may.
    pub fn occupancy(&self) -> Occupancy {
        self.sandbox.occupancy()
    }

    /// Makes the workspace's config the operator's own word. Returns its path.
    pub fn trust(&self) -> Result<Option<PathBuf>, HostError> {
        let trusted = self.authority().trust()?;
        self.set_ceiling();
        self.forget_loans();
        Ok(trusted)
    }

    /// Takes the trust back. Returns whether there was any.
    pub fn untrust(&self) -> Result<bool, HostError> {
        let untrusted = self.authority().untrust()?;
        self.set_ceiling();
        self.forget_loans();
        Ok(untrusted)
    }

    /// Returns the workspace's config and whether it is not trusted.
    pub fn config_file(&self) -> Option<(PathBuf, bool)> {
        let authority = self.authority();
        authority.file().map(|path| (path.to_owned(), authority.untrusted().is_none()))
    }

    /// Says what is odd about the config and the environment.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.places.warnings.clone();
        warnings.extend(self.store_error.iter().map(ToString::to_string));
        let authority = self.authority();
        warnings.extend(authority.unread.iter().cloned());
        warnings.extend(authority.config.warnings.iter().cloned());
        for entry in authority.entries().iter().filter(|entry| authority.vouch(entry).is_ok()) {
            let section = entry.script.section();
            let said = |name: String| {
                format!("`${{{name}}}` in `[{section}]` is not set: it reads as empty")
            };
            warnings.extend(entry.script.unset(&lending::variable).map(said));
        }
        warnings
    }
}
