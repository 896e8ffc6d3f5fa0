-- /// ctx
-- description = "Doubles a text for ever"
-- contract = "^0.1"
-- ///

tool = {
  name = "string_doubling",
  description = "Doubles a text for ever",
}

function tool.execute()
  local text = "x"
  while true do text = text .. text end
end
