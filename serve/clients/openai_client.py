"""OpenAI's official client for Python against /v1."""

import base64, struct

import openai

from common import TOKEN, TOKEN_URL, URL, call, check, done

client = openai.OpenAI(base_url=URL + "/v1", api_key="none", max_retries=3)
asked = [{"role": "user", "content": "How many days of vacation do new hires get?"}]

models = [model.id for model in client.models.list()]
check("models.list", models == ["tandem", "tandem-embedding"], models)
check("models.retrieve", client.models.retrieve("tandem").id == "tandem")

whole = client.chat.completions.create(model="tandem", messages=asked, temperature=0, max_tokens=100)
said = whole.choices[0].message
check("chat", whole.object == "chat.completion" and whole.choices[0].finish_reason == "stop" and "26" in said.content, said.content)
check("chat: usage adds up", whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens > 0, whole.usage)
check("chat: the report is in `tandem`", whole.tandem["status"] == "answered" and whole.tandem["statements"], whole.tandem["status"])
check("chat: annotations", bool(said.annotations), len(said.annotations or []))
for annotation in said.annotations or []:
    cited = annotation.url_citation
    mark = said.content[cited.start_index:cited.end_index]
    check("annotation: its range is a mark", mark.startswith("[") and mark.endswith("]") and mark[1:-1].isdigit(), mark)
    shown = call("GET", cited.url.removeprefix(URL).split("#")[0])
    check("annotation: its url opens at the passage", cited.url.startswith(URL) and shown.status == 200 and "<mark" in shown.text, cited.url)

text, last, usage, notes = "", None, None, None
for chunk in client.chat.completions.create(model="tandem", messages=asked, stream=True, stream_options={"include_usage": True}):
    usage = chunk.usage or usage
    for choice in chunk.choices:
        text += choice.delta.content or ""
        last = choice.finish_reason or last
        notes = getattr(choice.delta, "annotations", None) or notes
check("stream: the same text", text == said.content, text)
check("stream: ends with stop, usage and annotations", last == "stop" and usage.total_tokens > 0 and bool(notes), usage)
none = [c.usage for c in client.chat.completions.create(model="tandem", messages=asked, stream=True)]
check("stream: no usage where none is asked for", not any(none))
with client.chat.completions.stream(model="tandem", messages=asked) as stream:
    final = stream.get_final_completion()
check("stream helper", final.choices[0].message.content == said.content)

parts = client.chat.completions.create(model="tandem", messages=[{"role": "system", "content": "Be kind."}, {"role": "user", "content": [{"type": "text", "text": asked[0]["content"]}]}])
check("chat: content as parts", "26" in parts.choices[0].message.content)
strict = client.chat.completions.create(model="tandem", messages=asked, extra_body={"tandem": {"precision": 1.0}})
check("chat: extra_body reaches the model", strict.tandem["status"] == "abstained", strict.tandem["status"])
raw = client.chat.completions.with_raw_response.create(model="tandem", messages=asked)
check("chat: JSON", raw.headers["content-type"] == "application/json")

floats = client.embeddings.create(model="tandem-embedding", input=["tug boat", "fish soup"], encoding_format="float")
packed = client.embeddings.create(model="tandem-embedding", input=["tug boat", "fish soup"])  # base64 on the wire
check("embeddings: order and size", [e.index for e in floats.data] == [0, 1] and len(floats.data[0].embedding) > 100, len(floats.data[0].embedding))
near = max(abs(a - b) for x, y in zip(floats.data, packed.data) for a, b in zip(x.embedding, y.embedding))
check("embeddings: base64 is the same as float", near < 1e-6, near)
wire = call("POST", "/v1/embeddings", {"model": "tandem-embedding", "input": "tug boat", "encoding_format": "base64"}).json()["data"][0]["embedding"]
check("embeddings: base64 on the wire", len(struct.unpack(f"<{len(base64.b64decode(wire)) // 4}f", base64.b64decode(wire))) == len(floats.data[0].embedding))


def refused(name, kind, act):
    try:
        act()
        check(name, False, "was taken")
    except openai.APIStatusError as error:
        body = error.body or {}
        check(name, type(error) is kind and bool(body.get("message")), f"{type(error).__name__} {error.status_code} {body.get('message')}")


chat = client.chat.completions.create
refused("wrong model: NotFoundError", openai.NotFoundError, lambda: chat(model="gpt-5", messages=asked))
refused("wrong model, streamed: NotFoundError", openai.NotFoundError, lambda: list(chat(model="gpt-5", messages=asked, stream=True)))
refused("unknown model card: NotFoundError", openai.NotFoundError, lambda: client.models.retrieve("gpt-5"))
refused("empty question: BadRequestError", openai.BadRequestError, lambda: chat(model="tandem", messages=[{"role": "user", "content": " "}]))
refused("empty question, streamed: BadRequestError", openai.BadRequestError, lambda: list(chat(model="tandem", messages=[{"role": "user", "content": ""}], stream=True)))
refused("no message: BadRequestError", openai.BadRequestError, lambda: chat(model="tandem", messages=[]))
refused("image: BadRequestError", openai.BadRequestError, lambda: chat(model="tandem", messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]))
refused("embedding of tokens: BadRequestError", openai.BadRequestError, lambda: client.embeddings.create(model="tandem-embedding", input=[1, 2, 3]))
refused("embedding of nothing: BadRequestError", openai.BadRequestError, lambda: client.embeddings.create(model="tandem-embedding", input=[]))
refused("embedding of another size: BadRequestError", openai.BadRequestError, lambda: client.embeddings.create(model="tandem-embedding", input="a", dimensions=7))
refused("other endpoint: NotFoundError", openai.NotFoundError, lambda: client.completions.create(model="tandem", prompt="a"))

stranger = openai.OpenAI(base_url=TOKEN_URL + "/v1", api_key="wrong", max_retries=0)
friend = openai.OpenAI(base_url=TOKEN_URL + "/v1", api_key=TOKEN, max_retries=0)
refused("wrong token: AuthenticationError", openai.AuthenticationError, lambda: stranger.models.list())
refused("wrong token, chat: AuthenticationError", openai.AuthenticationError, lambda: stranger.chat.completions.create(model="tandem", messages=asked))
check("the right token", "26" in friend.chat.completions.create(model="tandem", messages=asked).choices[0].message.content)
done()
