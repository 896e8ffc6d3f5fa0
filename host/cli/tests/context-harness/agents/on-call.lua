--[[ Prepares whoever is on call with what the documents say. ]]

agent = {
  name = "on-call",
  description = "Leads through an incident",
  tools = { "search", "create_ticket" },
  arguments = {
    { name = "incident", description = "What is wrong", required = true },
    { name = "service", description = "Which service", required = false },
  },
}

function agent.resolve(args, config, context)
  local limit = tonumber(config.search_limit) or 5
  local lines = {}
  for at, hit in ipairs(context.search(args.incident, { mode = "hybrid", limit = limit })) do
    lines[at] = string.format("- %s (%s)", hit.title, hit.id)
  end
  return {
    system = "You lead through the incident: " .. args.incident,
    tools = { "search" },
    messages = {
      { role = "assistant", content = "I found:\n" .. table.concat(lines, "\n") },
    },
  }
end
