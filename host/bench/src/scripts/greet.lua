-- The tool that calls are measured with: some tables, some strings, no host.
tool = {
  name = "greet",
  description = "Greets somebody",
  parameters = {
    { name = "name", type = "string", required = true, description = "Who" },
    { name = "times", type = "integer", default = 3, description = "How often" },
  },
}

local greetings = { "hello", "good morning", "good evening" }

local function greeting(at, name)
  return string.format("%d: %s, %s!", at, greetings[(at - 1) % #greetings + 1], name)
end

function tool.execute(params)
  local lines = {}
  for at = 1, params.times do
    lines[#lines + 1] = greeting(at, params.name)
  end
  return { lines = lines, count = #lines, name = params.name }
end
