//! The `T` of `Store<T>`: one run's grant, ports, meter and WASI context.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ctx_model::{
    Caller, Clock, Context, Denial, Environment, ExtensionName, FilesHeard, Grant, HostPattern,
    Json, KeyValue, Limits, Log, NamedBy, Network, PlayedTime, Redaction, Secrets, Tokens,
};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::clock::{FrozenMonotonic, FrozenWall, PlayedMonotonic, PlayedWall, Seeded};
use crate::lend::files::Folder;
use crate::lend::http::Egress;
use crate::lend::stdio::Stderr;
use crate::meter::Meter;
use crate::snapshot::Capture;

/// A script, as data for an interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// A file name, for error messages.
    pub name: String,
    pub text: String,
}

/// Where lent functions get what they give.
#[derive(Clone)]
pub struct Ports {
    pub kv: Arc<dyn KeyValue>,
    pub secrets: Arc<dyn Secrets>,
    pub env: Arc<dyn Environment>,
    pub context: Arc<dyn Context>,
    pub log: Arc<dyn Log>,
    pub network: Arc<dyn Network>,
    /// Present if time is played, whatever a run's clock says.
    pub time: Option<Arc<PlayedTime>>,
    /// Who hears of the files that runs are given.
    pub files: Option<Arc<dyn FilesHeard>>,
    pub tokens: Arc<dyn Tokens>,
}

/// A header for requests to some origins, with secrets in it that the guest
/// never sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injection {
    pub host: HostPattern,
    pub header: String,
    /// Text with `{secret-name}` in it.
    pub value: String,
}

impl Injection {
    /// Names the secrets in it, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let pieces = self.value.split('{').skip(1);
        pieces.filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
    }
}

/// What is lent to an extension, the same for all of its runs.
#[derive(Clone)]
pub struct Loan {
    pub extension: ExtensionName,
    pub grant: Grant,
    /// A JSON object.
    pub settings: Json,
    /// Values that the host put into the settings and that nobody else is to
    /// read.
    pub private: Vec<String>,
    /// Present if the component is an interpreter.
    pub script: Option<Script>,
    /// Headers that the host adds to requests.
    pub inject: Vec<Injection>,
    /// The granted folders, opened, by the name that the extension knows.
    pub folders: BTreeMap<String, Folder>,
    pub ports: Ports,
    /// Where the operator names it outright, so that a denial can say what to
    /// write there.
    pub entry: Option<NamedBy>,
}

/// What is lent to one run.
#[derive(Clone)]
pub struct Lent {
    pub loan: Arc<Loan>,
    pub caller: Caller,
    pub clock: Clock,
    /// Who hears what it says while it runs, beside the host's own log.
    pub hearer: Option<Arc<dyn Log>>,
    /// Set when the caller has gone away.
    pub cancelled: Arc<AtomicBool>,
}

impl Lent {
    /// Lends to a run that nobody in particular asks for.
    pub fn new(loan: Arc<Loan>) -> Self {
        Self {
            loan,
            caller: Caller::default(),
            clock: Clock::Real,
            hearer: None,
            cancelled: Arc::new(AtomicBool::new(false)),
        }
    }
}

/// Bytes of a name or a path that a denial keeps: guests choose them.
const NAMED: usize = 256;

/// Resources that a guest may hold at once; each costs the host memory that
/// the guest does not pay for.
pub(crate) const HANDLES: usize = 1000;

/// Bytes of headers that one `fields` may hold.
const FIELDS: usize = 32 * 1024;

/// Denials of a run. Shared, because a request's address is checked after the
/// guest has gone on.
#[derive(Clone, Default)]
pub(crate) struct Denials(Arc<Mutex<Vec<Denial>>>);

impl Denials {
    pub(crate) fn record(&self, denial: Denial) {
        let denial = denial.shortened(NAMED);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A guest that asks in a loop must not fill the host's memory.
        if all.len() < 32 && !all.contains(&denial) {
            all.push(denial);
        }
    }

    pub(crate) fn take(&self) -> Vec<Denial> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One run, as the lent functions see it.
pub(crate) struct State {
    pub(crate) lent: Lent,
    pub(crate) meter: Meter,
    pub(crate) denials: Denials,
    pub(crate) stderr: Stderr,
    /// Secrets that this run has turned into text, or had put into requests.
    pub(crate) redaction: Redaction,
    /// Walks that are open.
    pub(crate) walks: usize,
    /// Present while a script is loaded for all runs to come.
    pub(crate) capture: Option<Capture>,
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    pub(crate) egress: Egress,
}

impl State {
    pub(crate) fn new(lent: Lent, limits: Limits) -> Self {
        Self::with(lent, limits, None, |_| ())
    }

    /// A run of a command, with the streams that it is given.
    pub(crate) fn of_command(
        lent: Lent,
        limits: Limits,
        command: impl FnOnce(&mut WasiCtxBuilder),
    ) -> Self {
        Self::with(lent, limits, None, command)
    }

    /// A run that loads a script for all runs to come.
    pub(crate) fn watched(lent: Lent, limits: Limits) -> Self {
        Self::with(lent, limits, Some(Capture::default()), |_| ())
    }

    fn with(
        lent: Lent,
        limits: Limits,
        capture: Option<Capture>,
        command: impl FnOnce(&mut WasiCtxBuilder),
    ) -> Self {
        let denials = Denials::default();
        let stderr = Stderr::default();
        let mut wasi = WasiCtx::builder();
        wasi.stderr(stderr.clone()).max_random_size(64 * 1024);
        if let Clock::Frozen { now, seed } = lent.clock {
            let now = Duration::from_secs(u64::try_from(now).unwrap_or(0));
            wasi.wall_clock(FrozenWall(now))
                .monotonic_clock(FrozenMonotonic)
                .secure_random(Seeded(seed))
                .insecure_random(Seeded(seed ^ 1))
                .insecure_random_seed(u128::from(seed));
        }
        if let Some(time) = &lent.loan.ports.time {
            let seed = time.seed();
            wasi.wall_clock(PlayedWall(time.clone()))
                .monotonic_clock(PlayedMonotonic(time.clone()))
                .secure_random(Seeded(seed))
                .insecure_random(Seeded(seed ^ 1))
                .insecure_random_seed(u128::from(seed));
        }
        if let Some(capture) = &capture {
            capture.noticed.watch(&mut wasi);
        }
        command(&mut wasi);
        let meter = Meter::new(limits);
        let redaction = Redaction::default();
        let egress = Egress::new(&lent.loan, &denials, &redaction, &meter);
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(FIELDS);
        let loan = lent.loan.clone();
        let state = Self {
            lent,
            meter,
            denials,
            stderr,
            redaction,
            walks: 0,
            capture,
            table,
            wasi: wasi.build(),
            http,
            egress,
        };
        for value in &loan.private {
            state.redaction.learn(value);
        }
        state
    }

    pub(crate) fn grant(&self) -> &Grant {
        &self.lent.loan.grant
    }

    pub(crate) fn entry(&self) -> Option<&NamedBy> {
        self.lent.loan.entry.as_ref()
    }

    pub(crate) fn extension(&self) -> &ExtensionName {
        &self.lent.loan.extension
    }

    pub(crate) fn ports(&self) -> &Ports {
        &self.lent.loan.ports
    }

    /// Takes revealed secrets out of a text.
    pub(crate) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.redaction.text(text)
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.lent.cancelled.load(Ordering::Relaxed)
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.egress }
    }
}
