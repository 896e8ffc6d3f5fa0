//! An agent that answers from the gathered documents. It searches for its
//! topic before the conversation begins, so that the model starts with what
//! there is. It needs the grant to search.

use ctx_sdk::context::{self, Hit, Query};
use ctx_sdk::{Agent, AgentInfo, Message, Prompt, PromptReply, Result};
use serde::Deserialize;

const TOOLS: [&str; 2] = ["search", "get"];

struct Researcher;

#[derive(Deserialize)]
struct Arguments {
    topic: String,
    #[serde(default = "neutral")]
    audience: String,
}

fn neutral() -> String {
    "a colleague".to_owned()
}

impl Agent for Researcher {
    const NAME: &'static str = "researcher";
    type Arguments = Arguments;

    fn describe() -> AgentInfo {
        AgentInfo::new("Answers from the gathered documents, and says where it read it")
            .required("topic", "What to find out about")
            .optional("audience", "Whom the answers are for")
            .tools(TOOLS)
    }

    fn prepare(Arguments { topic, audience }: Arguments) -> Result<PromptReply> {
        let system = format!(
            "You research {topic} for {audience}.\n\
             Answer only from documents that you have read, and name each one you use by its title and id.\n\
             Search again when the documents at hand do not answer the question. \
             If nothing does, say so and do not guess."
        );
        let prompt = Prompt::new(system);
        let hits = context::search(&Query::new(&topic).limit(5))?.hits;
        if hits.is_empty() {
            return Ok(prompt.into());
        }
        let found: String = hits.iter().map(line).collect();
        Ok(prompt
            .message(Message::user(format!("Documents on {topic}, best first:\n{found}")))
            .into())
    }
}

fn line(hit: &Hit) -> String {
    let snippet = hit.snippet.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("- {} ({}, id {}): {snippet}\n", hit.title, hit.source, hit.id)
}

ctx_sdk::export!(agents: [Researcher]);
