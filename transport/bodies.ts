import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** Largest request body, in bytes. */
const largestBody = 2 * 1024 * 1024;

/** How express.json is to read bodies: in UTF-8 only, since RFC 8259 knows no other, and no larger than `largestBody` once they are inflated. */
export const bodyOptions = {
  limit: largestBody,
  verify(_request: unknown, _response: unknown, body: Buffer, charset: string): void {
    if (charset !== "utf-8") throw Object.assign(new Error(`${charset} is not UTF-8`), { type: "charset.unsupported" });
    checkBytes(body);
  },
};

/** How clients say, nearly all of them, that a body is JSON. */
const PLAIN_TYPES: ReadonlySet<unknown> = new Set(["application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"]);

/** Whether a body is JSON as nearly all clients send it, so that `readBytes` reads it: in UTF-8, not compressed, of a length that is told and allowed. */
export function isPlainBody(headers: IncomingHttpHeaders): boolean {
  const length = headers["content-length"];
  return (
    PLAIN_TYPES.has(headers["content-type"]) &&
    length !== undefined &&
    /^\d{1,8}$/.test(length) &&
    Number(length) <= largestBody &&
    headers["content-encoding"] === undefined &&
    headers["transfer-encoding"] === undefined
  );
}

/** The bytes of a plain body, once all have come. Never settles when the client leaves before. */
export function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.once("end", () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts)));
  });
}

/** The text of a body. Throws what `explainBody` explains where it is not UTF-8: each letter that is none would become one that nobody wrote, and be kept. */
export function decodeBytes(bytes: Buffer): string {
  checkBytes(bytes);
  return bytes[0] === BYTE_ORDER_MARK ? new TextDecoder().decode(bytes) : bytes.toString("utf8");
}

function checkBytes(bytes: Buffer): void {
  if (!isUtf8(bytes)) throw Object.assign(new Error("the bytes are not UTF-8"), { type: "charset.malformed" });
}

/** What the text of a plain body says, as express.json reads it. Throws what `explainBody` explains. */
export function parseText(text: string): unknown {
  if (text === "") return {};
  try {
    if (!/^[ \t\n\r]*[{[]/.test(text)) throw new SyntaxError("neither an object nor a list");
    return JSON.parse(text);
  } catch (error) {
    throw Object.assign(error as Error, { type: "entity.parse.failed" });
  }
}
/** The first byte of a byte order mark, which is not part of the text. */
const BYTE_ORDER_MARK = 0xef;

/** A request that cannot be taken: what to answer, as HTTP status and as GraphQL error code. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** How zlib and brotli say that they could not inflate what came. */
const INFLATING = /^(Z_(DATA|BUF)_ERROR|Z_NEED_DICT|ERR__ERROR_FORMAT_\w+)$/;

/** What to answer when express.json could not read a body; undefined when the error is not about the body. */
export function explainBody(error: unknown): Refusal | undefined {
  const { type, code } = (error ?? {}) as { readonly type?: unknown; readonly code?: unknown };
  if (typeof code === "string" && INFLATING.test(code))
    return { status: 400, code: "BAD_REQUEST", message: "The body is not compressed as content-encoding says." };
  switch (type) {
    case "entity.parse.failed":
      return { status: 400, code: "BAD_REQUEST", message: "The body is not JSON." };
    case "entity.too.large":
      return { status: 413, code: "BODY_TOO_LARGE", message: `The body is larger than ${largestBody} bytes.` };
    case "charset.unsupported":
      return { status: 415, code: "BAD_REQUEST", message: "The body must be in UTF-8." };
    case "charset.malformed":
      return { status: 400, code: "BAD_REQUEST", message: "The body holds bytes that are not UTF-8; write it in UTF-8." };
    case "encoding.unsupported":
      return { status: 415, code: "BAD_REQUEST", message: "The body's content encoding must be gzip, deflate, br or none." };
    case "request.aborted":
    case "request.size.invalid":
    case "stream.encoding.set":
      return { status: 400, code: "BAD_REQUEST", message: "The body did not arrive whole." };
    default:
      return undefined;
  }
}
