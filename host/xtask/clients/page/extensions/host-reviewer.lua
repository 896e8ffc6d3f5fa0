agent = {
  name = "host-reviewer",
  description = "Reviews with a focus",
  arguments = { { name = "focus", description = "What to look at", required = true } },
}

function agent.resolve(args)
  return { system = "Look at " .. args.focus .. "." , messages = { { role = "user", content = "Review " .. args.focus } } }
end
