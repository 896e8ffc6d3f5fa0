-- /// ctx
-- description = "Asks for addresses"
-- contract = "^0.1"
-- ///

tool = {
  name = "fetch",
  description = "Asks for addresses",
}

function tool.execute(params)
  local results = {}
  for place, url in ipairs(params.urls) do
    local ok, answer = pcall(http.request, params.method or "GET", url, { headers = params.headers })
    results[place] = ok and answer.status or "error"
    if ok and answer.body:find("crown-jewels", 1, true) then log.error("got out: " .. url) end
  end
  return { results = results }
end
