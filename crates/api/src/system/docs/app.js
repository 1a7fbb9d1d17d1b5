"use strict";

const METHODS = ["get", "post", "put", "delete"];
const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
const byId = (id) => document.getElementById(id);

let components = {};
const resolve = (schema) => {
  const name = schema?.$ref?.split("/").pop();
  return name ? { name, ...components[name] } : (schema ?? {});
};

// An example value for a schema, from its own examples where it has them.
function example(schema, depth = 0) {
  const real = resolve(schema);
  if (real.example !== undefined) return real.example;
  if (real.examples?.length) return real.examples[0];
  if (depth > 6) return null;
  const kind = Array.isArray(real.type) ? real.type.find((t) => t !== "null") : real.type;
  const variant = real.oneOf ?? real.anyOf ?? real.allOf;
  if (variant) return example(variant.find((v) => v.type !== "null") ?? variant[0], depth + 1);
  if (real.enum) return real.enum[0];
  if (kind === "array") return [example(real.items, depth + 1)];
  if (kind === "object" || real.properties) {
    const entries = Object.entries(real.properties ?? {});
    return Object.fromEntries(entries.map(([key, value]) => [key, example(value, depth + 1)]));
  }
  return { integer: 0, number: 0, boolean: false, string: "" }[kind] ?? null;
}

function typeName(schema) {
  const real = resolve(schema);
  if (real.name) return real.name;
  if (real.type === "array") return `list of ${typeName(real.items)}`;
  return Array.isArray(real.type) ? real.type.join(" | ") : (real.type ?? "value");
}

function fieldTable(schema) {
  const real = resolve(schema);
  const inner = real.type === "array" ? resolve(real.items) : real;
  const rows = Object.entries(inner.properties ?? {}).map(([name, value]) => {
    const required = inner.required?.includes(name) ? "required" : "";
    const text = value.description ?? resolve(value).description ?? "";
    return make("tr", {}, make("td", { className: "path", textContent: name }),
      make("td", { textContent: typeName(value) }), make("td", { textContent: required }),
      make("td", { textContent: text }));
  });
  return rows.length ? make("table", {}, ...rows) : "";
}

function heading(text) {
  return make("h3", { textContent: text });
}

async function send(button, method, path, operation, inputs, body, kind, output) {
  let address = path;
  const query = new URLSearchParams();
  const headers = {};
  for (const [parameter, input] of inputs) {
    if (!input.value) continue;
    if (parameter.in === "path") {
      address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    } else if (parameter.in === "query") query.append(parameter.name, input.value);
    else if (parameter.in === "header") headers[parameter.name] = input.value;
  }
  const open = (operation.security ?? []).every((need) => Object.keys(need).length === 0);
  if (!open && byId("token").value) headers.Authorization = `Bearer ${byId("token").value}`;
  if (byId("purpose").value) headers["Hutong-Purpose"] ??= byId("purpose").value;
  if (byId("basis").value) headers["Hutong-Legal-Basis"] ??= byId("basis").value;
  if (body) headers["Content-Type"] = kind.value;
  const question = query.toString();
  button.disabled = true;
  output.textContent = "…";
  try {
    const started = performance.now();
    const answer = await fetch(question ? `${address}?${question}` : address,
      { method: method.toUpperCase(), headers, body: body ? body.value : undefined });
    let text = await answer.text();
    try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: as it is */ }
    const took = Math.round(performance.now() - started);
    output.textContent = `${answer.status} ${answer.statusText} (${took} ms)\n\n${text}`;
  } catch (error) {
    output.textContent = `Not sent: ${error.message}`;
  } finally {
    button.disabled = false;
  }
}

function detail(method, path, operation) {
  const box = make("div");
  if (operation.description) box.append(make("p", { textContent: operation.description }));
  const inputs = [];
  if (operation.parameters?.length) {
    box.append(heading("Parameters"));
    for (const parameter of operation.parameters) {
      const input = make("input", { type: "text", autocomplete: "off",
        required: Boolean(parameter.required) });
      inputs.push([parameter, input]);
      box.append(make("label", {}, make("span", { className: "path",
        textContent: `${parameter.name} (${parameter.in}) ` }), input,
        make("span", { className: "dim", textContent: ` ${parameter.description ?? ""}` })));
    }
  }
  let body = null;
  let kind = null;
  const contents = Object.entries(operation.requestBody?.content ?? {});
  if (contents.length) {
    box.append(heading("Body"));
    kind = make("select", {}, ...contents.map(([name]) => make("option", { textContent: name })));
    const [, first] = contents[0];
    const value = first.example ?? example(first.schema);
    const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
    body = make("textarea", { value: text ?? "", spellcheck: false });
    box.append(make("label", {}, "Content type ", kind), fieldTable(first.schema),
      make("label", {}, "Body ", body));
  }
  box.append(heading("Answers"));
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) => {
    const [first] = Object.values(answer.content ?? {});
    return make("tr", {}, make("td", { textContent: status }),
      make("td", { textContent: answer.description ?? "" }),
      make("td", { textContent: first?.schema ? typeName(first.schema) : "" }));
  });
  box.append(make("table", {}, ...answers));
  const ok = Object.entries(operation.responses ?? {}).find(([status]) => status.startsWith("2"));
  const [shape] = Object.values(ok?.[1].content ?? {});
  if (shape?.schema) box.append(fieldTable(shape.schema));
  const output = make("pre", { textContent: "not sent yet" });
  const button = make("button", { type: "button", textContent: "Send" });
  button.addEventListener("click",
    () => send(button, method, path, operation, inputs, body, kind, output));
  box.append(heading("Try it"), button, output);
  return box;
}

function show(document_) {
  components = document_.components?.schemas ?? {};
  byId("title").textContent = `${document_.info.title} ${document_.info.version}`;
  byId("about").textContent = document_.info.description ?? "";
  const groups = new Map();
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] ?? "Other";
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push([method, path, item[method]]);
    }
  }
  const main = byId("operations");
  main.replaceChildren();
  for (const [tag, operations] of groups) {
    const id = tag.toLowerCase().replaceAll(" ", "-");
    byId("tags").append(make("a", { href: `#${id}`, textContent: tag }));
    main.append(make("h2", { id, textContent: tag }));
    for (const [method, path, operation] of operations) {
      const box = make("details", { className: "operation" },
        make("summary", {}, make("span", { className: "method", textContent: method.toUpperCase() }),
          make("span", { className: "path", textContent: path }),
          make("span", { className: "dim", textContent: `  ${operation.summary ?? ""}` })));
      box.dataset.words = `${method} ${path} ${operation.summary ?? ""}`.toLowerCase();
      box.addEventListener("toggle", () => {
        if (box.open && box.childElementCount === 1) box.append(detail(method, path, operation));
      });
      main.append(box);
    }
  }
}

byId("find").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase();
  for (const box of document.querySelectorAll("details.operation")) {
    box.hidden = !box.dataset.words.includes(words);
  }
});

fetch("/openapi.json").then((answer) => answer.json()).then(show).catch((error) => {
  byId("operations").textContent = `The document could not be read: ${error.message}`;
});
