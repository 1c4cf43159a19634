import { existsSync, mkdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Browser, type Page, chromium } from "playwright-core";
import { loadStory } from "../../sample/replay.js";
import { type TestGraph, openTestGraph } from "../support/graph.js";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (!executablePath && process.env["CI"]) throw new Error("CI needs Chromium: apt-get install chromium");
const inBrowser = executablePath ? test : test.skip;

/** Without these Chromium calls home at every start. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Where screenshots are kept, to be looked at. */
const screenshots = process.env["SCREENSHOTS"];

let graph: TestGraph;
let browser: Browser;
const complaints: string[] = [];

beforeAll(async () => {
  if (!executablePath) return;
  if (!existsSync("gateway/playground/public/index.html")) throw new Error("The playground is not built: run npm run build.");
  graph = await openTestGraph();
  await loadStory(graph.portfolios, () => undefined);
  browser = await chromium.launch({ executablePath, args: QUIET });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await graph?.close();
});

async function open(path: string, prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await prepare?.(page);
  page.on("console", (message) => message.type() === "error" && complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`page: ${error.message}`));
  page.on("request", (request) => !request.url().startsWith(graph.url) && !/^(data|blob):/.test(request.url()) && complaints.push(`request: ${request.url()}`));
  await page.goto(`${graph.url}${path}`);
  return page;
}
async function look(page: Page, name: string): Promise<void> {
  if (!screenshots) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}/${name}.png` });
}

inBrowser(
  "one picks a question, runs it, and sees data and plan; no request leaves the machine",
  async () => {
    const page = await open("/");
    await page.getByTestId("questions").waitFor();
    await look(page, "opened");
    await page.getByTestId("question-1").click();
    await page.locator(".graphiql-execute-button").click();
    await page.locator(".result-window").getByText("realCustomers").first().waitFor();
    expect(await page.locator(".result-window").innerText()).not.toMatch(/"errors"/);
    await page.getByLabel("Show Query plan").click();
    expect(await page.getByTestId("plan").innerText()).toMatch(/QueryPlan \{[\s\S]*Fetch\(service: "customer"\)/);
    await look(page, "answered");
    // With a question open the page is as high as the window: only its panels scroll.
    expect(await page.evaluate<number>("document.documentElement.scrollHeight - document.documentElement.clientHeight")).toBe(0);
    await page.close();
    expect(complaints).toEqual([]);
  },
  60_000,
);

inBrowser(
  "who is quicker than the editors are loaded picks and runs as well",
  async () => {
    const page = await open("/", (opening) =>
      opening.route(/monaco-editor-[^/]*\.js$/, async (route) => {
        await wait(2_000);
        await route.continue();
      }),
    );
    await page.getByTestId("question-3").click();
    await page.locator(".graphiql-execute-button").click();
    await page.locator(".result-window").getByText("objectives").first().waitFor();
    expect(await page.locator(".result-window").innerText()).not.toMatch(/"errors"/);
    await page.close();
    expect(complaints).toEqual([]);
  },
  60_000,
);

inBrowser(
  "questions of real data are a group of their own, which says that it is to be imported first",
  async () => {
    const page = await open("/");
    await page.getByPlaceholder("Search the questions").fill("us-itdb-2012");
    const group = page.getByTestId("questions").locator("section");
    expect(await group.count()).toBe(1);
    expect(await group.locator("p").innerText()).toBe("Answered once us-itdb-2012 has been imported: docs/import.md says how.");
    expect((await group.locator("button strong").allInnerTexts()).sort()).toEqual([
      "Agencies by late projects",
      "Contract numbers of many investments",
      "Investments that outlive their contracts",
      "One vendors contracts",
    ]);
    await look(page, "data-set");
    await page.getByTestId("question-one-vendors-contracts").click();
    await page.locator(".graphiql-execute-button").click();
    await page.locator(".result-window").getByText("lateProjects").first().waitFor();
    expect(await page.locator(".result-window").innerText()).not.toMatch(/"errors"/);
    await page.close();
    expect(complaints).toEqual([]);
  },
  60_000,
);

inBrowser(
  "one asks as a customer's executive, and sees that customer alone",
  async () => {
    const page = await open("/");
    await page.getByTestId("persona").selectOption("customer executive");
    const chosen = await page.getByTestId("persona-customer").locator("option").nth(1).innerText();
    await page.getByTestId("persona-customer").selectOption({ label: chosen });
    await page.getByTestId("question-36").click();
    await page.locator(".graphiql-execute-button").click();
    await page.locator(".result-window").getByText("FORBIDDEN").first().waitFor();
    await look(page, "persona");
    const headers = {
      "content-type": "application/json",
      "x-persona": "customer executive",
      "x-customers": await page.getByTestId("persona-customer").inputValue(),
    };
    const answer = await fetch(`${graph.url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query: "{ customers { nodes { name } } }" }) });
    expect(await answer.json()).toEqual({ data: { customers: { nodes: [{ name: chosen }] } } });
    await page.close();
    expect(complaints).toEqual([]);
  },
  60_000,
);

inBrowser("the schema page draws the entities and their links", async () => {
  const page = await open("/schema.html");
  await page.getByTestId("diagram").waitFor();
  await page.getByTestId("entity-Agreement").click();
  expect(await page.getByTestId("details").innerText()).toMatch(/Agreement[\s\S]*targets/);
  await look(page, "schema");
  await page.close();
  expect(complaints).toEqual([]);
});
