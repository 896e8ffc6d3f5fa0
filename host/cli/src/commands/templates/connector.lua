-- NAME: a connector. It brings documents in from somewhere else.
--
-- `ctx connector test` runs it and stores nothing.

connector = {
  name = "NAME",
  description = "Gives one document as an example",
  -- Whether a whole walk gives every document there is, so that one it does
  -- not give any more is gone.
  complete = true,
}

-- `config` holds the keys of this script's section in the config.
function connector.scan(config)
  local documents = {}

  -- For example:
  --   local answer = http.get(config.url, { headers = { Accept = "application/json" } })
  --   if not answer.ok then error("the far end answered " .. answer.status) end
  --   for _, page in ipairs(answer.json.pages) do … end

  table.insert(documents, {
    source_id = "hello",
    title = "Hello",
    body = "Hello from NAME" .. (config.greeting and ": " .. config.greeting or "") .. ".",
    content_type = "text/plain",
    updated_at = "2025-01-01T00:00:00Z",
    metadata = { example = true },
  })

  return documents
end
