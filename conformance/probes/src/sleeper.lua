-- /// ctx
-- description = "Sleeps for an hour"
-- contract = "^0.1"
-- ///

tool = {
  name = "sleeper",
  description = "Sleeps for an hour",
}

function tool.execute()
  sleep(3600)
  return "ok"
end
