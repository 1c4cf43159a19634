/** Gateways under siege: how long what they are asked holds their event loop, and what it is to ask something innocent meanwhile. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";

const INNOCENT = "{ customers(first: 20) { nodes { name agreements(first: 20) { nodes { title } } } } }";
/** How long a siege goes on, in milliseconds, and by how many clients at once. */
const SIEGE_MS = 10_000;
const ATTACKERS = 4;
const INNOCENT_EVERY_MS = 20;
/** How often something is asked alone: on a machine that is busy with other things only the least says what is ours. */
const TRIES = 7;

/** Something to ask of which each is another: by its number. */
export type Write = (i: number) => string;

/** The gateway of this process under siege. */
export class Siege {
  private made = 0;

  constructor(private readonly url: string) {}

  /** Says how soon it is answered and how long it holds the event loop when it is asked alone, as new each time. */
  async tellAlone(name: string, write: Write): Promise<void> {
    const tries: { took: number; hold: number; code: string }[] = [];
    for (let i = 0; i < TRIES; i++) {
      const { result, hold } = await watch(() => this.ask(write(this.made++)));
      tries.push({ ...result, hold });
    }
    const least = (key: "took" | "hold") => show(Math.min(...tries.map((each) => each[key])));
    console.log(`${name.padEnd(42)} ${tries[0]!.code} in ${least("took")} ms, longest hold ${least("hold")} ms (the least of ${TRIES})`);
  }

  /** Says what innocent requests take while four clients ask it without end; null is nobody. */
  async tellBeside(name: string, write: Write | null): Promise<void> {
    const { result, hold } = await watch(() => this.besiege(write));
    const { innocent, codes } = result;
    const attacks = [...codes].map(([code, count]) => `${count} ${code}`).join(", ");
    console.log(
      `${name.padEnd(42)} innocent p50 ${show(at(innocent, 0.5))} ms, p99 ${show(at(innocent, 0.99))} ms; longest hold ${show(hold)} ms${attacks && `; attacks: ${attacks}`}`,
    );
  }

  /** Asks innocently once, for whatever is made at the first time; throws where that fails. */
  async begin(): Promise<void> {
    const { code } = await this.ask(INNOCENT);
    if (code !== "data" && code !== "SUBGRAPH_UNREACHABLE") throw new Error(`The innocent question was answered ${code}.`);
    await this.ready();
  }

  private async ask(query: string): Promise<{ took: number; code: string }> {
    const began = performance.now();
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    const text = await response.text();
    // Large answers are not parsed in the process that is measured.
    const took = performance.now() - began;
    return { took, code: text.startsWith('{"errors"') ? (/"code":"(\w+)"/.exec(text)?.[1] ?? "errors") : "data" };
  }

  /** Asks innocently again and again while attackers ask each time for something else. */
  private async besiege(write: Write | null): Promise<{ innocent: readonly number[]; codes: ReadonlyMap<string, number> }> {
    const end = performance.now() + SIEGE_MS;
    const innocent: number[] = [];
    const codes = new Map<string, number>();
    const attack = async () => {
      while (write && performance.now() < end) {
        const { code } = await this.ask(write(this.made++));
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    };
    const goOn = async () => {
      for (; performance.now() < end; await wait(INNOCENT_EVERY_MS)) innocent.push((await this.ask(INNOCENT)).took);
    };
    await Promise.all([goOn(), ...Array.from({ length: ATTACKERS }, attack)]);
    return { innocent: innocent.sort((a, b) => a - b), codes };
  }

  /** Waits until the operations expected of clients are compiled: then there is a thread that plans. */
  private async ready(): Promise<void> {
    for (let before = -1, kept = 0; before !== kept; await wait(2_000)) {
      before = kept;
      kept = Number(/^graph_operations_kept (\d+)$/m.exec(await (await fetch(`${this.url}/metrics`)).text())?.[1]);
    }
  }
}

async function watch<T>(work: () => Promise<T>): Promise<{ result: T; hold: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const result = await work();
  delay.disable();
  return { result, hold: delay.max / 1e6 };
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const show = (ms: number): string => ms.toFixed(1).padStart(6);
