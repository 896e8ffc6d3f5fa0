-- Returns one list of as many documents as its settings say, without versions:
-- what scripts of other hosts do.
connector = {}

local words = { "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta" }

function connector.scan(config)
  local items = {}
  for at = 1, config.count do
    items[at] = {
      source_id = "item-" .. at,
      title = "Item " .. at,
      body = "This is item number " .. at .. " and it is about " .. words[at % #words + 1]
        .. ", which is a word that a search could be for, with some more text behind it.",
      source_url = "https://example.com/items/" .. at,
      updated_at = "2025-01-15T10:00:00Z",
    }
  end
  return items
end
