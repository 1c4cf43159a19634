/** Where a plan's fetches find their entities in what is known so far. */
import type { Data } from "./merge.js";
import { isOwnName, Unusual } from "./unusual.js";

/** Response names and `@` for each item of a list. */
export type PlanPath = readonly string[];
export type AnswerPath = readonly (string | number)[];

/** Calls `visit` with every object at `path`, and with where it is when `track` is given. Nothing is visited where a null or a gap is on the way. */
export function walk(data: unknown, path: PlanPath, visit: (entity: Data) => void, from = 0): void {
  for (let i = from; i < path.length; i++) {
    if (data === null || typeof data !== "object") return;
    if (path[i] === "@") {
      if (Array.isArray(data)) for (const item of data) walk(item, path, visit, i + 1);
      return;
    }
    data = (data as Data)[path[i]!];
  }
  if (data !== null && typeof data === "object") visit(data as Data);
}

/** Where each object that `walk` visits stands in the answer, in the same order. */
export function locate(data: unknown, path: PlanPath): AnswerPath[] {
  const found: AnswerPath[] = [];
  const follow = (value: unknown, i: number, at: AnswerPath): void => {
    if (value === null || typeof value !== "object") return;
    if (i === path.length) found.push(at);
    else if (path[i] !== "@") follow((value as Data)[path[i]!], i + 1, [...at, path[i]!]);
    else if (Array.isArray(value)) value.forEach((item, index) => follow(item, i + 1, [...at, index]));
  };
  follow(data, 0, []);
  return found;
}

/** A plan's path as one that `walk` takes. */
export function checkPath(path: readonly (string | number)[]): PlanPath {
  for (const step of path) if (typeof step !== "string" || !isOwnName(step)) throw new Unusual(`a path by ${step}`);
  return path as PlanPath;
}
