-- /// ctx
-- version = "0.1.0"
-- description = "A persona that answers from the gathered documents, with what it found on a topic"
-- contract = "^0.1"
--
-- [requests]
-- context = ["*"]
-- ///

-- The Rust twin is guests/researcher.

agent = {
  name = "researcher",
  description = "Answers from the gathered documents, and says where it read it",
  arguments = {
    { name = "topic", required = true, description = "What to find out about" },
    { name = "audience", description = "Whom the answers are for" },
  },
  tools = { "search", "get" },
}

local SYSTEM = [[
You research %s for %s.
Answer only from documents that you have read, and name each one you use by its title and id.
Search again when the documents at hand do not answer the question. If nothing does, say so and do not guess.]]

function agent.resolve(args, config, context)
  local prompt = { system = SYSTEM:format(args.topic, args.audience or "a colleague") }

  local hits = context.search(args.topic, { limit = 5 })
  if #hits == 0 then return prompt end

  local found = {}
  for place, hit in ipairs(hits) do
    local snippet = hit.snippet:gsub("%s+", " ")
    found[place] = ("- %s (%s, id %s): %s"):format(hit.title or "untitled", hit.source, hit.id, snippet)
  end
  local text = "Documents on " .. args.topic .. ", best first:\n" .. table.concat(found, "\n")
  prompt.messages = { { role = "user", content = text } }
  return prompt
end
