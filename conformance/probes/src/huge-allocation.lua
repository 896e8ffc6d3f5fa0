-- /// ctx
-- description = "Takes 2 GB at once"
-- contract = "^0.1"
-- ///

tool = {
  name = "huge_allocation",
  description = "Takes 2 GB at once",
}

function tool.execute()
  return "got " .. #string.rep("x", 0x7fff0000 - 64)
end
