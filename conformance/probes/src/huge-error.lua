-- /// ctx
-- description = "Fails with 3 MiB of words"
-- contract = "^0.1"
-- ///

tool = {
  name = "huge_error",
  description = "Fails with 3 MiB of words",
}

function tool.execute()
  ctx.fail("not-found", string.rep("x", 3 * 1024 * 1024))
end
