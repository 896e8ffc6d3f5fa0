-- /// ctx
-- description = "Starts coroutines for ever"
-- contract = "^0.1"
-- ///

-- Has no twin: Rust in a component has no coroutines.

tool = {
  name = "coroutine_storm",
  description = "Starts coroutines for ever",
}

function tool.execute()
  while true do
    local one = coroutine.create(function() while true do coroutine.yield() end end)
    for _ = 1, 8 do coroutine.resume(one) end
  end
end
