--[[ Issues of a tracker, page by page, as one list. ]]

connector = {
  name = "issues",
  version = "0.1.0",
  description = "Issues of the tracker",
}

local function fetch(config, page)
  local response = http.get(config.base_url .. "/issues", {
    headers = {
      ["Accept"] = "application/json",
      ["Authorization"] = "Bearer " .. config.token,
    },
    params = { page = page, per_page = config.per_page },
  })
  if not response.ok then
    error("the tracker answered " .. response.status)
  end
  return json.decode(response.body)
end

function connector.scan(config)
  local items = {}
  local page = 1
  while true do
    local issues = fetch(config, page)
    if #issues == 0 then break end
    for _, issue in ipairs(issues) do
      table.insert(items, {
        source_id = issue.id,
        title = issue.title,
        body = issue.body or "",
        author = issue.reporter and issue.reporter.name,
        source_url = config.base_url .. "/browse/" .. issue.id,
        updated_at = issue.updated,
        content_type = "text/plain",
        metadata = { labels = issue.labels, state = issue.state },
      })
    end
    page = page + 1
    sleep(0.001)
  end
  log.info(string.format("%d issues on %s", #items, os.date("!%Y-%m-%d")))
  return items
end

return connector
