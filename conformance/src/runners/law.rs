//! Claims about what the host holds transforms to: a script gives what the
//! case has it give, and the host passes it on or says what is wrong with it.

use ctx_core::Places;
use ctx_model::{
    Budget, CallError, Caller, ChunkRequest, CompressRequest, FailureKind, Passage, Receipt,
    ViewRequest,
};
use toml::Table;

use crate::case::{Law, Transform};
use crate::check::Verdict;
use crate::fixture::Fixture;
use crate::outcome;

/// The extension, and its transform.
const NAME: &str = "gives";

/// Room for every text of a case.
const LARGE: Budget = Budget::Bytes(100_000);

/// Holds an answer against the laws.
pub(crate) async fn run(code: Option<&Places>, law: &Law) -> Verdict {
    match Box::pin(given(code, law)).await {
        Ok(verdict) => verdict,
        Err(why) => Verdict::fail(why),
    }
}

async fn given(code: Option<&Places>, law: &Law) -> Result<Verdict, String> {
    let mut fixture = Fixture::new(code).map_err(|error| error.to_string())?;
    let script = script(law)?;
    let file = format!("{NAME}.lua");
    fixture.install(&file, script.as_bytes()).map_err(|error| error.to_string())?;
    let host = fixture.open(&Table::new()).map_err(|error| error.to_string())?;
    let catalog = host.catalog().await.map_err(|error| error.to_string())?;
    if let Some(problem) = catalog.problems.first() {
        return Err(format!("it does not load: {}", problem.why));
    }
    let budget = law.bytes.map(Budget::Bytes).or(law.tokens.map(Budget::Tokens));
    let text = law.texts.first().cloned().unwrap_or_default();
    let (name, caller) = (NAME.to_owned(), Caller::default());
    Ok(match law.transform {
        Transform::Compressor => {
            let passage = |(at, text): (usize, &String)| Passage {
                text: text.clone(),
                pinned: law.pinned.contains(&at),
            };
            let passages = law.texts.iter().enumerate().map(passage).collect();
            let request = CompressRequest { name, passages, budget, ..CompressRequest::default() };
            judged(law, &host.compress(request, caller).await)
        }
        Transform::Chunker => {
            let request = ChunkRequest {
                name,
                text,
                media_type: "text/plain".to_owned(),
                file_name: None,
                budget: budget.unwrap_or(LARGE),
                overlap: law.overlap,
            };
            judged(law, &host.chunk(request, caller).await)
        }
        Transform::ReadMode => {
            let media_type = "text/plain".to_owned();
            let request = ViewRequest { name, text, media_type, budget, ..ViewRequest::default() };
            judged(law, &host.view(request, caller).await)
        }
    })
}

fn script(law: &Law) -> Result<String, String> {
    let gives = serde_json::to_string(&law.gives).map_err(|error| error.to_string())?;
    let (global, function) = match law.transform {
        Transform::Compressor => ("compressor", "compress"),
        Transform::Chunker => ("chunker", "split"),
        Transform::ReadMode => ("read_mode", "look"),
    };
    Ok(format!(
        "local GIVES = json.decode([====[{gives}]====])\n\
         {global} = {{ name = \"{NAME}\", description = \"Gives what it was told to\" }}\n\
         function {global}.{function}() return GIVES end\n"
    ))
}

fn judged<T>(law: &Law, receipt: &Receipt<T>) -> Verdict {
    match &receipt.outcome {
        Ok(_) if law.says.is_empty() => Verdict::pass(""),
        Ok(_) => Verdict::fail(format!("it was passed on, and `{}` was to be said", law.says)),
        Err(CallError::Failed { failure, .. })
            if failure.kind == FailureKind::Internal
                && !law.says.is_empty()
                && failure.message.contains(&law.says) =>
        {
            Verdict::pass(failure.message.clone())
        }
        Err(error) => Verdict::fail(format!("it ended as `{}`: {error}", outcome::words(error))),
    }
    .billed(receipt.usage)
}
