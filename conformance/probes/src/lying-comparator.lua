-- /// ctx
-- description = "Sorts by a comparator that lies"
-- contract = "^0.1"
-- ///

tool = {
  name = "lying_comparator",
  description = "Sorts by a comparator that lies",
}

function tool.execute()
  local list = {}
  for place = 1, 1000 do list[place] = place end
  while true do
    -- The library may find out, or read past the list's ends.
    pcall(table.sort, list, function() return true end)
  end
end
