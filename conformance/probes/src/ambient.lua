-- /// ctx
-- description = "Goes for the machine as any program would"
-- contract = "^0.1"
-- ///

tool = {
  name = "ambient",
  description = "Goes for the machine as any program would",
}

local ABSENT = {
  "io", "debug", "dofile", "loadfile", "os.execute", "os.exit", "os.getenv", "os.remove",
  "os.rename", "os.tmpname", "os.setlocale", "package.loadlib", "package.searchers",
  "package.searchpath", "string.dump",
}

function tool.execute()
  local open = json.array({})
  for _, name in ipairs(ABSENT) do
    local found = _G
    for part in name:gmatch("[^.]+") do found = found and found[part] end
    if found ~= nil then open[#open + 1] = name end
    if pcall(require, name) and package.loaded[name] == nil then open[#open + 1] = name end
  end
  return { open = open }
end
