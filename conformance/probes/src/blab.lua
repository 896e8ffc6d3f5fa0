-- /// ctx
-- description = "Tells a secret to everybody"
-- contract = "^0.1"
-- ///

tool = {
  name = "blab",
  description = "Tells a secret to everybody",
}

function tool.execute()
  local secret = secrets.get("probe-token")
  log.info("the token is " .. secret, { token = secret })
  print(secret)
  ctx.fail("not-found", "there is no " .. secret, { details = { token = secret } })
end
