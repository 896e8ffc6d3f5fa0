-- /// ctx
-- description = "Takes all memory"
-- contract = "^0.1"
-- ///

tool = {
  name = "memory_bomb",
  description = "Takes all memory",
}

function tool.execute()
  local hoard = {}
  while true do hoard[#hoard + 1] = string.rep("x", 1024 * 1024) end
end
