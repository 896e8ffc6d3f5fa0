-- /// ctx
-- description = "Handles errors by raising errors"
-- contract = "^0.1"
-- ///

-- Has no twin: a panic in Rust ends the run.

tool = {
  name = "handler_recursion",
  description = "Handles errors by raising errors",
}

local function handler(raised) error(raised) end

function tool.execute()
  while true do xpcall(error, handler, "again") end
end
