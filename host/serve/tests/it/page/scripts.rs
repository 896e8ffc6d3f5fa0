//! Extensions that more than one test looks at.

/// A tool that greets.
pub(crate) const GREET: &str = r#"
tool = {
  name = "greet", description = "Greets somebody",
  parameters = { { name = "name", required = true, description = "Who" } },
}
function tool.execute(params) return { greeting = "hello " .. params.name } end
"#;

/// An agent with one argument and one tool.
pub(crate) const RESEARCHER: &str = r#"
agent = {
  name = "researcher", description = "Researches",
  arguments = { { name = "topic", required = true, description = "What" } },
  tools = { "greet" },
}
function agent.resolve(args)
  return {
    system = "You research.",
    messages = { { role = "user", content = "Start with " .. args.topic } },
  }
end
"#;
