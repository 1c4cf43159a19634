/** Lets in only calls that are signed by somebody who may make them. */
import type { IncomingMessage } from "node:http";
import { Kind, OperationTypeNode, type SelectionNode, parse } from "graphql";
import { PORTFOLIO_ROLE } from "../../transport/access/policy.js";
import type { CallKind, Caller, Keyring } from "../../transport/keys.js";
import { logger } from "../../transport/logs.js";
import { SharedNonces } from "../../transport/nonces.js";
import { type SignedCall, Unsigned, Verifier } from "../../transport/signatures.js";
import { type GraphQLCall, type Principal, onlyReads } from "../../transport/subgraph.js";

/** Where the operation says what is asked. */
const OPERATIONS = "/graphql";
/** What each other path asks. */
const KINDS: ReadonlyMap<string, CallKind> = new Map([
  ["/ledger", "ledger"],
  ["/head", "ledger"],
  ["/state", "state"],
  ["/exists", "existence"],
  ["/concern", "concern"],
]);
/** Letters of a path that operators are told. */
const MOST_TOLD = 100;

/** Tells the callers of one subgraph apart. Whatever is asked of it goes through all that concerns it here. */
export class CallGuard {
  private readonly verifier: Verifier;
  private readonly admitted = new WeakMap<IncomingMessage, SignedCall>();

  private constructor(
    keyring: Keyring,
    subgraph: string,
    private readonly shared: SharedNonces | undefined,
  ) {
    this.verifier = new Verifier(keyring, subgraph);
  }

  /** Opens the guard of a subgraph; its replicas remember together what they wrote where a Redis is named. */
  static async open(keyring: Keyring, subgraph: string, redis?: string): Promise<CallGuard> {
    return new CallGuard(keyring, subgraph, redis === undefined ? undefined : await SharedNonces.open(redis, subgraph, (line) => logger.error(line)));
  }

  /** Looks at the head of a request, before anything else of it is read. Throws Unsigned, or a TemporaryFailure. */
  async admit(request: IncomingMessage): Promise<void> {
    const { method = "", url = "", headers } = request;
    const call = await this.verifier.verify({ method, path: url, headers });
    this.checkPath(call.caller, url.split("?", 1)[0]!);
    this.admitted.set(request, call);
  }

  /** Looks at the body, before it is parsed. Throws Unsigned. */
  checkBody(request: IncomingMessage, body: Buffer): void {
    this.callOf(request).checkBody(body);
  }

  /** Looks at an operation and for whom it is asked, before it is executed. Throws Unsigned. */
  async checkOperation(request: IncomingMessage, call: GraphQLCall, { roles }: Principal): Promise<void> {
    const { caller, nonce } = this.callOf(request);
    const { name, calls } = caller;
    if (!calls.has("references") && roles.includes(PORTFOLIO_ROLE)) throw new Unsigned(`${name} may not ask in the role of portfolios`);
    if (!calls.has("operations") && !(calls.has("references") && readsReferences(call.query)))
      throw new Unsigned(`${name} may not ask it for ${calls.has("references") ? "more than references" : "operations"}`);
    // What only reads tells whoever overheard it little more than its first answer did, and is not worth asking Redis each time.
    if (!this.shared || onlyReads(call)) return;
    if (!(await this.shared.take(name, nonce))) throw new Unsigned(`it was at another replica before, signed by ${name}`);
  }

  async close(): Promise<void> {
    await this.shared?.close();
  }

  /** Routers take paths that are written otherwise for the same, in capitals for one: what is not written as it is listed asks for nothing. */
  private checkPath({ name, calls }: Caller, path: string): void {
    if (path === OPERATIONS) return;
    const kind = KINDS.get(path);
    if (!kind) throw new Unsigned(`${name} asks for ${path.slice(0, MOST_TOLD)}, which nobody answers`);
    if (!calls.has(kind)) throw new Unsigned(`${name} may not ask it for ${kind}`);
  }

  private callOf(request: IncomingMessage): SignedCall {
    const call = this.admitted.get(request);
    if (!call) throw new Unsigned("nobody looked at its signature");
    return call;
  }
}

let toldAt = 0;
let untold = 0;
/** Tells operators why a call was refused: once a second, lest strangers fill the log, and how many there were besides. */
export function tellRefusal({ method, url = "", socket, headers }: IncomingMessage, { message }: Unsigned): void {
  if (Date.now() - toldAt < 1_000) {
    untold++;
    return;
  }
  const call = `${method} ${url.slice(0, MOST_TOLD)}`;
  logger.warn({ requestId: headers["x-request-id"], call, from: socket.remoteAddress, why: message, others: untold }, "A call is refused.");
  toldAt = Date.now();
  untold = 0;
}

/** Whether the text holds nothing but queries for records by their ids. */
function readsReferences(text: string): boolean {
  try {
    return parse(text, { noLocation: true }).definitions.every(
      (definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ||
        (definition.kind === Kind.OPERATION_DEFINITION &&
          definition.operation === OperationTypeNode.QUERY &&
          definition.selectionSet.selections.every(isReference)),
    );
  } catch {
    return false;
  }
}

const isReference = (selection: SelectionNode): boolean => selection.kind === Kind.FIELD && ["_entities", "__typename"].includes(selection.name.value);
