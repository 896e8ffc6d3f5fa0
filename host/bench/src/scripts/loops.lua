tool = { name = "loops", description = "Never answers" }
function tool.execute() while true do end end
