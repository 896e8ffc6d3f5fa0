-- /// ctx
-- description = "Loops for ever"
-- contract = "^0.1"
-- ///

tool = {
  name = "infinite_loop",
  description = "Loops for ever",
}

function tool.execute()
  local turns = 0
  while true do turns = turns + 1 end
end
