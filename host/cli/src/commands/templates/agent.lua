-- NAME: an agent. It prepares the prompt that a model works with.
--
-- `ctx agent test` shows the whole prompt.

agent = {
  name = "NAME",
  description = "Answers questions about one topic, as an example",
  -- The tools that a model may use as this agent.
  tools = {},
  arguments = {
    { name = "topic", description = "What it is about", required = false },
  },
}

-- `args` is what the caller says, `config` the keys of this script's section.
-- `context.search` finds what the prompt should know from the start.
function agent.resolve(args, config, context)
  local topic = args.topic or "this project"
  return {
    system = "You answer questions about " .. topic .. ". Say so when you do not know.",
    messages = {
      { role = "user", content = "What should I know about " .. topic .. "?" },
    },
  }
end
