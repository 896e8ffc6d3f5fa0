-- /// ctx
-- description = "Gives a document that is larger than a page may be"
-- contract = "^0.1"
-- ///

connector = { description = "A walk with a huge page" }

function connector.scan()
  local title, list = string.rep("x", 100 * 1024), {}
  for at = 1, 20 do list[at] = { source_id = tostring(at), title = title, body = "words" } end
  return list
end
