-- /// ctx
-- description = "Tries to read outside of its folder"
-- contract = "^0.1"
--
-- [requests]
-- files = ["read:fixtures"]
-- ///

tool = {
  name = "path_escape",
  description = "Tries to read outside of its folder",
}

local WAYS_OUT = {
  "../secret",
  "/etc/passwd",
  "a/../../x",
  "..",
  "../",
  "./../secret",
  "//etc/passwd",
  "..\\secret",
  "/",
  "link",
  "absolute-link",
}

function tool.execute()
  local got_out = {}
  for _, path in ipairs(WAYS_OUT) do
    if pcall(fs.read, path) or pcall(fs.list, path) then got_out[#got_out + 1] = path end
  end
  return #got_out == 0 and "ok" or table.concat(got_out, ", ")
end
