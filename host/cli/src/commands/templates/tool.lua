-- NAME: a tool. A model calls it with arguments and gets an answer.
--
-- `ctx tool test` calls it from here, with the same checks as the server.

tool = {
  name = "NAME",
  description = "Greets somebody, as an example",
  parameters = {
    { name = "name", type = "string", required = true, description = "Who is greeted" },
    { name = "times", type = "integer", default = 1, description = "How often" },
  },
  hints = { read_only = true },
}

-- `params` has been checked, and defaults are filled in. `context.search`,
-- `context.get` and `context.sources` read the gathered documents.
function tool.execute(params, context)
  local greetings = {}
  for _ = 1, math.min(params.times, 100) do
    table.insert(greetings, "Hello, " .. params.name .. "!")
  end
  return { greeting = table.concat(greetings, " ") }
end
