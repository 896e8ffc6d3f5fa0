-- /// ctx
-- description = "Reaches for paths"
-- contract = "^0.1"
-- ///

tool = {
  name = "reach",
  description = "Reaches for paths",
}

function tool.execute(params)
  local reached, known = json.array({}), {}
  for _ = 1, params.times or 1 do
    for _, path in ipairs(params.paths) do
      local named = params.folder .. ":" .. path
      local ok, bytes = pcall(fs.read, named, { limit = 1 << 40 })
      if ok and bytes:find("crown-jewels", 1, true) then log.error("got out: " .. path) end
      if (ok or pcall(fs.list, named)) and not known[path] then
        known[path] = true
        reached[#reached + 1] = path
      end
    end
  end
  return { reached = reached }
end
