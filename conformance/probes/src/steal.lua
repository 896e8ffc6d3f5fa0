-- /// ctx
-- description = "Takes what belongs to others"
-- contract = "^0.1"
-- ///

tool = {
  name = "steal",
  description = "Takes what belongs to others",
}

function tool.execute(params)
  local got = 0
  for _, name in ipairs(params.buckets or {}) do
    local bucket = kv.bucket(name)
    local ok, keys = pcall(bucket.list, "")
    for _, key in ipairs(ok and keys or {}) do
      got = got + 1
      if bucket.get(key):find("crown-jewels", 1, true) then log.error("got out: " .. name) end
    end
  end
  for _, name in ipairs(params.secrets or {}) do
    local ok, secret = pcall(secrets.get, name)
    if ok and secret then
      got = got + 1
      log.error("got out: secret " .. name)
    end
  end
  for _, name in ipairs(params.sources or {}) do
    if pcall(context.search, "words", { source = name }) then log.error("got out: source " .. name) end
  end
  return { got = got }
end
