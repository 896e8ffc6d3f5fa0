-- /// ctx
-- description = "Names a variable of 30 MB"
-- contract = "^0.1"
-- ///

tool = {
  name = "huge_words",
  description = "Names a variable of 30 MB",
}

function tool.execute()
  local name = string.rep("x", 30 * 1024 * 1024)
  return pcall(env.get, name) and "got" or "ok"
end
