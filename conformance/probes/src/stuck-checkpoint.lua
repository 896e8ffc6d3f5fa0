-- /// ctx
-- description = "Gives the same document and the same checkpoint"
-- contract = "^0.1"
-- ///

connector = { description = "A walk that stands still", streaming = true }

function connector.scan()
  while true do
    ctx.emit({ source_id = "same", body = "the same words" })
    ctx.checkpoint("here")
  end
end
