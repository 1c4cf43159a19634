/** Cursors as clients see them: where a list goes on, as JSON that nobody need read. */

/** The cursor that says `place`. */
export const encodeCursor = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString("base64url");

/** What a cursor says; null where it is none. */
export function decodeCursor(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}
