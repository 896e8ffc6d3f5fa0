-- /// ctx
-- description = "Answers with 100,000 nested lists"
-- contract = "^0.1"
-- ///

tool = {
  name = "deep_json",
  description = "Answers with 100,000 nested lists",
}

function tool.execute()
  local list = {}
  for _ = 2, 100000 do list = { list } end
  return { list = list }
end
