-- /// ctx
-- description = "Matches a pattern that goes back and back"
-- contract = "^0.1"
-- ///

-- Has no twin: Rust's library has no patterns.

tool = {
  name = "pattern_backtracking",
  description = "Matches a pattern that goes back and back",
}

function tool.execute()
  local text = string.rep("a", 10000)
  return tostring(text:find(string.rep(".-", 30) .. "b"))
end
