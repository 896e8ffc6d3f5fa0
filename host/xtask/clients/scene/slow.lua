-- Never answers: whoever called it has to hang up.
tool = { name = "slow", description = "Works until it is told to stop" }

function tool.execute()
  local turns = 0
  while true do turns = turns + 1 end
end
