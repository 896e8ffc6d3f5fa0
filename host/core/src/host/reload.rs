//! Looking at what is installed, again and again: the config, the trust and
//! the extensions anew, and the catalog swapped if it is different. Calls in
//! flight keep what they began with.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use ctx_model::{Form, Layer, Refusal};
use ctx_sandbox::Ports;

use super::Host;
use crate::authority::Authority;
use crate::catalog::Catalog;
use crate::discover;
use crate::entries::Entry;
use crate::error::HostError;
use crate::inline;
use crate::install::{self, Gathered, Installer, WireNames};
use crate::native;
use crate::watch::stale::{Said, Stale};
use crate::watch::told;

impl Host {
    /// Returns what is installed, after looking for it if nobody has yet.
    pub async fn catalog(&self) -> Result<Arc<Catalog>, HostError> {
        if let Some(catalog) = self.current() {
            return Ok(catalog);
        }
        let mut place = self.catalog.lock().await;
        if let Some(catalog) = &*place {
            return Ok(catalog.clone());
        }
        // Seldom and large: kept out of the future of every call.
        Box::pin(self.look(&mut place)).await
    }

    /// Reads the config and the trust anew and looks again at what is
    /// installed. If nothing has changed, the catalog is the same as before,
    /// and nobody hears of it.
    ///
    /// A config that cannot be read leaves what it said before in force, and a
    /// broken file the version that was there before; the catalog names both.
    pub async fn reload(&self) -> Result<Arc<Catalog>, HostError> {
        let mut place = self.catalog.lock().await;
        Box::pin(self.renew()).await?;
        Box::pin(self.look(&mut place)).await
    }

    /// Reads the config and the trust anew.
    async fn renew(&self) -> Result<(), HostError> {
        let old = self.authority().clone();
        let (said, shown) = (old.unread.clone(), old.economy().clone());
        let new = blocking(move || old.renewed()).await?;
        let is_shown_otherwise = shown != *new.economy();
        if let Some(why) = new.unread.as_ref().filter(|why| said.as_ref() != Some(*why)) {
            tracing::warn!(why, "the config cannot be read; what it said before still holds");
        }
        *self.authority() = new;
        self.set_ceiling();
        self.forget_loans();
        if is_shown_otherwise {
            self.changes.send_modify(|count| *count += 1);
        }
        Ok(())
    }

    async fn look(&self, place: &mut Option<Arc<Catalog>>) -> Result<Arc<Catalog>, HostError> {
        let installer = self.installer(place.clone());
        let (dirs, user) = (self.dirs(), self.places.data.join("extensions"));
        let entries = self.entries();
        let foreign = self.places.foreign.clone();
        let (bundled, surveyor) = (self.bundled.clone(), installer.clone());
        let plugins = self.places.plugins.clone();
        let registered = self.registered();
        let look = move || {
            let plugins = plugins.as_deref();
            let mut found = install::find(&entries, &dirs, &user, &foreign, plugins, &bundled);
            found.extend(registered().into_iter().filter_map(discover::registered));
            surveyor.survey(found)
        };
        let survey = blocking(look).await?;
        let mut gathered = installer.ask(survey).await;
        let (broken, inline, shown) = {
            let authority = self.authority();
            (authority.broken(), authority.inline(), authority.shown())
        };
        gathered.problems.extend(broken);
        inline::join(&inline, &mut gathered, place.as_deref(), installer.deny(), &shown);
        let with_transforms = self.authority().config.engine.answers.tools;
        installer.join(&native::as_wanted(&self.native, with_transforms), &mut gathered);
        self.swap(place, gathered).await
    }

    /// Asks some extensions again what they are, because they said that it has
    /// changed.
    pub(crate) async fn ask_again(&self, said: &Said) -> Result<(), HostError> {
        let mut place = self.catalog.lock().await;
        let Some(before) = place.clone() else { return Ok(()) };
        let installer = self.installer(Some(before.clone()));
        let (mut all, mut same) = (Vec::new(), Vec::new());
        for extension in before.installed.values() {
            let is_asked = extension.form != Form::Native && extension.inline.is_none();
            let again = if is_asked && said.contains_key(&extension.name) {
                Box::pin(installer.again(extension)).await
            } else {
                Ok(None)
            };
            all.push(match again {
                Ok(Some(different)) => different,
                Ok(None) => {
                    same.push(extension.name.clone());
                    extension.clone()
                }
                Err(why) => {
                    let name = extension.name.as_str();
                    tracing::warn!(extension = name, why, "what it said before still holds");
                    extension.clone()
                }
            });
        }
        let (problems, shadowed) = (before.problems.clone(), before.shadowed.clone());
        let gathered = Gathered { installed: all, problems, shadowed };
        Box::pin(self.swap(&mut place, gathered)).await?;
        // What has changed is told with the catalog; what has not is the
        // extension's own word, and passed on as that.
        for name in same {
            for what in said.get(&name).into_iter().flatten() {
                self.announcements.say(&name, what.clone());
            }
        }
        Ok(())
    }

    /// Returns the extensions that say that they have changed.
    pub(crate) fn stale(&self) -> Arc<Stale> {
        self.stale.clone()
    }

    /// Names the folders of the workspace's extensions: as written, and where
    /// they are.
    pub(crate) fn dirs(&self) -> Vec<(String, PathBuf)> {
        let authority = self.authority();
        let is_trusted = authority.untrusted().is_none();
        // A config that came with a clone looks for extensions in the clone.
        let is_inside =
            |dir: &str| !dir.starts_with(['/', '~']) && dir.split('/').all(|part| part != "..");
        let Authority { config, user, .. } = &*authority;
        config
            .dirs
            .iter()
            .filter(|dir| is_trusted || user.dirs.contains(dir) || is_inside(dir))
            .map(|dir| (dir.clone(), self.places.resolve(&self.workspace, dir)))
            .collect()
    }

    /// Lists the scripts that are named one by one, and where they are.
    pub(crate) fn entries(&self) -> Vec<(Arc<Entry>, PathBuf)> {
        let authority = self.authority();
        let place = |entry: &Arc<Entry>| (entry.clone(), entry.path(&self.places, &self.workspace));
        authority.entries().iter().map(place).collect()
    }

    fn installer(&self, before: Option<Arc<Catalog>>) -> Arc<Installer> {
        let authority = self.authority();
        let deny = authority.config.deny.iter().chain(&authority.user.deny).cloned().collect();
        let workspace_word = authority.word(Layer::Workspace).clone();
        let user_word = authority.word(Layer::User).clone();
        drop(authority);
        Arc::new(Installer {
            sandbox: self.sandbox.clone(),
            descriptions: self.descriptions.clone(),
            interpreters: self.interpreters.clone(),
            // One that says of itself that it has changed while it is asked
            // would be asked for ever.
            ports: Ports { log: self.log.clone(), ..self.ports() },
            deny,
            workspace_word,
            user_word,
            before,
        })
    }

    /// Gives tools their names and puts the catalog in its place, unless it is
    /// the same as before.
    async fn swap(
        &self,
        place: &mut Option<Arc<Catalog>>,
        gathered: Gathered,
    ) -> Result<Arc<Catalog>, HostError> {
        let fixed = self.wire_names(&gathered).await?;
        let unread = self.authority().unread.clone();
        let warnings = unread.map(|why| format!("{why}; what it said before still holds"));
        let catalog = gathered.catalog(&fixed, warnings.into_iter().collect());
        let is_strict = self.authority().hook_policy().strict_mode;
        if let (true, None, Some(problem)) = (is_strict, &place, catalog.problems.first()) {
            let (extension, why) = (problem.name.clone(), problem.why.clone());
            return Err(HostError::Strict { extension, why });
        }
        // What is lent may have changed though nothing else has.
        self.forget_loans();
        self.hooking.look(&catalog, self.authority().hook_policy());
        if let Some(before) = place.as_ref().filter(|before| before.is_same(&catalog)) {
            return Ok(before.clone());
        }
        let catalog = Arc::new(catalog);
        let before = place.replace(catalog.clone());
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(catalog.clone());
        self.forget_loans();
        if let Some(before) = before {
            told::tell(&before, &catalog);
            self.fire_changed(&before, &catalog);
            // Told last: whoever hears of it looks at once.
            self.changes.send_modify(|count| *count += 1);
        }
        Ok(catalog)
    }

    async fn wire_names(&self, gathered: &Gathered) -> Result<WireNames, HostError> {
        let Some(store) = self.store.clone() else { return Ok(HashMap::new()) };
        let wanted = gathered.tools();
        let fixed = blocking(move || {
            let wanted: Vec<(&str, &str)> =
                wanted.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            store.wire_names(&wanted)
        });
        Ok(fixed.await??)
    }
}

/// Runs work off the executor. Fails only if the work panics, or if the
/// runtime is shutting down.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, HostError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Refusal::NotReady { why: error.to_string() }.into())
}
