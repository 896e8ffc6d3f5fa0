-- /// ctx
-- description = "Calls itself without end"
-- contract = "^0.1"
-- ///

tool = {
  name = "deep_recursion",
  description = "Calls itself without end",
}

local ping, pong

-- Neither is a tail call, so each needs its frame.
function ping(depth) return 1 + pong(depth + 1) end
function pong(depth) return 1 + ping(depth + 1) end

function tool.execute()
  return tostring(ping(0))
end
