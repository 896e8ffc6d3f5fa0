--[[ Opens a ticket, with what the documents say about it. ]]

tool = {
  name = "create_ticket",
  description = "Opens a ticket in the tracker",
  parameters = {
    { name = "title", type = "string", required = true, description = "What it is about" },
    { name = "priority", type = "string", description = "How urgent", default = "normal",
      enum = { "low", "normal", "high" } },
    { name = "enrich", type = "boolean", description = "Whether to add related documents", default = true },
  },
}

function tool.execute(params, context)
  local related = {}
  if params.enrich then
    for _, hit in ipairs(context.search(params.title, { mode = "keyword", limit = 2 })) do
      table.insert(related, hit.title)
    end
  end
  local account = base64.encode(context.config.email .. ":" .. context.config.token)
  local response = http.post(context.config.base_url .. "/tickets", json.encode({
    title = params.title,
    priority = params.priority,
    labels = {},
  }), {
    headers = {
      ["Authorization"] = "Basic " .. account,
      ["Content-Type"] = "application/json",
    },
  })
  if not response.ok then
    error("the tracker answered " .. response.status .. ": " .. response.body)
  end
  return { key = response.json.key, priority = params.priority, related = related }
end
