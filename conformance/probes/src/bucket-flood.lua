-- /// ctx
-- description = "Opens a million buckets"
-- contract = "^0.1"
-- ///

tool = {
  name = "bucket_flood",
  description = "Opens a million buckets",
}

function tool.execute()
  local open = {}
  for at = 1, 1000000 do open[at] = kv.bucket("bucket " .. at) open[at].get("x") end
  return tostring(#open)
end
