//! Tools, agents, extractors and embedders, as scripts declare them.

use ctx_core::PromptCall;
use ctx_model::{
    BlockContent, Caller, EmbedRequest, ExtractRequest, Prompt, PromptReply, Purpose, Role,
};
use serde_json::{Value, json};

use super::Scripted;

async fn prompt(body: &str) -> Result<Prompt, String> {
    let scripted = Scripted::new();
    let script = format!(
        "agent = {{ name = 'guide', description = 'Guides', tools = {{ 'search', 5, true, 'get' }} }}\n{body}\n"
    );
    scripted.workspace.drop_in("guide.lua", script);
    let host = scripted.workspace.open();
    let receipt = host
        .prompt(PromptCall {
            agent: "guide".to_owned(),
            arguments: json!({ "topic": "locks" }),
            resumed: None,
            caller: Caller::default(),
        })
        .await;
    match receipt.outcome.map_err(|error| error.to_string())? {
        PromptReply::Done(prompt) => Ok(prompt),
        PromptReply::Ask(_) => Err("it asks".to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_gives_a_table_or_a_string() {
    let made =
        prompt("function agent.resolve(args, config, context) return { system = args.topic } end");
    assert_eq!(made.await.unwrap().system, "locks");
    let made = prompt("function agent.resolve(args) return 'about ' .. args.topic end");
    assert_eq!(made.await.unwrap().system, "about locks");
    let made = prompt("function agent.prompt(context) return type(context.config) end");
    assert_eq!(made.await.unwrap().system, "table");
    let error = prompt("function agent.resolve() return {} end").await.unwrap_err();
    assert!(error.contains("must return a table with a string `system`"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn c14_an_agent_that_names_no_tools_keeps_those_it_declared() {
    let made = prompt("function agent.resolve() return { system = 's' } end").await.unwrap();
    assert!(made.tools.is_none_or(|tools| tools == ["search", "5", "get"]));
    let narrowed =
        "function agent.resolve() return { system = 's', tools = { 'get', 5, false } } end";
    assert_eq!(prompt(narrowed).await.unwrap().tools.unwrap(), ["get", "5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_messages_of_an_agent_pass() {
    let made = prompt(
        "function agent.resolve() return { system = 's', messages = {\n\
           { content = 'first' }, { role = 'robot', content = 'second' }, 'passed over',\n\
           { role = 'user' }, { role = {}, content = 4 } } } end",
    )
    .await
    .unwrap();
    let told: Vec<String> = made
        .messages
        .iter()
        .map(|message| {
            let texts = message.blocks.iter().map(|block| match &block.content {
                BlockContent::Text(text) => text.as_str(),
                _ => "?",
            });
            format!("{:?}: {}", message.role, texts.collect::<String>())
        })
        .collect();
    assert_eq!(told, ["Assistant: first", "User: second", "User: ", "Assistant: 4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_are_a_list_or_a_schema_with_any_type() {
    for (parameters, expected) in [
        (
            "{ { name = 'when', type = 'date', required = true, description = 'When' }, { name = 'n', type = 'integer', default = 3, enum = { 3, 4 } } }",
            json!({"type": "object", "required": ["when"], "properties": {
                "when": {"x-type": "date", "description": "When"},
                "n": {"type": "integer", "default": 3, "enum": [3, 4]}}}),
        ),
        (
            "{ type = 'object', properties = { q = { type = 'string', minLength = 1 } }, required = { 'q' } }",
            json!({"type": "object", "required": ["q"], "properties": {"q": {"type": "string", "minLength": 1}}}),
        ),
        ("nil", json!({"type": "object"})),
    ] {
        let scripted = Scripted::new();
        scripted.workspace.drop_in(
            "typed.lua",
            format!(
                "tool = {{ name = 'typed', description = 'Typed', parameters = {parameters} }}\n\
                 function tool.execute(params) return json.encode(params) end\n"
            ),
        );
        let host = scripted.workspace.open();
        let catalog = host.catalog().await.unwrap();
        let schema = &catalog.extension("typed").unwrap().tools[0].info.input_schema;
        let schema: Value = serde_json::from_str(schema).unwrap();
        assert_eq!(schema, expected);
    }
}

const EXTRACTS: &str = r#"
extractor = { description = "Reads notes", media_types = { "text/x-note" } }
function extractor.extract(bytes, media_type, name)
  if bytes == "" then return "plain" end
  if bytes:byte() == 0 then ctx.fail("invalid-input", "this is no note") end
  local title, text = bytes:match("^(.-)\n(.*)$")
  return {
    text = text, media_type = "text/markdown", title = title, author = name, language = "en",
    created_at = "2025-01-15", updated_at = 1736942400, metadata = { from = media_type },
  }
end
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_script_may_be_an_extractor() {
    let scripted = Scripted::new();
    scripted.workspace.drop_in("notes.lua", EXTRACTS);
    let host = scripted.workspace.open();
    let catalog = host.catalog().await.unwrap();
    let installed = catalog.extension("notes").unwrap();
    assert_eq!(installed.roles, [Role::Extractor]);
    assert_eq!(installed.extractor.as_ref().unwrap().media_types, ["text/x-note"]);
    let extract = async |data: &[u8]| {
        let request = ExtractRequest {
            media_type: "text/x-note".to_owned(),
            name: Some("a.note".to_owned()),
            data: data.to_vec(),
        };
        host.extract(installed, request, Caller::default()).await.outcome
    };
    let found = extract(b"Locks\nThey lift boats.").await.unwrap();
    assert_eq!(
        (found.text.as_str(), found.media_type.as_str()),
        ("They lift boats.", "text/markdown")
    );
    assert_eq!((found.title.as_deref(), found.author.as_deref()), (Some("Locks"), Some("a.note")));
    assert_eq!((found.created, found.modified), (Some(1_736_899_200), Some(1_736_942_400)));
    assert_eq!(found.metadata, r#"{"from":"text/x-note"}"#);
    let found = extract(b"").await.unwrap();
    assert_eq!((found.text.as_str(), found.metadata.as_str()), ("plain", "{}"));
    assert!(extract(b"\0").await.unwrap_err().to_string().contains("this is no note"));
    assert!(extract(b"no end").await.unwrap_err().to_string().contains("has no string `text`"));
}

const EMBEDS: &str = r#"
embedder = { description = "Counts letters", batch = 8, model = "letters-2" }
function embedder.embed(texts, purpose)
  local vectors = {}
  for place, text in ipairs(texts) do
    vectors[place] = { #text, purpose == "query" and 1 or 0.5 }
  end
  return { vectors = vectors }
end
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_script_may_be_an_embedder() {
    let scripted = Scripted::new();
    scripted.workspace.drop_in("letters.lua", EMBEDS);
    let host = scripted.workspace.open();
    let catalog = host.catalog().await.unwrap();
    let installed = catalog.extension("letters").unwrap();
    assert_eq!(installed.roles, [Role::Embedder]);
    assert_eq!(installed.embedder.as_ref().unwrap().batch, 8);
    for (purpose, second) in [(Purpose::Document, 0.5), (Purpose::Query, 1.0)] {
        let request = EmbedRequest { texts: vec!["four".to_owned(), String::new()], purpose };
        let made = host.embed(installed, request, Caller::default()).await.outcome.unwrap();
        assert_eq!(made.model, "letters-2");
        assert_eq!(made.vectors, [[4.0, second], [0.0, second]]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_alone_has_a_name_that_protocols_know() {
    for (written, expected) in
        [("name = 'Create Ticket', ", "Create_Ticket"), ("", "my_tool"), ("name = '', ", "my_tool")]
    {
        let scripted = Scripted::new();
        let script = format!(
            "tool = {{ {written}description = 'Named oddly' }}\n\
             function tool.execute() return 'called' end\n"
        );
        scripted.workspace.drop_in("my-tool.lua", script);
        let host = scripted.workspace.open();
        assert_eq!(super::call(&host, expected, "").await.unwrap(), "called", "{written}");
    }
}
