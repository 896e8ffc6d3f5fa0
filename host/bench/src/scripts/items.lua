-- Streams as many documents of about 130 bytes as its settings say.
connector = {
  description = "Counts",
  settings = { { name = "count", type = "integer", required = true, description = "How many" } },
}

local words = { "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta" }

function connector.scan(config, checkpoint)
  for at = 1, config.count do
    local word = words[at % #words + 1]
    ctx.emit({
      source_id = "item-" .. at,
      title = "Item " .. at,
      version = "1",
      body = "This is item number " .. at .. " and it is about " .. word
        .. ", which is a word that a search could be for, with some more text behind it.",
      source_url = "https://example.com/items/" .. at,
    })
    if at % 1000 == 0 then ctx.checkpoint(tostring(at)) end
  end
end
