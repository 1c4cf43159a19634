/** Answers GraphQL calls on a subgraph's schema: each text parsed and validated once. */
import { type DocumentNode, type ExecutionResult, GraphQLError, type GraphQLSchema, execute, getOperationAST, parse, validate } from "graphql";
import { TemporaryFailure } from "../../transport/deadlines.js";
import { type Findings, findHidden, findHiddenVariables } from "../../transport/access/guard.js";
import type { Rights } from "../../transport/access/policy.js";
import { Recent } from "../../transport/recent.js";
import { type CallContext, type GraphQLAnswer, type GraphQLCall, type Principal, SubgraphUnreachable } from "../../transport/subgraph.js";

/** Texts kept parsed and validated; a gateway sends the same few over and over. */
const MOST_TEXTS = 2_000;

/** An operation compiled. Rejects where graphql-js is to answer, which is then right about what failed. */
type Program<Context> = (variables: Readonly<Record<string, unknown>>, context: Context) => Promise<Record<string, unknown>>;

export class Executor<Context> {
  /** Operations answered so far by compiled programs, and by graphql-js. */
  readonly counts = { compiled: 0, general: 0 };
  private readonly texts = new Recent<DocumentNode | readonly GraphQLError[]>(MOST_TEXTS);
  /** The programs of a document's operations; null is not covered. */
  private readonly programs = new WeakMap<DocumentNode, Map<string, Program<Context> | null>>();
  /** What a document asks for beyond some rights. */
  private readonly findings = new WeakMap<DocumentNode, Map<string, Findings>>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly rightsOf: (principal: Principal) => Rights,
    /** Told of every failure that is not the client's. */
    private readonly report: (error: unknown, requestId: string) => void,
    /** Compiles an operation to a program; null where it is not covered. */
    private readonly compile: (document: DocumentNode, operationName?: string) => Program<Context> | null = () => null,
  ) {}

  /** Runs an operation. Never throws: what goes wrong is in `errors`, and nothing internal is. */
  async run(call: GraphQLCall, contextValue: Context, { requestId, principal }: CallContext): Promise<GraphQLAnswer> {
    const document = this.read(call.query);
    if (!("kind" in document)) return { errors: document.map((error) => this.show(error, requestId, "GRAPHQL_VALIDATION_FAILED")) };
    const refusals = this.refusalsOf(document, call.variables ?? {}, this.rightsOf(principal));
    if (refusals.length > 0) return { errors: refusals.map((message) => ({ message, extensions: { code: "FORBIDDEN" } })) };
    const data = await this.runCompiled(document, call, contextValue);
    if (data) return { data };
    this.counts.general++;
    let result: ExecutionResult;
    try {
      result = await execute({ schema: this.schema, document, contextValue, variableValues: call.variables, operationName: call.operationName });
    } catch (error) {
      return { errors: [this.show(new GraphQLError((error as Error).message), requestId, "BAD_REQUEST")] };
    }
    const answer = { ...("data" in result ? { data: result.data } : {}) } as { data?: GraphQLAnswer["data"]; errors?: GraphQLAnswer["errors"] };
    if (result.errors) answer.errors = result.errors.map((error) => this.show(error, requestId, "BAD_USER_INPUT"));
    return answer;
  }

  /** Why somebody with those rights is not answered at all. The gateway has taken out what is null for them. */
  private refusalsOf(document: DocumentNode, variables: Readonly<Record<string, unknown>>, rights: Rights): readonly string[] {
    if (rights.isWhole) return [];
    const ofDocument = this.findings.get(document) ?? new Map<string, Findings>();
    this.findings.set(document, ofDocument);
    let found = ofDocument.get(rights.key);
    if (!found) ofDocument.set(rights.key, (found = findHidden(this.schema, document, rights)));
    const { fields, refusals } = found;
    return [
      ...fields.map(({ type, field }) => `${type}.${field} may not be read.`),
      ...refusals,
      ...findHiddenVariables(this.schema, document, variables, rights),
    ];
  }

  private async runCompiled(document: DocumentNode, { variables, operationName }: GraphQLCall, context: Context): Promise<Record<string, unknown> | null> {
    let programs = this.programs.get(document);
    if (!programs) this.programs.set(document, (programs = new Map<string, Program<Context> | null>()));
    // Names that the document does not have are many.
    if (!getOperationAST(document, operationName)) return null;
    const name = operationName ?? "";
    let program = programs.get(name);
    if (program === undefined) programs.set(name, (program = this.compile(document, operationName)));
    try {
      const data = (await program?.(variables ?? {}, context)) ?? null;
      if (data) this.counts.compiled++;
      return data;
    } catch {
      return null;
    }
  }

  private read(text: string): DocumentNode | readonly GraphQLError[] {
    const known = this.texts.get(text);
    if (known) return known;
    let document: DocumentNode | readonly GraphQLError[];
    try {
      const parsed = parse(text);
      const errors = validate(this.schema, parsed);
      document = errors.length > 0 ? errors : parsed;
    } catch (error) {
      document = [error as GraphQLError];
    }
    this.texts.set(text, document);
    return document;
  }

  private show(error: GraphQLError, requestId: string, code: string): NonNullable<GraphQLAnswer["errors"]>[number] {
    const cause = error.originalError;
    const path = error.path ? { path: error.path } : {};
    if (cause instanceof SubgraphUnreachable) return { message: cause.message, ...path, extensions: { code: "SUBGRAPH_UNREACHABLE", retryable: true } };
    if (cause instanceof TemporaryFailure && cause.cause) this.report(cause.cause, requestId);
    if (cause instanceof TemporaryFailure) return { message: cause.message, ...path, extensions: { code: cause.code, retryable: cause.retryable } };
    if (cause && !(cause instanceof GraphQLError)) {
      this.report(cause, requestId);
      return { message: "The request failed.", ...path, extensions: { code: "INTERNAL_SERVER_ERROR" } };
    }
    return { message: error.message, ...path, extensions: { code, ...error.extensions } };
  }
}
