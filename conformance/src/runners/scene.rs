//! Claims about what the host makes of several hooks: each scene is played on
//! a host of its own, by scripts that say what the case has them say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ctx_core::{HookContext, HookError, Host, PhaseCall, PhaseReport, Places};
use ctx_model::{ExtensionName, Phase};
use serde_json::{Value, json};
use toml::{Table, Value as Toml};

use crate::case::{Expect, Player, Scene};
use crate::check::Verdict;
use crate::fixture::Fixture;

/// The document of state that all transactions are about.
const DOCUMENT: &str = "scene";

/// Who brings the state into being, before anybody plays.
const SEED: &str = "seed";

/// Milliseconds for a handler that is not meant to run out of time.
const PATIENCE: i64 = 10_000;

/// What every player does with what the case has him say.
const PLAYS: &str = r#"
local function plays(handler, subject)
  local says = SAYS[handler] or {}
  if type(subject) == "table" and subject.seed ~= nil then return SAYS.seed end
  if says.spins then while true do end end
  if says.fails then error(says.fails, 0) end
  if says.shows then
    local keys = {}
    for key in pairs(subject[says.shows] or {}) do keys[#keys + 1] = key end
    table.sort(keys)
    return { changes = { seen = table.concat(keys, " ") } }
  end
  return says.answer
end
"#;

/// Plays a scene.
pub(crate) async fn run(code: Option<&Places>, scene: &Scene) -> Verdict {
    match Box::pin(played(code, scene)).await {
        Err(why) => Verdict::fail(why),
        Ok(differences) if differences.is_empty() => Verdict::pass(""),
        Ok(differences) => Verdict::fail(differences.join("; ")),
    }
}

async fn played(code: Option<&Places>, scene: &Scene) -> Result<Vec<String>, String> {
    let phase = Phase::parse(&scene.phase).ok_or("there is no such phase")?;
    let mut fixture = Fixture::new(code).map_err(|error| error.to_string())?;
    for player in &scene.players {
        let script = script(player, phase)?;
        let file = format!("{}.lua", player.name);
        fixture.install(&file, script.as_bytes()).map_err(|error| error.to_string())?;
    }
    if !scene.before.is_empty() {
        let script = seed(&scene.before)?;
        fixture.install("seed.lua", script.as_bytes()).map_err(|error| error.to_string())?;
    }
    let host = fixture.open(&config(scene)).map_err(|error| error.to_string())?;
    let catalog = host.catalog().await.map_err(|error| error.to_string())?;
    if let Some(problem) = catalog.problems.first() {
        return Err(format!("`{}` does not load: {}", problem.name, problem.why));
    }
    for player in scene.players.iter().filter(|player| player.disabled) {
        let name = ExtensionName::new(&*player.name).map_err(|error| error.to_string())?;
        host.disable(&name).map_err(|error| error.to_string())?;
    }
    if !scene.before.is_empty() {
        let call = PhaseCall { subject: json!({ "seed": true }), ..call(scene)? };
        let told = host.run_phase(Phase::PrePersistTurn, call).await;
        told.map_err(|error| format!("the state cannot be set up: {error}"))?;
    }
    let mut last = host.run_phase(phase, call(scene)?).await;
    for _ in 1..scene.times {
        last = host.run_phase(phase, call(scene)?).await;
    }
    judged(&host, &scene.expect, last).await
}

fn call(scene: &Scene) -> Result<PhaseCall, String> {
    let subject = match &scene.query {
        Some(query) => json!(query),
        None => json(&scene.subject),
    };
    let call = PhaseCall {
        kind: "turn".to_owned(),
        subject,
        document: Some(DOCUMENT.to_owned()),
        context: HookContext { token_budget: scene.token_budget, ..HookContext::default() },
        ..PhaseCall::default()
    };
    call.with_classes(scene.classes.clone()).map_err(|error| error.to_string())
}

/// Writes the operator's part, with time for all who are not meant to run out
/// of it.
fn config(scene: &Scene) -> Table {
    let mut config = scene.config.clone();
    let mut patient: Vec<&str> =
        scene.players.iter().filter(|one| !one.spins()).map(|one| one.name.as_str()).collect();
    patient.push(SEED);
    for name in patient {
        for phase in Phase::ALL {
            let mut at = &mut config;
            for key in ["extensions", "overrides", name, "hooks", phase.as_str()] {
                let inner = at.entry(key).or_insert_with(|| Toml::Table(Table::new()));
                let Toml::Table(inner) = inner else { return scene.config.clone() };
                at = inner;
            }
            at.insert("max_ms".to_owned(), Toml::Integer(PATIENCE));
        }
    }
    config
}

/// Writes the script of somebody who takes part.
fn script(player: &Player, phase: Phase) -> Result<String, String> {
    let mut manifest = player.manifest.clone();
    let says = player.by_handler();
    if !player.handlers.is_empty() {
        let mut hooks = match manifest.remove("hooks") {
            Some(Toml::Table(hooks)) => hooks,
            _ => Table::new(),
        };
        let mut own = match hooks.remove(phase.as_str()) {
            Some(Toml::Table(own)) => own,
            _ => Table::new(),
        };
        own.insert("handlers".to_owned(), player.handlers.clone().into());
        hooks.insert(phase.as_str().to_owned(), own.into());
        manifest.insert("hooks".to_owned(), hooks.into());
    }
    let mut text = begun(&manifest, &json(&says))?;
    let _ = writeln!(text, "hooks = {{ [\"{}\"] = {{", phase.as_str());
    let one = "run".to_owned();
    let handlers =
        if player.handlers.is_empty() { std::slice::from_ref(&one) } else { &player.handlers };
    for handler in handlers {
        let _ = writeln!(
            text,
            "  [\"{handler}\"] = function(subject) return plays(\"{handler}\", subject) end,"
        );
    }
    text.push_str("} }\n");
    if says.values().any(|says| says.get("decides").is_some()) {
        text.push_str("hooks.resolver = function() return SAYS.run.decides end\n");
    }
    Ok(text)
}

/// Writes the script of whoever brings the state into being.
fn seed(before: &Table) -> Result<String, String> {
    let sets = json(before);
    let sets = sets.as_object().into_iter().flatten();
    let operations: Vec<Value> =
        sets.map(|(key, value)| json!({ "path": key, "action": "set", "value": value })).collect();
    let says = json!({ "seed": [{ "id": SEED, "operations": operations }] });
    let mut manifest = Table::new();
    manifest.insert("state_transaction_support".to_owned(), Toml::Boolean(true));
    let begun = begun(&manifest, &says)?;
    Ok(begun + "hooks = { pre_persist_turn = function(turn) return plays('', turn) end }\n")
}

fn begun(manifest: &Table, says: &Value) -> Result<String, String> {
    let header = toml::to_string(manifest).map_err(|error| error.to_string())?;
    let header: String = header.lines().map(|line| format!("-- {line}\n")).collect();
    Ok(format!("-- /// ctx\n{header}-- ///\nlocal SAYS = json.decode([====[{says}]====])\n{PLAYS}"))
}

/// Holds what came of it against what must.
async fn judged(
    host: &Host,
    expect: &Expect,
    came: Result<PhaseReport, HookError>,
) -> Result<Vec<String>, String> {
    let mut wrong = Vec::new();
    let mut differs = |what: &str, must: Value, is: Value| {
        if must != is {
            wrong.push(format!("{what} must be {must}, and is {is}"));
        }
    };
    let error = match &came {
        Ok(_) => Vec::new(),
        Err(HookError::Rejected { problems, .. }) => {
            let codes = problems.iter().map(|one| one.code.to_owned());
            std::iter::once("rejected".to_owned()).chain(codes).collect()
        }
        Err(HookError::Failed { problem, .. }) => {
            vec!["failed".to_owned(), problem.code.to_owned()]
        }
        Err(HookError::Conflict(_)) => vec!["conflict".to_owned()],
        Err(error @ (HookError::Invalid(_) | HookError::Host(_))) => return Err(error.to_string()),
    };
    differs("how it ends", json!(expect.error), json!(error));
    if let Some(state) = &expect.state {
        let found = host.state_document(None, DOCUMENT).await;
        let (_, is) = found.map_err(|error| error.to_string())?;
        differs("the state", json(state), is);
    }
    let Ok(report) = came else { return Ok(wrong) };
    let warnings: Vec<&str> = report.warnings.iter().map(|one| one.code).collect();
    differs("what is left out", json!(expect.warnings), json!(warnings));
    if let Some(ran) = &expect.ran {
        let is: Vec<String> = report
            .runs
            .iter()
            .map(|one| format!("{}/{}: {}", one.extension, one.handler, one.outcome))
            .collect();
        differs("who ran", json!(ran), json!(is));
    }
    let plain = [
        ("the snippets", expect.snippets.as_ref().map(|one| json!(one)), json!(report.snippets)),
        ("the tags", expect.tags.as_ref().map(|one| json!(one)), json!(report.tags)),
        ("the text", expect.text.as_ref().map(|one| json!(one)), json!(report.text)),
        ("the changes", expect.changes.as_ref().map(json), json!(report.changes)),
    ];
    for (what, must, is) in plain {
        if let Some(must) = must {
            differs(what, must, is);
        }
    }
    if let Some(metadata) = &expect.metadata {
        let is = report.state.as_ref().map(|state| state.metadata.clone());
        differs("what is told beside it", json(metadata), json!(is.unwrap_or_default()));
    }
    if let Some(transactions) = &expect.transactions {
        let verdicts = report.state.iter().flat_map(|state| &state.verdicts);
        let is: BTreeMap<String, &str> = verdicts
            .map(|one| (format!("{}/{}", one.origin, one.transaction), one.outcome.as_str()))
            .collect();
        differs("the transactions", json!(transactions), json!(is));
    }
    Ok(wrong)
}

fn json(table: &Table) -> Value {
    serde_json::to_value(table).unwrap_or_default()
}
