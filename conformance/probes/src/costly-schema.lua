-- /// ctx
-- description = "Answers with what is costly to check"
-- contract = "^0.1"
-- ///

local parts = {}
for at = 1, 9000 do parts[at] = { const = at - 1 } end

tool = {
  name = "costly_schema",
  description = "Answers with what is costly to check",
  output_schema = {
    type = "object",
    properties = { list = { type = "array", items = { anyOf = parts } } },
  },
}

function tool.execute()
  local list = {}
  for place = 1, 200000 do list[place] = 8999 end
  return { list = list }
end
