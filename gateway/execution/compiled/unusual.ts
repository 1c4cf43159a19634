/** What a compiled program does not cover. Apollo's own executor, or its own shaping of the answer, does what was to be done. */
export class Unusual extends Error {}

/** Names that every object answers, so that whether a record has them cannot be read off by name. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Whether a response name may be read and written as a plain property. `__typename` is the planner's own. */
export const isPlainName = (name: string): boolean => !name.startsWith("__") && !INHERITED.has(name);
