-- Tools that wait, that never end, and that talk.
tools = {
  { name = "nap", description = "Waits", execute = function() sleep(0.1) return "rested" end },
  { name = "endless", description = "Never answers", execute = function() while true do end end },
  { name = "asleep", description = "Sleeps for long", execute = function() sleep(20) return "awake" end },
  {
    name = "chatty", description = "Tells how far it is, at length",
    execute = function()
      local text = string.rep("x", 1000)
      for at = 1, 9000 do caller.progress(at, 9000, text) end
      sleep(20)
      return "told"
    end,
  },
}
