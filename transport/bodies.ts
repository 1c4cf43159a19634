/** Largest request body, in bytes. */
const largestBody = 2 * 1024 * 1024;

/** How express.json is to read bodies: in UTF-8 only, since RFC 8259 knows no other, and no larger than `largestBody` once they are inflated. */
export const bodyOptions = {
  limit: largestBody,
  verify(_request: unknown, _response: unknown, _body: Buffer, charset: string): void {
    if (charset !== "utf-8") throw Object.assign(new Error(`${charset} is not UTF-8`), { type: "charset.unsupported" });
  },
};

/** A request that cannot be taken: what to answer, as HTTP status and as GraphQL error code. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What to answer when express.json could not read a body; undefined when the error is not about the body. */
export function explainBody(error: unknown): Refusal | undefined {
  switch ((error as { type?: unknown } | null)?.type) {
    case "entity.parse.failed":
      return { status: 400, code: "BAD_REQUEST", message: "The body is not JSON." };
    case "entity.too.large":
      return { status: 413, code: "BODY_TOO_LARGE", message: `The body is larger than ${largestBody} bytes.` };
    case "charset.unsupported":
      return { status: 415, code: "BAD_REQUEST", message: "The body must be in UTF-8." };
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
