-- /// ctx
-- description = "Answers with what is never checked"
-- contract = "^0.1"
-- ///

local next = { type = "array", items = { ["$ref"] = "#/$defs/next" } }

tool = {
  name = "doubling_schema",
  description = "Answers with what is never checked",
  output_schema = {
    type = "object",
    properties = { list = { ["$ref"] = "#/$defs/next" } },
    ["$defs"] = { next = { anyOf = { next, next } } },
  },
}

function tool.execute()
  local list = "wrong"
  for _ = 1, 50 do list = { list } end
  return { list = list }
end
