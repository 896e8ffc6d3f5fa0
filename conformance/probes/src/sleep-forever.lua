-- /// ctx
-- description = "Sleeps for a century, again and again"
-- contract = "^0.1"
-- ///

tool = {
  name = "sleep_forever",
  description = "Sleeps for a century, again and again",
}

function tool.execute()
  while true do
    pcall(sleep, math.huge)
    sleep(3155760000)
  end
end
