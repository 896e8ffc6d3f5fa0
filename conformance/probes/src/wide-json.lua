-- /// ctx
-- description = "Answers with half a million empty lists"
-- contract = "^0.1"
-- ///

tool = {
  name = "wide_json",
  description = "Answers with half a million empty lists",
}

function tool.execute()
  local list, empty = {}, json.array({})
  for place = 1, 500000 do list[place] = empty end
  return { list = list }
end
