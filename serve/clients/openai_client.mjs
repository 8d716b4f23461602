// OpenAI's official client for JavaScript against /v1.
import OpenAI from "openai";

const url = process.env.TANDEM_URL;
const messages = [{ role: "user", content: "Who is the captain of the Kattegat?" }];
let failed = 0;
const check = (name, good, detail = "") => { failed += !good; console.log(`${good ? "ok  " : "FAIL"} ${name}${detail === "" ? "" : ": " + detail}`); };
const refused = async (name, kind, act) => {
  try { await act(); check(name, false, "was taken"); } catch (error) { check(name, error instanceof kind, `${error.constructor.name} ${error.message}`); }
};

const client = new OpenAI({ baseURL: url + "/v1", apiKey: "none" });
const models = [];
for await (const model of client.models.list()) models.push(model.id);
check("models", models.join() === "tandem,tandem-embedding", models);

const whole = await client.chat.completions.create({ model: "tandem", messages });
const { content, annotations } = whole.choices[0].message;
check("chat", content.includes("Oskar Dahl"), content);
for (const { url_citation: cited } of annotations) {
  // The interface counts characters, a string of JavaScript UTF-16 units.
  const mark = [...content].slice(cited.start_index, cited.end_index).join("");
  check("annotation: its range is a mark", /^\[\d+\]$/.test(mark), mark);
  const shown = await fetch(cited.url);
  check("annotation: its url opens at the passage", shown.ok && (await shown.text()).includes("<mark"), cited.url);
}

let text = "", usage;
for await (const chunk of await client.chat.completions.create({ model: "tandem", messages, stream: true, stream_options: { include_usage: true } })) {
  text += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
check("stream", text === content && usage.total_tokens > 0, JSON.stringify(usage));
const final = await client.chat.completions.stream({ model: "tandem", messages }).finalChatCompletion();
check("stream helper", final.choices[0].message.content === content);

const floats = await client.embeddings.create({ model: "tandem-embedding", input: "tug", encoding_format: "float" });
const packed = await client.embeddings.create({ model: "tandem-embedding", input: "tug" });
const apart = Math.max(...floats.data[0].embedding.map((number, at) => Math.abs(number - packed.data[0].embedding[at])));
check("embeddings: base64 is the same as float", apart < 1e-6, apart);

await refused("wrong model", OpenAI.NotFoundError, () => client.chat.completions.create({ model: "gpt-5", messages }));
await refused("empty question", OpenAI.BadRequestError, () => client.chat.completions.create({ model: "tandem", messages: [{ role: "user", content: "" }] }));
const at = (apiKey) => new OpenAI({ baseURL: process.env.TANDEM_TOKEN_URL + "/v1", apiKey, maxRetries: 0 });
await refused("wrong token", OpenAI.AuthenticationError, () => at("wrong").models.list());
check("the right token", (await at("0123456789abcdef-token").models.list()).data.length === 2);

// MCP's client for JavaScript, as assistants on Node use it.
const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
const assistant = new Client({ name: "checks", version: "1" });
await assistant.connect(new StreamableHTTPClientTransport(new URL(url + "/mcp")));
const { tools } = await assistant.listTools();
check("MCP: tools", tools.map((tool) => tool.name).sort().join() === "ask,get_document,list_documents,report,search", tools.length);
const told = await assistant.callTool({ name: "ask", arguments: { question: messages[0].content } });
check("MCP: ask", !told.isError && told.content[0].text.includes("Oskar Dahl"), told.content[0].text.split("\n")[0]);
await assistant.close();

console.log(`openai_client.mjs: ${failed} failed`);
process.exit(failed ? 1 : 0);
