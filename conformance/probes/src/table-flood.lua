-- /// ctx
-- description = "Makes ever more tables"
-- contract = "^0.1"
-- ///

tool = {
  name = "table_flood",
  description = "Makes ever more tables",
}

function tool.execute()
  local all, place = {}, 0
  while true do
    place = place + 1
    all[place] = { place, { place } }
  end
end
