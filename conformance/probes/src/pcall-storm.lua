-- /// ctx
-- description = "Fails and catches a million times"
-- contract = "^0.1"
-- ///

-- Has no twin: what it tries is how the guest of scripts unwinds. It may end
-- well or run out of fuel, and nothing else.

tool = {
  name = "pcall_storm",
  description = "Fails and catches a million times",
}

function tool.execute()
  local caught = 0
  for _ = 1, 1000000 do
    if not pcall(error, "again") then caught = caught + 1 end
  end
  return { caught = caught }
end
