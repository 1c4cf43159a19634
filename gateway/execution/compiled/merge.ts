export type Data = Record<string, unknown>;

const isObject = (value: unknown): value is Data => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Merges what a subgraph answered into what is known, in place; `source` becomes part of `target` and is not copied.
 * Lists of one length are merged item by item, any other value replaces the one before, as Apollo's executor does.
 */
export function merge(target: Data, source: Data): void {
  for (const key in source) {
    const value = source[key];
    // What a subgraph put under __proto__ would be merged into every object there is.
    if (value === undefined || key === "__proto__") continue;
    const known = target[key];
    if (known === undefined || known === null || known === value) target[key] = value;
    else if (isObject(value) && typeof known === "object") merge(known as Data, value);
    else if (Array.isArray(value) && Array.isArray(known) && value.length === known.length) mergeItems(known, value);
    else target[key] = value;
  }
}

function mergeItems(known: unknown[], values: readonly unknown[]): void {
  values.forEach((value, i) => {
    const item = known[i];
    if (isObject(item) && isObject(value)) merge(item, value);
    else known[i] = value;
  });
}

/** A copy of what a subgraph answered. */
export function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copy) as T;
  if (!isObject(value)) return value;
  const copied: Data = {};
  for (const key in value) if (key !== "__proto__") copied[key] = copy((value as Data)[key]);
  return copied as T;
}
