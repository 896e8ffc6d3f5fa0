-- /// ctx
-- version = "0.1.0"
-- description = "Notes that are written in the config"
-- contract = "^0.1"
-- ///

-- The smallest connector: it asks for nothing and returns a list. In the
-- config:
--
--   [sources.house]
--   extension = "notes"
--   notes = [{ title = "Wi-Fi", text = "The password is on the fridge." }]

connector = {
  description = "Notes that are written in the config",
  -- The list is all there is, so a note that is gone from it is gone.
  complete = true,
  settings = {
    {
      name = "notes", type = "array", required = true, description = "Title and text of each",
      items = { type = "object", properties = {
        { name = "title", type = "string", required = true },
        { name = "text", type = "string", required = true },
      } },
    },
  },
}

function connector.scan(config)
  local documents = {}
  for place, note in ipairs(config.notes) do
    documents[place] = { source_id = note.title, title = note.title, body = note.text }
  end
  return documents
end
