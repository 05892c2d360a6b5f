"""What the tests' language models say: completions, refusals, scripts made of a prompt's sources.

Belongs here: the content of answers. The server that sends them is ``llm_server.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

MODEL = "tiny-writer"
KEY = "sk-test-5e2c0f7a91"
TEXTS = {
    "wrong_shape": '{"title": 7}',
    "not_json": "Sure! Here is your script.",
}


Answer = Callable[[dict[str, Any]], str]


def echo(body: dict[str, Any]) -> str:
    """An answer that says what was asked last."""
    return json.dumps({"said": body["messages"][-1]["content"]})


def scripted(body: dict[str, Any]) -> str:
    """A script made of whole sentences of the prompt's sources, each citing its own."""
    system, asked = body["messages"][0]["content"], body["messages"][1]["content"]
    data = json.loads(asked[asked.index("{") :])
    german = "Write in German" in system
    wanted = re.search(r"About (\d+) words", system)
    left = int(wanted[1]) if wanted else 80
    facts = [
        {"text": sentence, "source": source["label"]}
        for source in data["sources"]
        for sentence in re.split(r"(?<=[.!?])\s+", " ".join(source["text"].split()))
        if 5 <= len(sentence.split()) <= 24
    ]
    hook = "Kaum jemand kennt diese Geschichte." if german else "Few people know this story."
    scenes: list[list[dict[str, Any]]] = [[{"text": hook, "source": None}]]
    left -= len(hook.split())
    for fact in facts:
        words = len(fact["text"].split())
        if words > left + 2 and len(scenes) > 2:
            continue
        left -= words
        if len(scenes) == 1 or len(scenes[-1]) == 2:
            scenes.append([])
        scenes[-1].append(fact)
    return json.dumps(
        {
            "title": data["topic"],
            "summary": facts[0]["text"],
            "tags": data["keywords"][:5] or [data["niche"]],
            "hashtags": ["#" + data["niche"].replace("-", "")],
            "scenes": [
                {"sentences": sentences, "visual_description": f"{data['topic']}, scene {number}"}
                for number, sentences in enumerate(scenes, start=1)
            ],
        }
    )


def refusal(fault: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
    """Status and body of an answer that is none, in the words of the services."""
    code, param, message = "", "", "no"
    if fault == "max_completion_tokens" and "max_tokens" in body:
        code, param, status = "unsupported_parameter", "max_tokens", 400
        message = "Unsupported parameter: 'max_tokens' is not supported with this model. "
        message += "Use 'max_completion_tokens' instead."
    elif fault == "no_temperature" and "temperature" in body:
        code, param, status = "unsupported_value", "temperature", 400
        message = "Unsupported value: 'temperature' does not support 0.7 with this model."
    elif fault == "model_missing":
        status, message = 404, f"The model `{body.get('model')}` does not exist."
    elif fault == "quota":
        status, code, message = 429, "insufficient_quota", "You exceeded your current quota"
    elif fault in ("401", "403"):
        status, message = int(fault), f"Incorrect API key provided: {KEY}"
    elif fault.isdecimal():
        status, message = int(fault), "try later" if int(fault) >= 429 else "cannot do that"
    else:
        return None
    return status, {"error": {"message": message, "code": code or None, "param": param or None}}


def completion(text: str, body: dict[str, Any], fault: str) -> dict[str, Any]:
    """A chat completion in OpenAI's envelope."""
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    if fault == "nothing":
        message["content"] = None
    if fault == "refused":
        message.update(content=None, refusal="I cannot help with that")
    read = sum(len(part["content"].split()) for part in body["messages"])
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": body.get("model", MODEL),
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "length" if fault == "length" else "stop",
            }
        ],
        "usage": {"prompt_tokens": read, "completion_tokens": len(text.split())},
    }
