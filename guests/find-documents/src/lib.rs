//! A tool that searches what the host has gathered, so that a model can find
//! documents by itself. It needs the grant to search.

use ctx_sdk::context::{self, Hit, Query};
use ctx_sdk::{Hints, Reply, Result, Schema, Tool, ToolInfo};
use serde::{Deserialize, Serialize};

struct FindDocuments;

#[derive(Deserialize)]
struct Arguments {
    query: String,
    #[serde(default = "five")]
    limit: u32,
    source: Option<String>,
}

fn five() -> u32 {
    5
}

#[derive(Serialize)]
struct Answer {
    documents: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    id: String,
    source: String,
    title: String,
    snippet: String,
}

impl Tool for FindDocuments {
    const NAME: &'static str = "find_documents";
    type Arguments = Arguments;

    fn describe() -> ToolInfo {
        let found = ["id", "source", "title", "snippet"];
        let found =
            found.iter().fold(Schema::object(), |all, name| all.required(name, Schema::string()));
        ToolInfo::new("Finds documents by the words in them")
            .input(
                Schema::object()
                    .required("query", Schema::string().describe("The words to look for"))
                    .optional(
                        "limit",
                        Schema::integer().between(1, 50).default(5).describe("How many to return"),
                    )
                    .optional("source", Schema::string().describe("Only this source")),
            )
            .output(Schema::object().required("documents", Schema::array(found)))
            .hints(Hints::READ_ONLY | Hints::IDEMPOTENT)
    }

    fn call(arguments: Arguments) -> Result<Reply> {
        let mut query = Query::new(arguments.query).limit(arguments.limit);
        query.sources.extend(arguments.source);
        let documents = context::search(&query)?.hits.into_iter().map(found).collect();
        Reply::structured(&Answer { documents })
    }
}

fn found(hit: Hit) -> Found {
    Found { id: hit.id, source: hit.source, title: hit.title, snippet: hit.snippet }
}

ctx_sdk::export!(tools: [FindDocuments]);
