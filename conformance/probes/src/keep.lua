-- /// ctx
-- description = "Keeps a value of its own"
-- contract = "^0.1"
-- ///

tool = {
  name = "keep",
  description = "Keeps a value of its own",
}

function tool.execute()
  kv.bucket("vault").set("key", "crown-jewels")
  return "ok"
end
