import type { Fields } from "../kernel/fields.js";

export const fields = {} satisfies Fields;
