/** Replicas behind a load balancer are replaced one after the other, by SIGTERM, while clients read and write: nobody notices. */
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, expect, test } from "@jest/globals";
import { openPortfolios } from "../../start/portfolios.js";
import { askOverConnection, call, newDatabase, removeDatabase } from "../support/graph.js";
import { writeKeys } from "../support/keys.js";
import { type Part, startPart } from "../support/processes.js";

/** How often a balancer asks whether a replica is ready, and how long one that stops goes on. */
const LOOK_MS = 500;
const STOP_DELAY = "2";
const REPLACED = process.env["LONG"] ? 20 : 1;

/** Passes connections on to replicas in turn, those that say they are ready. */
class Balancer {
  readonly replicas: Part[] = [];
  private ready: Part[] = [];
  private turns = 0;
  private readonly server = net.createServer((client) => {
    const replica = this.ready[this.turns++ % this.ready.length];
    if (!replica) return void client.destroy();
    const { hostname, port } = new URL(replica.url);
    const upstream = net.connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.pipe(to);
      from.on("error", () => to.destroy()).on("close", () => to.end());
    }
  });
  private readonly looking = setInterval(() => void this.look(), LOOK_MS);

  async open(): Promise<string> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  /** Adds a replica, and waits until it is passed connections. */
  async add(replica: Part): Promise<void> {
    this.replicas.push(replica);
    while (!this.ready.includes(replica)) await wait(LOOK_MS);
  }
  async close(): Promise<void> {
    clearInterval(this.looking);
    this.server.close();
    await Promise.all(this.replicas.map((replica) => replica.stop()));
  }

  private async look(): Promise<void> {
    const states = await Promise.all(
      this.replicas.map((replica) =>
        fetch(new URL("/readyz", replica.url)).then(
          ({ ok }) => ok,
          () => false,
        ),
      ),
    );
    this.ready = this.replicas.filter((_, i) => states[i]);
  }
}

const balancers: Balancer[] = [];
const settings = newDatabase();
afterEach(async () => {
  for (const balancer of balancers.reverse()) await balancer.close();
  await removeDatabase(settings);
});

async function balance(start: () => Promise<Part>): Promise<{ url: string; replace(): Promise<number | null> }> {
  const balancer = new Balancer();
  balancers.push(balancer);
  const url = await balancer.open();
  for (const replica of [await start(), await start()]) await balancer.add(replica);
  return {
    url,
    async replace() {
      await balancer.add(await start());
      const oldest = balancer.replicas.shift()!;
      return oldest.stop();
    },
  };
}

test("subgraphs and gateways are replaced one after the other, and no request fails", async () => {
  const portfolios = await openPortfolios(settings);
  await portfolios.local.get("people")!.writer(call).create("Team", { code: "FIRST", name: "First" });
  await portfolios.close();
  const environment = { DATA_DIR: settings.directory, DATABASE_URL: "", HOST: "127.0.0.1", SUBGRAPH_KEYS: writeKeys(settings.directory), STOP_DELAY };
  const people = await balance(() => startPart("start/subgraph.ts", ["people", "--port", "0"], { ...environment, PORT: "" }));
  // One balancer for all: nothing but people is asked.
  const gateways = await balance(() => startPart("gateway/main.ts", [], { ...environment, PORT: "0", SUBGRAPH_URL: `${people.url}/graphql?{name}` }));

  let isOver = false;
  let written = 1;
  let read = 0;
  const failures: unknown[] = [];
  const clients = Array.from({ length: 6 }, async (_, client) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let n = 0; !isOver; n++) {
      const writes = client % 2 === 0;
      const query = writes
        ? `mutation { createTeam(input: { code: "T${client}-${n}", name: "n" }) { team { id } problems { message } } }`
        : "{ teams(first: 5) { totalCount nodes { code name } } }";
      const answer = await askOverConnection(gateways.url, query, { agent }).catch((error: unknown) => error as Error);
      const isWell = !(answer instanceof Error) && answer.status === 200 && !answer.body.errors && !answer.body.data["createTeam"]?.problems.length;
      if (!isWell) failures.push(answer instanceof Error ? answer : JSON.stringify(answer.body));
      else if (writes) written++;
      else read++;
      await wait(5);
    }
    agent.destroy();
  });
  try {
    for (let i = 0; i < REPLACED; i++) {
      expect(await people.replace()).toBe(0);
      expect(await gateways.replace()).toBe(0);
    }
  } finally {
    isOver = true;
    await Promise.all(clients);
  }
  expect(failures).toEqual([]);
  expect(read).toBeGreaterThan(50);
  const { body } = await askOverConnection(gateways.url, "{ teams { totalCount } }");
  expect(body.data["teams"]).toEqual({ totalCount: written });
}, 1_800_000);
