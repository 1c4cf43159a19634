/** Parts of the graph as processes of their own, started with the commands of docker-compose.yml but from the sources. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

export interface Part {
  readonly url: string;
  readonly child: ChildProcess;
  /** Ends it by SIGTERM; answers its exit code. */
  stop(): Promise<number | null>;
}

/** Long: where much else runs, a process takes its time. */
const PATIENCE_MS = 120_000;

/** How Node runs a program: from its source, or, in the long runs, which start many, compiled (`npm run build`). */
function commandOf(program: string): string[] {
  if (process.env["LONG"] && !program.startsWith("test/")) return [path.resolve("dist", program.replace(/\.ts$/, ".js"))];
  return ["--import", "tsx", path.resolve(program)];
}

/** Starts a program of the project and waits for the line that names its URL. */
export async function startPart(program: string, args: readonly string[], environment: Record<string, string>): Promise<Part> {
  const child = spawn(process.execPath, [...commandOf(program), ...args], {
    env: { ...process.env, NODE_OPTIONS: "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => {
      // Left alive it would keep the port from the next one.
      child.kill("SIGKILL");
      reject(new Error(`${program} ${args.join(" ")} said nothing: ${output}`));
    }, PATIENCE_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /at (http:\/\/[\w.:]+)/.exec(output)?.[1];
      if (found) {
        clearTimeout(late);
        resolve(found);
      }
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`${program} ${args.join(" ")} ended with ${code}: ${output}`)));
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    return ((await ended) as [number | null])[0];
  };
  return { url, child, stop };
}

/** Runs a program of the project to its end; answers its exit code and all it printed. */
export async function runToEnd(
  program: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [...commandOf(program), ...args], { env: { ...process.env, NODE_OPTIONS: "", ...environment } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output: output.trim() };
}
