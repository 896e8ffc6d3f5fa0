"""Drives `ctx` with the Python client of MCP: list, call, prompt, read.

    mcp_client.py http URL
    mcp_client.py stdio COMMAND [ARGUMENT...]

Run from the workspace that the server serves. Prints what it checked, and
ends with `N passed, M failed`.
"""

import asyncio
import os
import sys
from pathlib import Path

import mcp
from mcp.client.stdio import StdioServerParameters, stdio_client

passed, failed = [], []


def check(claim, holds, told=""):
    (passed if holds else failed).append(claim)
    print(("ok   " if holds else "FAIL ") + claim + ("" if holds else f": {told}"))


async def conversation(target, mode, way):
    heard = asyncio.Event()

    async def listen(message):
        if "list_changed" in str(message):
            heard.set()

    async with mcp.Client(target, mode=mode, message_handler=listen) as client:
        tools = (await client.list_tools()).tools
        names = [tool.name for tool in tools]
        check(f"{mode}: tools are listed in order", names == sorted(names) and "greet" in names, names)

        called = await client.call_tool("greet", {"name": "Ada"})
        check(f"{mode}: a tool answers", called.content[0].text == "Hello, Ada!", called)

        wrong = await client.call_tool("greet", {})
        check(f"{mode}: bad arguments are told to the model", wrong.is_error and "name" in wrong.content[0].text, wrong)

        try:
            told = await client.call_tool("gret", {"name": "Ada"})
            check(f"{mode}: an unknown tool is an error of the protocol", False, told)
        except Exception as error:
            check(f"{mode}: an unknown tool is an error of the protocol", "greet" in str(error), error)

        prompts = [prompt.name for prompt in (await client.list_prompts()).prompts]
        check(f"{mode}: agents are prompts", "host-reviewer" in prompts, prompts)
        prompt = await client.get_prompt("host-reviewer", {"focus": "tea"})
        text = " ".join(message.content.text for message in prompt.messages)
        check(f"{mode}: a prompt is prepared", "tea" in text, prompt)

        resources = (await client.list_resources()).resources
        check(f"{mode}: documents are resources", any("oslo" in (r.name + str(r.title)).lower() for r in resources), resources)
        read = await client.read_resource(resources[0].uri)
        check(f"{mode}: a document is read", read.contents[0].text != "", read)

        slow = asyncio.create_task(client.call_tool("slow", {}))
        await asyncio.sleep(0.5)
        slow.cancel()
        ended = (await asyncio.gather(slow, return_exceptions=True))[0]
        check(f"{mode}: a call is cancelled", isinstance(ended, asyncio.CancelledError), ended)
        after = await client.call_tool("greet", {"name": "Bob"})
        check(f"{mode}: the session goes on", after.content[0].text == "Hello, Bob!", after)

        # Clients of the newer protocol subscribe for this; the older are told.
        if mode == "legacy":
            name = f"late_python_{way}"
            path = Path(f".ctx/extensions/{name.replace('_', '-')}.lua")
            path.write_text(f'tool = {{ name = "{name}", description = "Came late" }}\n'
                            'function tool.execute() return "here" end\n')
            try:
                await asyncio.wait_for(told_of(client, heard, name), 15)
                late = await client.call_tool(name, {})
                check(f"{mode}: a dropped file is told of, and called", late.content[0].text == "here", late)
            except TimeoutError:
                check(f"{mode}: a dropped file is told of, and called", False, "nobody told")
            finally:
                os.remove(path)


async def told_of(client, heard, name):
    """Other files come and go at the same time, so it may take several."""
    while True:
        await heard.wait()
        heard.clear()
        if name in [tool.name for tool in (await client.list_tools()).tools]:
            return


async def main():
    way, *rest = sys.argv[1:]
    for mode in ("legacy", "auto", "2026-07-28"):
        if way == "http":
            await conversation(rest[0], mode, way)
        else:
            await conversation(stdio_client(StdioServerParameters(command=rest[0], args=rest[1:], env=dict(os.environ))), mode, way)
    print(f"{len(passed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


asyncio.run(main())
