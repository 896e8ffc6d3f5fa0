-- /// ctx
-- description = "Gives ever new documents"
-- contract = "^0.1"
-- ///

connector = { description = "A walk that does not end", streaming = true }

function connector.scan()
  local given = 0
  while true do
    given = given + 1
    ctx.emit({ source_id = tostring(given), body = "one more" })
    if given % 64 == 0 then ctx.checkpoint(tostring(given)) end
  end
end
