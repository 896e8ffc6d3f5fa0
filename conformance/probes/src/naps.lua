-- /// ctx
-- description = "Naps for ever"
-- contract = "^0.1"
-- ///

tool = {
  name = "naps",
  description = "Naps for ever",
}

function tool.execute()
  while true do sleep(0.000000001) end
end
