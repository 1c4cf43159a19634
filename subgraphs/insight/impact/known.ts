import { entityOf } from "../../kernel/model.js";
import { selectExisting } from "../../kernel/reads/statements.js";
import type { Reading } from "../reading.js";

/** Whether there is a record of that id; none has an id of no type. */
export async function isKnown(reading: Reading, id: string): Promise<boolean> {
  const type = reading.model.directory.typeOf(id);
  if (type === null) return false;
  const find = async (ids: readonly string[]) =>
    new Map((await reading.run(selectExisting(entityOf(reading.model, type), ids, reading.viewer))).map((each) => [each, true]));
  return reading.load(`known ${type}`, id, false, find);
}
