//! The host that a conversation is played on: a fixture that grants what the
//! extension asks for, in a world where that is worth nothing.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ctx_conversation::{Conversation, File, World, parse_instant};
use ctx_core::{Allow, Host, HostOptions, Installed, Places, Ports, ScriptEntry, Tap};
use ctx_model::{ExtensionName, Role};
use toml::{Table, Value};

use crate::fixture::{Fixture, FixtureError, Subject};
use crate::suite::Options;
use crate::trial::{NoTrial, only};

/// The source that is synced.
pub(super) const SOURCE: &str = "conversation";

/// Where the folders are that are lent, in the workspace of a fixture.
const LENT: &str = "lent";

/// An extension that is ready to be talked with.
pub(super) struct Stage<'a> {
    subject: Subject<'a>,
    code: Option<Places>,
    /// As it described itself with nothing granted.
    first: Arc<Installed>,
}

impl<'a> Stage<'a> {
    /// Finds out what the extension is.
    pub(super) async fn open(subject: Subject<'a>, options: &Options) -> Result<Self, String> {
        let code = options.code.clone();
        let told = |error: FixtureError| error.to_string();
        let mut fixture = Fixture::new(code.as_ref()).map_err(told)?;
        fixture.drop_in(subject).map_err(told)?;
        let entries = entry(subject, None).into_iter().collect();
        let bare = fixture
            .open_by(&Table::new(), |options| HostOptions { entries, ..options })
            .map_err(told)?;
        let first = only(&bare).await.map_err(|error| match error {
            NoTrial::Fixture(error) => error.to_string(),
            NoTrial::NotLoaded(problems) => {
                let why =
                    problems.iter().map(|problem| format!("{}; {}", problem.why, problem.help));
                let why = why.collect::<Vec<_>>().join("; ");
                if why.is_empty() { "nothing in it is an extension".to_owned() } else { why }
            }
        })?;
        Ok(Self { subject, code, first })
    }

    pub(super) fn name(&self) -> &ExtensionName {
        &self.first.name
    }

    /// Whether it is a script that is named outright.
    pub(super) fn is_entry(&self) -> bool {
        matches!(self.subject, Subject::Entry { .. })
    }

    /// Opens a host in the world of a conversation.
    pub(super) fn host(
        &self,
        conversation: &Conversation,
        world: &Arc<World>,
    ) -> Result<(Host, Fixture), String> {
        let told = |error: FixtureError| error.to_string();
        let mut fixture = Fixture::new(self.code.as_ref()).map_err(told)?;
        fixture.drop_in(self.subject).map_err(told)?;
        for file in &conversation.files {
            write(&fixture, file).map_err(|error| error.to_string())?;
        }
        for folder in self.folders(conversation) {
            let folder = fixture.workspace().join(LENT).join(folder);
            fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        let config = self.config(conversation);
        let entries = entry(self.subject, Some(conversation)).into_iter().collect();
        let tap = Some(tap(world.clone()));
        let host = fixture
            .open_by(&config, |options| HostOptions { entries, tap, ..options })
            .map_err(told)?;
        Ok((host, fixture))
    }

    /// Names the folders that it is lent by a setting of a source.
    fn folders(&self, conversation: &Conversation) -> BTreeSet<String> {
        let requests = self.first.requests.as_ref();
        let asked = requests.into_iter().flat_map(|requests| &requests.files).filter_map(|text| {
            let name = text.strip_prefix("read:").unwrap_or(text);
            let setting = name.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            let is_set = |name: &&str| {
                conversation.settings.contains_key(*name)
                    || conversation.files.iter().any(|file| file.folder == **name)
            };
            match setting {
                Some(setting) => Some(setting).filter(is_set),
                None => Some(name).filter(|name| !name.starts_with('.')),
            }
        });
        asked.map(str::to_owned).collect()
    }

    fn config(&self, conversation: &Conversation) -> Table {
        let name = self.first.name.to_string();
        let requests = self.first.requests.as_ref();
        let list = |of: fn(&ctx_model::Requests) -> &Vec<String>| {
            Value::from(requests.map(of).cloned().unwrap_or_default())
        };
        let settings: BTreeSet<String> = setting_folders(&self.first);
        let lent = self.folders(conversation);
        let named = lent.iter().filter(|name| !settings.contains(*name));
        let named: Vec<String> = named.map(|name| format!("{name}={LENT}/{name}")).collect();
        let mut allow = Table::new();
        let http = match requests {
            Some(requests) => requests.http.clone(),
            None => origins(conversation),
        };
        allow.insert("http".to_owned(), http.into());
        allow.insert("env".to_owned(), list(|requests| &requests.env));
        allow.insert("secrets".to_owned(), list(|requests| &requests.secrets));
        allow.insert("context".to_owned(), list(|requests| &requests.context));
        allow.insert("kv".to_owned(), requests.is_some_and(|requests| requests.kv).into());
        allow.insert("files".to_owned(), named.into());
        let mut own = table("allow", allow);
        let (mut config, mut given) = (Table::new(), conversation.settings.clone());
        for folder in settings.iter().filter(|folder| lent.contains(*folder)) {
            given.insert(folder.clone(), format!("{LENT}/{folder}").into());
        }
        if conversation.steps.iter().any(|step| step.sync.is_none()) {
            own.insert("settings".to_owned(), given.clone().into());
        }
        if conversation.steps.iter().any(|step| step.sync.is_some()) && !self.is_entry() {
            given.insert("extension".to_owned(), name.clone().into());
            config.insert("sources".to_owned(), table(SOURCE, given).into());
        }
        if !self.is_entry() {
            config.insert("extension".to_owned(), table(&name, own).into());
        }
        config
    }
}

/// Names the folders that it asks for by a setting.
fn setting_folders(extension: &Installed) -> BTreeSet<String> {
    let requests = extension.requests.as_ref();
    let asked = requests
        .into_iter()
        .flat_map(|requests| &requests.files)
        .filter_map(|text| text.strip_prefix("read:{").and_then(|rest| rest.strip_suffix('}')));
    asked.map(str::to_owned).collect()
}

/// Names whom a conversation is held with.
fn origins(conversation: &Conversation) -> Vec<String> {
    let exchanges = conversation.steps.iter().flat_map(|step| &step.http);
    let origin = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        Some(format!("{scheme}://{authority}"))
    };
    let all: BTreeSet<String> = exchanges.filter_map(|one| origin(&one.url)).collect();
    all.into_iter().collect()
}

/// The entry of a script that is named outright.
fn entry(subject: Subject<'_>, conversation: Option<&Conversation>) -> Option<ScriptEntry> {
    let Subject::Entry { path, role } = subject else { return None };
    let allow = conversation.map(|conversation| Allow {
        http: origins(conversation),
        env: conversation.env.keys().cloned().collect(),
        secrets: conversation.secrets.keys().cloned().collect(),
        kv: true,
        context: vec!["*".to_owned()],
        ..Allow::default()
    });
    Some(ScriptEntry {
        kind: role,
        name: SOURCE.to_owned(),
        path: path.to_owned(),
        timeout: None,
        settings: conversation.map(|one| one.settings.clone()).unwrap_or_default(),
        allow: allow.unwrap_or_default(),
    })
    .filter(|entry| [Role::Connector, Role::Tool, Role::Agent].contains(&entry.kind))
}

/// Lends a world instead of this one.
fn tap(world: Arc<World>) -> Tap {
    Arc::new(move |ports| Ports {
        kv: world.clone(),
        secrets: world.clone(),
        env: world.clone(),
        context: world.clone(),
        network: world.clone(),
        time: Some(world.time()),
        ..ports
    })
}

fn write(fixture: &Fixture, file: &File) -> std::io::Result<()> {
    let path = fixture.workspace().join(LENT).join(&file.folder).join(&file.path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match (&file.text, &file.base64, file.size) {
        (Some(text), ..) => fs::write(&path, text)?,
        (None, Some(base64), _) => fs::write(&path, STANDARD.decode(base64).unwrap_or_default())?,
        (None, None, size) => fs::File::create(&path)?.set_len(size.unwrap_or(0))?,
    }
    let modified = file.modified.as_deref().and_then(parse_instant);
    let modified = modified.unwrap_or(SystemTime::UNIX_EPOCH);
    fs::File::options().write(true).open(&path)?.set_modified(modified)
}

fn table(name: &str, inner: Table) -> Table {
    let mut table = Table::new();
    table.insert(name.to_owned(), inner.into());
    table
}
