-- /// ctx
-- description = "Calls the host a million times"
-- contract = "^0.1"
-- ///

tool = {
  name = "host_call_flood",
  description = "Calls the host a million times",
}

function tool.execute()
  for _ = 1, 1000000 do caller.cancelled() end
  return "ok"
end
