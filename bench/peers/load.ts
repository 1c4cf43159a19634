/** Asks a server over so many connections at once, and checks every answer. */
import { setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";

/** A request and the answer it must get: the JSON text of `data`. */
export interface Question {
  readonly body: string;
  readonly expected: Buffer;
}

export interface Load {
  readonly requests: number;
  /** Milliseconds, sorted. */
  readonly times: readonly number[];
}

const headers = {
  "content-type": "application/json",
  accept: "application/json",
  "x-principal": Buffer.from(JSON.stringify({ subject: "bench", roles: ["developer"], customers: null })).toString("base64url"),
};
const ANSWER = Buffer.from('{"data":');

/** The JSON text of `data` in an answer that holds nothing else. Throws at any other answer. */
export function dataOf(answer: Buffer): Buffer {
  const text = answer.at(-1) === 10 ? answer.subarray(0, -1) : answer;
  if (!text.subarray(0, ANSWER.length).equals(ANSWER) || text.at(-1) !== 125)
    throw new Error(`An answer without data alone: ${answer.toString().slice(0, 500)}`);
  return text.subarray(ANSWER.length, -1);
}

export const connect = (origin: string, connections: number): Pool =>
  new Pool(origin, { connections, pipelining: 1, bodyTimeout: 60_000, headersTimeout: 60_000 });

/** Headers of a request beside the usual ones. */
export type MoreHeaders = Readonly<Record<string, string>>;

export async function post(pool: Pool, path: string, body: string, more: MoreHeaders = {}): Promise<Buffer> {
  const response = await pool.request({ path, method: "POST", headers: { ...headers, ...more }, body });
  const answer = Buffer.from(await response.body.arrayBuffer());
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}: ${answer.toString().slice(0, 500)}`);
  return answer;
}

/** What is asked: these in turn, beginning anywhere, or one after the other that are made. */
export type Questions = readonly Question[] | (() => Question);

function inTurn(questions: readonly Question[]): () => Question {
  let next = Math.floor(Math.random() * questions.length);
  return () => questions[next++ % questions.length]!;
}

/** Asks for `milliseconds`, or `requests` times; throws at the first answer that is not the expected one. */
export async function ask(
  pool: Pool,
  path: string,
  questions: Questions,
  connections: number,
  until: { readonly milliseconds: number } | { readonly requests: number },
  more?: MoreHeaders,
): Promise<Load> {
  const times: number[] = [];
  const end = "milliseconds" in until ? performance.now() + until.milliseconds : Infinity;
  let left = "requests" in until ? until.requests : Infinity;
  const next = typeof questions === "function" ? questions : inTurn(questions);
  const loop = async (): Promise<void> => {
    while (performance.now() < end && left-- > 0) {
      const { body, expected } = next();
      const began = performance.now();
      const answer = await post(pool, path, body, more);
      times.push(performance.now() - began);
      if (!dataOf(answer).equals(expected)) throw new Error(`Another answer than expected to ${body.slice(-80)}: ${answer.toString().slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  return { requests: times.length, times: times.sort((a, b) => a - b) };
}

/** Asks so many times a second for `milliseconds`, whether or not what was asked before is answered; times count from when a question was due. */
export async function askSteadily(
  pool: Pool,
  path: string,
  questions: readonly Question[],
  { perSecond, milliseconds }: { readonly perSecond: number; readonly milliseconds: number },
): Promise<Load> {
  const times: number[] = [];
  const answers: Promise<void>[] = [];
  const began = performance.now();
  const answer = async (due: number, { body, expected }: Question): Promise<void> => {
    const text = await post(pool, path, body);
    times.push(performance.now() - due);
    if (!dataOf(text).equals(expected)) throw new Error(`Another answer than expected: ${text.toString().slice(0, 300)}`);
  };
  for (let asked = 0; ; asked++) {
    const due = began + (asked / perSecond) * 1000;
    if (due > began + milliseconds) break;
    const early = due - performance.now();
    if (early > 0) await wait(early);
    const answered = answer(due, questions[asked % questions.length]!);
    // Whether it failed is asked at the end.
    answered.catch(() => undefined);
    answers.push(answered);
  }
  await Promise.all(answers);
  return { requests: times.length, times: times.sort((a, b) => a - b) };
}
