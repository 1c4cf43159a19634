#!/usr/bin/env node
/**
 * Reads a list of the graph to its last page and writes it to standard output as CSV (RFC 4180, UTF-8).
 * docs/reports.md tells what the operation must look like and how an answer becomes columns.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

const USAGE = `node docs/report.mjs URL OPERATION.graphql PATH.OF.THE.CONNECTION [--variables '{"name": "value"}'] [--header 'name: value']…`;

class ReportError extends Error {}

// Whoever reads the output may have had enough (`| head`).
process.stdout.on("error", ({ code }) => process.exit(code === "EPIPE" ? 0 : 1));

try {
  await writeReport(readArguments());
} catch (error) {
  if (!(error instanceof ReportError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function readArguments() {
  try {
    const options = { variables: { type: "string", default: "{}" }, header: { type: "string", multiple: true, default: [] } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [url, file, path, ...rest] = positionals;
    if (!path || rest.length > 0) throw new Error("it takes a URL, an operation file and a path");
    return { url, file, path: path.split("."), variables: JSON.parse(values.variables), headers: values.header.map((line) => line.split(/:\s*(.*)/, 2)) };
  } catch (error) {
    throw new ReportError(`${error.message}\nUsage: ${USAGE}`);
  }
}

async function writeReport({ url, file, path, variables, headers }) {
  const query = await readFile(file, "utf8").catch((error) => {
    throw new ReportError(`${file} cannot be read: ${error.code}.`);
  });
  const connection = path.reduce((selected, name) => selected?.get(name), readSelection(query));
  const list = ["nodes", "edges"].find((name) => connection?.has(name));
  if (!list) throw new ReportError(`${file} selects no nodes under ${path.join(".")}; name the path of a connection, aliases as they are.`);
  const columns = columnsOf(connection.get(list));
  for (let after = null; ;) {
    const data = await ask(url, headers, query, { ...variables, after });
    const page = path.reduce((value, name) => value?.[name], data);
    if (!page) throw new ReportError(`The answer has nothing at ${path.join(".")}; check the variables.`);
    if (after === null) await write([columns.map(titleOf)]);
    await write(page[list].map((item) => columns.map((column) => cellOf(item, column))));
    if (!page.pageInfo) throw new ReportError(`${file} must select pageInfo { hasNextPage endCursor } under ${path.join(".")}.`);
    if (!page.pageInfo.hasNextPage) return;
    if (page.pageInfo.endCursor === after) throw new ReportError(`${file} must pass its variable $after on: ${path.join(".")}(first: …, after: $after).`);
    after = page.pageInfo.endCursor;
  }
}

/** The data of an answer without errors. An answer with some is no report: what is missing would look like what is not there. */
async function ask(url, headers, query, variables) {
  const request = { method: "POST", headers: [...headers, ["content-type", "application/json"]], body: JSON.stringify({ query, variables }) };
  const response = await fetch(url, request).catch((error) => {
    throw new ReportError(`${url} cannot be reached: ${error.cause?.message ?? error.message}`);
  });
  const answer = await response.json().catch(() => null);
  if (!answer?.data || answer.errors)
    throw new ReportError([`The report ends here (HTTP ${response.status}).`, ...(answer?.errors ?? []).map(({ message }) => message)].join("\n"));
  return answer.data;
}

// --- columns: the leaves of the operation's selection, so that they do not depend on the data ---

/** What a document's operation selects, by response key: nested maps, null for a leaf. */
function readSelection(text) {
  const tokens = text.replace(/#.*/g, "").match(/"""[\s\S]*?"""|"(?:\\.|[^"\\])*"|\.\.\.|[\w$@]+|[^\s,]/g) ?? [];
  const fragments = new Map();
  let operation;
  let at = 0;
  const skipArguments = () => {
    for (let depth = 0; at < tokens.length && (tokens[at] === "(" || depth > 0); at++) depth += tokens[at] === "(" ? 1 : tokens[at] === ")" ? -1 : 0;
  };
  const skipDirectives = () => {
    while (tokens[at]?.startsWith("@")) {
      at++;
      skipArguments();
    }
  };
  const readSet = () => {
    const set = [];
    for (at++; tokens[at] !== "}";) {
      if (at >= tokens.length) throw new ReportError("The operation has an open brace.");
      if (tokens[at] === "...") {
        at++;
        const spread = tokens[at] !== "on" && tokens[at] !== "{" && !tokens[at].startsWith("@") ? tokens[at++] : null;
        if (tokens[at] === "on") at += 2;
        skipDirectives();
        set.push(spread ? { spread } : { inline: readSet() });
      } else {
        let key = tokens[at++];
        if (tokens[at] === ":") at += 2;
        skipArguments();
        skipDirectives();
        set.push({ key, set: tokens[at] === "{" ? readSet() : null });
      }
    }
    at++;
    return set;
  };
  while (at < tokens.length) {
    const name = tokens[at] === "fragment" ? tokens[at + 1] : null;
    while (at < tokens.length && tokens[at] !== "{") {
      if (tokens[at] === "(") skipArguments();
      else at++;
    }
    const set = readSet();
    if (name) fragments.set(name, set);
    else operation ??= set;
  }
  const mapOf = (set, map = new Map()) => {
    for (const { key, set: below, spread, inline } of set) {
      if (key) map.set(key, below && mapOf(below, map.get(key) ?? undefined));
      else mapOf(inline ?? fragments.get(spread) ?? [], map);
    }
    return map;
  };
  return mapOf(operation ?? []);
}

/** The paths of the leaves. */
function columnsOf(selection, path = []) {
  return [...selection].flatMap(([key, below]) => (below ? columnsOf(below, [...path, key]) : [[...path, key]]));
}

/** `customers.nodes.name` is the column `customers.name`. */
function titleOf(path) {
  return path.filter((name) => name !== "nodes" && name !== "edges" && name !== "node").join(".");
}

/** The value at a path; the values of a list one after the other. */
function cellOf(value, [key, ...rest]) {
  if (Array.isArray(value)) return value.map((item) => cellOf(item, [key, ...rest])).join("; ");
  if (value === null || value === undefined) return "";
  return key === undefined ? String(value) : cellOf(value[key], rest);
}

async function write(rows) {
  if (rows.length === 0) return;
  const text = rows.map((cells) => `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")}\r\n`).join("");
  await new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));
}
