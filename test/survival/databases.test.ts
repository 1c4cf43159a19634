/** A database that is frozen, killed, read-only, crowded or full: bounded, clear errors, and recovery by itself within two seconds. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import mysql from "mysql2/promise";
import type { DataSource } from "typeorm";
import { readSettings } from "../../gateway/config.js";
import { startGateway } from "../../gateway/server.js";
import { followFile } from "../../gateway/supergraph.js";
import { serveSubgraph } from "../../subgraphs/kernel/serve.js";
import { type LocalSubgraph, openSubgraph } from "../../subgraphs/kernel/subgraph.js";
import { portfolios } from "../../subgraphs/list.js";
import { people as portfolio } from "../../subgraphs/people/index.js";
import { reachGuarded } from "../../transport/guards.js";
import type { Service } from "../../transport/servers.js";
import { type Answer, askOverHttp, databaseKinds, newDatabase, policy } from "../support/graph.js";
import { FairClock } from "../support/clocks.js";
import { type MariadbServer, startMariadb } from "../support/mariadb.mjs";

/** Seconds a request may take. */
const DEADLINE = 2;
/** How soon after its database a portfolio must be back, in milliseconds. */
const RECOVERY_MS = 2_000;
/** What no answer may tell: hosts, users, drivers' codes, statements, files. */
const INSIDES = /127\.0\.0\.1|reader@|root|ECONN|ER_|SQL|PROTOCOL|ledger_head|node_modules|\.ts\b|ibdata|errno/;
/** What is said where nothing came in time: by the portfolio, or by the gateway for one that comes to its deadline first. */
const LATE = ["DEADLINE_EXCEEDED", "OVERLOADED", "SUBGRAPH_UNREACHABLE"];
const READ = "{ teams(first: 1) { totalCount } }";

const clock = new FairClock();
afterAll(() => clock.stop());

/** The portfolio of people behind a gateway; no other is there. */
class People {
  private constructor(
    readonly subgraph: LocalSubgraph,
    private readonly gateway: Service,
    /** As its own process would serve it. */
    private readonly served: Service,
    private readonly directory: string,
    /** What operators were told. */
    readonly told: string[],
  ) {}
  static async open(url: string | null, directory = newDatabase().directory): Promise<People> {
    const settings = { directory, url };
    const nowhere = (name: string) => reachGuarded(name, "http://127.0.0.1:1/graphql");
    const told: string[] = [];
    const report = (error: unknown) => void told.push(String(error));
    const subgraph = await openSubgraph(portfolio, { portfolios, settings, reach: nowhere, policy, report });
    const gateway = await startGateway({
      settings: readSettings({ PORT: "0", DEADLINE: String(DEADLINE) }),
      supergraph: followFile("schema/supergraph.graphql"),
      reach: (name) => (name === "people" ? subgraph : nowhere(name)),
      log: () => undefined,
    });
    return new People(subgraph, gateway, await serveSubgraph(subgraph, { host: "127.0.0.1", port: 0 }), settings.directory, told);
  }

  /** Asks, and finds that the answer came in time and tells nothing internal. */
  async ask(query: string): Promise<Answer> {
    const began = clock.now();
    const answer = await askOverHttp(this.gateway.url, query);
    expect(clock.now() - began).toBeLessThan(DEADLINE * 1_000 + 1_500);
    expect(JSON.stringify(answer.errors ?? [])).not.toMatch(INSIDES);
    return answer;
  }
  /** The code of the answer's one error, or what was read. */
  async read(): Promise<string | number> {
    const { data, errors } = await this.ask(READ);
    return errors ? codeOf({ data, errors }, "teams") : (data["teams"].totalCount as number);
  }
  /** The code of the answer's one error, or "written". */
  async write(code: string): Promise<string> {
    const answer = await this.ask(`mutation { createTeam(input: { code: "${code}", name: "n" }) { team { id } problems { message } } }`);
    if (answer.errors) return codeOf(answer, "createTeam");
    expect(answer.data["createTeam"].problems).toEqual([]);
    return "written";
  }
  /** Milliseconds until reading and writing work again. */
  async recover(code: string): Promise<number> {
    const began = clock.now();
    for (let n = 0; clock.now() < began + 10_000; n++, await wait(20))
      if (typeof (await this.read()) === "number" && (await this.write(`${code}-${n}`)) === "written") return clock.now() - began;
    throw new Error("it does not recover");
  }
  async isReady(): Promise<boolean> {
    return (await fetch(new URL("/readyz", this.served.url))).status === 200;
  }
  /** Whether the event loop turns: an answer that needs no database comes at once. */
  async isLive(): Promise<boolean> {
    const began = clock.now();
    return (await fetch(`${this.gateway.url}/livez`)).ok && clock.now() - began < 500;
  }
  /** Codes of all teams, and whether each is there with its version and its entry in the ledger, and nothing else is. */
  async teams(): Promise<string[]> {
    const read = (sql: string) => this.subgraph.database.read(sql, []);
    const rows = await read("SELECT `id`, `code` FROM `team` ORDER BY `id`");
    const ids = rows.map(([id]) => id);
    expect((await read("SELECT `id` FROM `team_version` ORDER BY `id`")).map(([id]) => id)).toEqual(ids);
    expect((await read("SELECT `entityId` FROM `change` ORDER BY `entityId`")).map(([id]) => id)).toEqual(ids);
    expect(await read("SELECT `seq` FROM `ledger_head`")).toEqual([[ids.length]]);
    return rows.map(([, code]) => code as string);
  }
  /** Finds that reading goes on, that a write says why not, and that there are these teams and no others. */
  async expectReadOnly(teams: readonly string[], why = "takes no changes at present", told = /read-?only/): Promise<void> {
    const answer = await this.ask('mutation { createTeam(input: { code: "NOT", name: "n" }) { team { id } } }');
    expect(answer.errors).toEqual([
      {
        message: `The portfolio ${why}; nothing was written. Reading goes on.`,
        path: ["createTeam"],
        locations: undefined,
        extensions: { code: "READ_ONLY", retryable: true, requestId: expect.any(String) },
      },
    ]);
    expect(this.told.at(-1)).toMatch(told);
    const many = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? this.read() : this.write(`NOT-${i}`))));
    expect(many).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 ? teams.length : "READ_ONLY")));
    expect(await this.isReady()).toBe(true);
    expect(await this.teams()).toEqual(teams);
  }
  async close(): Promise<void> {
    await Promise.all([this.gateway.stop(), this.served.stop()]);
    await this.subgraph.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function codeOf({ data, errors }: Answer, field: string): string {
  expect({ data, fields: errors!.map(({ path }) => path?.[0]) }).toEqual({ data: data && { [field]: null }, fields: [field] });
  return errors![0]!.extensions["code"] as string;
}

const isPossible = databaseKinds.includes("MariaDB");
(isPossible ? describe : describe.skip)("MariaDB", () => {
  /** All tables in one file, which may not grow beyond its limit. */
  const tablesWithin = (limit: string) => `--innodb-data-file-path=ibdata1:12M:autoextend:max:${limit}`;
  const options = ["--innodb-file-per-table=0", tablesWithin("48M")];
  let server: MariadbServer;
  let root: mysql.Connection;
  let people: People;
  const connectAsRoot = async () => (root = await mysql.createConnection({ uri: server.url.replace("{portfolio}", "") }));
  beforeAll(async () => {
    server = (await startMariadb({ durable: true, options }))!;
    await connectAsRoot();
    await root.query("CREATE USER reader@'%'");
    await root.query("GRANT ALL ON people.* TO reader@'%'");
    people = await People.open(server.url.replace("root", "reader"));
    await people.recover("FIRST");
  }, 120_000);
  afterAll(async () => {
    await people.close();
    root.destroy();
    await server.stop();
  });

  test("frozen: each request is answered by its deadline, the loop turns, and it is back within two seconds", async () => {
    server.signal("SIGSTOP");
    let answers: (string | number)[];
    try {
      const asked = Array.from({ length: 40 }, (_, i) => (i % 2 ? people.read() : people.write(`FROZEN-${i}`)));
      for (let i = 0; i < 10; i++, await wait(100)) expect(await people.isLive()).toBe(true);
      expect(await people.isReady()).toBe(false);
      answers = await Promise.all(asked);
      // Those that come when all connections are known to be gone.
      answers.push(await people.read(), await people.write("FROZEN"));
    } finally {
      server.signal("SIGCONT");
    }
    expect(await people.recover("THAWED")).toBeLessThan(RECOVERY_MS);
    expect(await people.isReady()).toBe(true);
    for (const answer of answers) expect(LATE).toContain(answer);
    expect(await people.teams()).toContainEqual(expect.stringMatching(/^FIRST-/));
  }, 120_000);

  test("killed and started again: what was acknowledged is there, and it is back within two seconds", async () => {
    let isOver = false;
    const acknowledged: string[] = [];
    const codes = new Set<string | number>();
    const clients = Array.from({ length: 4 }, async (_, client) => {
      for (let n = 0; !isOver; n++) {
        const code = `K${client}-${n}`;
        const written = await people.write(code);
        if (written === "written") acknowledged.push(code);
        else codes.add(written);
        const read = await people.read();
        if (typeof read !== "number") codes.add(read);
        await wait(10);
      }
    });
    while (acknowledged.length < 20) await wait(20);
    await server.kill();
    await wait(500);
    expect(await people.isReady()).toBe(false);
    await server.restart();
    const recovered = await people.recover("RESTARTED");
    isOver = true;
    await connectAsRoot();
    await Promise.all(clients);
    expect(recovered).toBeLessThan(RECOVERY_MS);
    expect([...codes]).toContain("DATABASE_UNAVAILABLE");
    for (const code of codes) expect(["DATABASE_UNAVAILABLE", ...LATE]).toContain(code);
    expect(await people.teams()).toEqual(expect.arrayContaining(acknowledged));
  }, 120_000);

  test("read-only: reading goes on, a write says why not and leaves nothing, and it writes again at once", async () => {
    const before = await people.teams();
    await root.query("SET GLOBAL read_only = 1");
    await people.expectReadOnly(before);
    await root.query("SET GLOBAL read_only = 0");
    expect(await people.recover("WRITABLE")).toBeLessThan(RECOVERY_MS);
  }, 120_000);

  test("out of connections: whoever needs a new one is told to come again", async () => {
    const others = await Promise.all(Array.from({ length: 10 }, () => mysql.createConnection({ uri: server.url.replace("{portfolio}", "") })));
    await root.query("SET GLOBAL max_connections = 10");
    const [open] = await root.query<mysql.RowDataPacket[]>("SELECT id FROM information_schema.processlist WHERE user = 'reader'");
    for (const { id } of open) await root.query(`KILL ${Number(id)}`);
    const codes = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? people.read() : people.write(`CROWDED-${i}`))));
    await root.query("SET GLOBAL max_connections = 500");
    for (const each of others) each.destroy();
    expect(codes).toContain("OVERLOADED");
    expect(people.told).toContainEqual(expect.stringMatching(/Too many connections/));
    // A connection may be used once more before it is known to be gone.
    for (const code of codes) expect(["OVERLOADED", "DATABASE_UNAVAILABLE", ...LATE]).toContain(code);
    expect(await people.recover("ROOMY")).toBeLessThan(RECOVERY_MS);
  }, 120_000);

  test("full: reading goes on, a write says why not and leaves nothing, and it writes again when there is room", async () => {
    await root.query("CREATE TABLE people.filler (id INT PRIMARY KEY AUTO_INCREMENT, stuff LONGTEXT)");
    const isFull = (error: { code?: string }) => {
      expect(error.code).toBe("ER_RECORD_FILE_FULL");
      return true;
    };
    for (const size of [1 << 20, 1 << 16, 1 << 12]) {
      for (let full = false; !full;) full = await root.query("INSERT INTO people.filler (stuff) VALUES (REPEAT('x', ?))", [size]).then(() => false, isFull);
    }
    const before = await people.teams();
    let code = "written";
    for (let n = 0; code === "written" && n < 200; n++) {
      code = await people.write(`FULL-${n}`);
      if (code === "written") before.push(`FULL-${n}`);
    }
    expect(code).toBe("READ_ONLY");
    expect(await people.read()).toBe(before.length);
    expect((await people.teams()).sort()).toEqual(before.sort());
    // Nothing can be dropped where there is no room to note it: it is given more.
    await server.kill();
    options[1] = tablesWithin("96M");
    await server.restart();
    expect(await people.recover("EMPTIED")).toBeLessThan(RECOVERY_MS);
  }, 120_000);
});

/** Whether this user may do that here: some of what a system does to its files only root may, and not in every container. */
const may = (command: string, ...parameters: string[]): boolean => spawnSync(command, parameters).status === 0;
const run = (command: string, ...parameters: string[]) => expect({ command, status: spawnSync(command, parameters).status }).toEqual({ command, status: 0 });

describe("SQLite", () => {
  let people: People;
  /** The connection that writes: libsql's own. */
  let pragma: (text: string) => Promise<unknown>;
  const folder = mkdtempSync(path.join(os.tmpdir(), "brm-files-"));
  const open = async (directory?: string) => {
    people = await People.open(null, directory);
    const { writer } = people.subgraph.database as unknown as { writer: DataSource };
    pragma = (text) => writer.query(`PRAGMA ${text}`);
    await people.recover("FIRST");
  };
  afterEach(() => people.close());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Finds that it is back, and that what is refused meanwhile keeps nothing of what is written afterwards from being there. */
  async function expectHealed(before: readonly string[]): Promise<void> {
    expect(await people.recover("BACK")).toBeLessThan(RECOVERY_MS);
    for (const n of [1, 2]) {
      const answer = await people.ask('mutation { createTeam(input: { code: "BACK-0", name: "n" }) { team { id } problems { code } } }');
      expect(answer.data["createTeam"]).toEqual({ team: null, problems: [{ code: "DUPLICATE" }] });
      expect(await people.write(`AFTER-${n}`)).toBe("written");
    }
    expect((await people.teams()).sort()).toEqual([...before, "BACK-0", "AFTER-1", "AFTER-2"].sort());
  }

  test("a connection that may not write: reading goes on, a write says why not and leaves nothing, and it writes again at once", async () => {
    await open();
    const before = await people.teams();
    await pragma("query_only = ON");
    await people.expectReadOnly(before);
    await pragma("query_only = OFF");
    await expectHealed(before);
  }, 120_000);

  test("no more pages: reading goes on, a write says why not and leaves nothing, and it writes again when there is room", async () => {
    await open();
    await pragma("max_page_count = 1");
    const before = await people.teams();
    let code = "written";
    for (let n = 0; code === "written" && n < 500; n++) {
      code = await people.write(`FULL-${n}`);
      if (code === "written") before.push(`FULL-${n}`);
    }
    expect(code).toBe("READ_ONLY");
    await people.expectReadOnly(before, "has no room for more at present", /full/);
    await pragma("max_page_count = 1000000");
    await expectHealed(before);
  }, 120_000);

  const probe = path.join(folder, "probe");
  writeFileSync(probe, "");
  const mayForbid = may("chattr", "+i", probe) && may("chattr", "-i", probe);
  (mayForbid ? test : test.skip)(
    `files that may not be written any more: reading goes on, a write says why not and leaves nothing, and it writes again at once${mayForbid ? "" : " (needs Linux, and the right to chattr +i)"}`,
    async () => {
      const directory = mkdtempSync(path.join(folder, "forbidden-"));
      await open(directory);
      const before = await people.teams();
      const files = ["people.sqlite", "people.sqlite-wal"].map((name) => path.join(directory, name));
      run("chattr", "+i", ...files);
      try {
        await people.expectReadOnly(before, "cannot write its files at present", /disk I\/O error/);
      } finally {
        run("chattr", "-i", ...files);
      }
      await expectHealed(before);
    },
    120_000,
  );
  (mayForbid ? test : test.skip)(
    `a folder that may not be written any more makes no difference to whoever has its files open${mayForbid ? "" : " (needs Linux, and the right to chattr +i)"}`,
    async () => {
      const directory = mkdtempSync(path.join(folder, "forbidden-"));
      await open(directory);
      const before = await people.teams();
      run("chattr", "+i", directory);
      try {
        await expectHealed(before);
      } finally {
        run("chattr", "-i", directory);
      }
    },
    120_000,
  );

  const mayMount = may("mount", "-t", "tmpfs", "-o", "size=1m", "none", folder) && may("umount", folder);
  (mayMount ? test : test.skip)(
    `a full disk: reading goes on, a write says why not and leaves nothing, and it writes again when there is room${mayMount ? "" : " (needs Linux, and the right to mount)"}`,
    async () => {
      const directory = mkdtempSync(path.join(folder, "disk-"));
      run("mount", "-t", "tmpfs", "-o", "size=8m", "none", directory);
      try {
        await open(directory);
        const before = await people.teams();
        const filler = path.join(directory, "filler");
        expect(() => writeFileSync(filler, Buffer.alloc(8 << 20))).toThrow("ENOSPC");
        await people.expectReadOnly(before, "has no room for more at present", /full/);
        rmSync(filler);
        await expectHealed(before);
      } finally {
        run("umount", "--lazy", directory);
      }
    },
    120_000,
  );
});
