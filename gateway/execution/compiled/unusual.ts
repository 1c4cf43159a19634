/** What a compiled program does not cover. Apollo's own executor, or the shaping of the answer, does what was to be done. */
export class Unusual extends Error {}

const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Whether every object answers the name, so that whether a record has it cannot be read off by name. */
export const isInherited = (name: string): boolean => INHERITED.has(name);

/** Whether a property of that name may be read and written: by `__proto__` one gets at what all objects inherit. */
export const isOwnName = (name: string): boolean => name !== "__proto__";
