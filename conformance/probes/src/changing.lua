-- /// ctx
-- description = "Says that it has changed, for ever"
-- contract = "^0.1"
-- ///

tool = {
  name = "changing",
  description = "Says that it has changed, for ever",
}

function tool.execute()
  for _ = 1, 1000 do changed.tools() end
  return "ok"
end
