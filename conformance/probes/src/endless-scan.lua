-- /// ctx
-- description = "Walks for ever and never comes to a first page"
-- contract = "^0.1"
-- ///

connector = { description = "A walk that does not end", streaming = true }

function connector.scan()
  -- The walk is a coroutine, and a pause does not make it a page.
  while true do coroutine.yield() end
end
