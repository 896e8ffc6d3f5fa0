-- /// ctx
-- description = "Has a finalizer that does not end"
-- contract = "^0.1"
-- ///

-- Has no twin: Rust drops where it is told to.

tool = {
  name = "finalizer_loop",
  description = "Has a finalizer that does not end",
}

function tool.execute()
  setmetatable({}, { __gc = function() while true do end end })
  collectgarbage()
  return "ok"
end
