"""Drives `ctx` with fastmcp: list, call, prompt, read, cancel, list changed.

    fastmcp_client.py http URL
    fastmcp_client.py stdio COMMAND [ARGUMENT...]

Run from the workspace that the server serves. Ends with `N passed, M failed`.
"""

import asyncio
import os
import sys
from pathlib import Path

from fastmcp import Client
from fastmcp.client.transports import StdioTransport

passed, failed = [], []


def check(claim, holds, told=""):
    (passed if holds else failed).append(claim)
    print(("ok   " if holds else "FAIL ") + claim + ("" if holds else f": {told}"))


async def conversation(way, rest, mode):
    heard = asyncio.Event()

    async def listen(message):
        if "list_changed" in str(message):
            heard.set()

    target = rest[0] if way == "http" else StdioTransport(command=rest[0], args=rest[1:], env=dict(os.environ))
    async with Client(target, message_handler=listen, mode=mode) as client:
        tools = [tool.name for tool in await client.list_tools()]
        check(f"{mode}: tools are listed", "greet" in tools, tools)
        called = await client.call_tool("greet", {"name": "Ada"})
        check(f"{mode}: a tool answers", called.content[0].text == "Hello, Ada!", called)
        wrong = await client.call_tool("greet", {}, raise_on_error=False)
        check(f"{mode}: bad arguments are told to the model", wrong.is_error, wrong)
        prompts = [prompt.name for prompt in await client.list_prompts()]
        check(f"{mode}: agents are prompts", "host-reviewer" in prompts, prompts)
        prompt = await client.get_prompt("host-reviewer", {"focus": "tea"})
        check(f"{mode}: a prompt is prepared", "tea" in str(prompt), prompt)
        resources = await client.list_resources()
        read = await client.read_resource(resources[0].uri)
        check(f"{mode}: a document is read", read[0].text != "", read)

        slow = asyncio.create_task(client.call_tool("slow", {}))
        await asyncio.sleep(0.5)
        slow.cancel()
        ended = (await asyncio.gather(slow, return_exceptions=True))[0]
        check(f"{mode}: a call is cancelled", isinstance(ended, asyncio.CancelledError), ended)
        after = await client.call_tool("greet", {"name": "Bob"})
        check(f"{mode}: the session goes on", after.content[0].text == "Hello, Bob!", after)

        # It subscribes to nothing in the newer protocol; in the older it is told.
        if mode != "legacy":
            return
        late = f"late_fast_{way}"
        path = Path(f".ctx/extensions/{late.replace('_', '-')}.lua")
        path.write_text(f'tool = {{ name = "{late}", description = "Came late" }}\n'
                        'function tool.execute() return "here" end\n')
        try:
            await asyncio.wait_for(told_of(client, heard, late), 15)
            here = await client.call_tool(late, {})
            check(f"{mode}: a dropped file is told of, and called", here.content[0].text == "here", here)
        except TimeoutError:
            check(f"{mode}: a dropped file is told of, and called", False, "nobody told")
        finally:
            os.remove(path)


async def main():
    way, *rest = sys.argv[1:]
    for mode in ("legacy", "auto"):
        await conversation(way, rest, mode)
    print(f"{len(passed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


async def told_of(client, heard, late):
    """Other files come and go at the same time, so it may take several."""
    while True:
        await heard.wait()
        heard.clear()
        if late in [tool.name for tool in await client.list_tools()]:
            return


asyncio.run(main())
