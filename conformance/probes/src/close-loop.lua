-- /// ctx
-- description = "Does not let go of a variable"
-- contract = "^0.1"
-- ///

-- Has no twin: Rust has no unwinding here.

tool = {
  name = "close_loop",
  description = "Does not let go of a variable",
}

function tool.execute()
  local one <close> = setmetatable({}, { __close = function() while true do end end })
  error("on the way out")
end
