//! Claims about the host: whatever a probe does, it ends as it must, the bill
//! is right, its twin ends the same way, and the host answers others meanwhile
//! and after.

mod beside;
mod cached;
mod called;
mod install;
mod loaded;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ctx_core::{Host, HostOptions};
use toml::Table;

use crate::case::{Case, Probe, ProbeForm, Twin};
use crate::check::{Beside, Check, Status, Tried, Verdict};
use crate::fixture::{Fixture, FixtureError};
use crate::heard::{Heard, MARKER};
use crate::lair::{self, Flips};
use crate::suite::Probes;
use crate::world::World;

pub(crate) use loaded::Nursery;

/// How one probe ended.
struct Ended {
    words: String,
    verdict: Verdict,
}

impl Ended {
    fn new(words: &str, verdict: Verdict) -> Self {
        Self { words: words.to_owned(), verdict }
    }
}

/// How it ended, within what time, and how the host was for others meanwhile.
struct Tested {
    ended: Ended,
    elapsed: Duration,
    beside: Result<Beside, String>,
}

impl Tested {
    /// Says what kept a probe from being tried.
    fn of(ended: Ended) -> Self {
        Self { ended, elapsed: Duration::ZERO, beside: Ok(Beside::default()) }
    }
}

/// A host with everything around it that a probe may go for.
pub(crate) struct Arena {
    fixture: Fixture,
    host: Arc<Host>,
    world: Arc<World>,
    heard: Heard,
}

impl Arena {
    /// Sets up a host on which the probes of all cases are installed.
    pub(crate) async fn open(
        mut fixture: Fixture,
        probes: &Probes<'_>,
        cases: &[&Case],
    ) -> Result<Self, FixtureError> {
        let (world, heard) = (World::start().await?, Heard::default());
        lair::lay_out(&fixture)?;
        fixture.keep_secret("probe-token", MARKER)?;
        let mut config = Table::new();
        install::all(&fixture, probes, cases, &mut config)?;
        let (network, log) = (world.clone(), heard.clone());
        let host = fixture.open_by(&config, |options| HostOptions {
            network: Some(network),
            log: Arc::new(log),
            native: vec![ctx_core::builtin()],
            ..options
        })?;
        Ok(Self { fixture, host: Arc::new(host), world, heard })
    }
}

/// Tries the host with one probe and its twin.
pub(crate) async fn run(
    arena: &Arena,
    nursery: &Nursery,
    probes: &Probes<'_>,
    case: &Case,
    probe: &Probe,
) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut ends = Vec::new();
    for twin in &probe.twins {
        let tested = match probe.form {
            ProbeForm::Tool | ProbeForm::Scan => Box::pin(alive(arena, case, probe, *twin)).await,
            ProbeForm::Load => loaded::one(nursery, probes, case, probe, *twin).await,
            ProbeForm::Cache => cached::one(arena, probe).await,
        };
        let Tested { ended: Ended { words, mut verdict }, elapsed, beside } = tested;
        let beside = beside.unwrap_or_else(|why| {
            verdict = verdict.clone().overruled(why);
            Beside::default()
        });
        ends.push((words.clone(), verdict.status));
        let tried = probe.class.map(|class| Tried { class: class.as_str(), ended: words, beside });
        checks.push(check(case, twin.as_str(), verdict, elapsed, tried));
    }
    checks.extend(twins(case, probe, &ends));
    checks
}

/// Tries a probe that is installed, and sees whether it got out.
async fn alive(arena: &Arena, case: &Case, probe: &Probe, twin: Twin) -> Tested {
    let flips = probe.flips.then(|| Flips::start(arena.fixture.workspace()));
    let broken_into = arena.world.broken_into();
    let started = Instant::now();
    let work = async {
        let ended = called::one(&arena.host, case, probe, twin).await;
        (ended, started.elapsed())
    };
    let ((mut ended, elapsed), beside) = Box::pin(beside::meanwhile(&arena.host, work)).await;
    drop(flips);
    if let Some(way) = arena.heard.take().into_iter().next() {
        ended.verdict = ended.verdict.overruled(way);
    } else if arena.world.broken_into() > broken_into {
        let why = "it reached an address that nobody may reach".to_owned();
        ended.verdict = ended.verdict.overruled(why);
    }
    Tested { ended, elapsed, beside }
}

/// Whether a probe and its twin ended the same way, or each as it may if there
/// are several ways.
fn twins(case: &Case, probe: &Probe, ends: &[(String, Status)]) -> Option<Check> {
    let [(first, one), (second, other)] = ends else { return None };
    let both_may = probe.must.len() > 1 && [one, other].iter().all(|end| **end == Status::Pass);
    let verdict = if first == second {
        Verdict::pass(format!("both `{first}`"))
    } else if both_may {
        Verdict::pass(format!("`{first}` and `{second}`"))
    } else {
        let (one, other) = (probe.twins[0].as_str(), probe.twins[1].as_str());
        Verdict::fail(format!("{one} ended as `{first}`, and {other} as `{second}`"))
    };
    Some(check(case, "twins", verdict, Duration::ZERO, None))
}

fn check(
    case: &Case,
    which: &str,
    verdict: Verdict,
    elapsed: Duration,
    tried: Option<Tried>,
) -> Check {
    let Verdict { status, detail, usage } = verdict;
    Check {
        id: format!("{}:{which}", case.id),
        extension: "host".to_owned(),
        claim: case.claim.clone(),
        reference: case.reference.clone(),
        status,
        detail,
        usage,
        elapsed,
        tried,
    }
}
