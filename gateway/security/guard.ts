/** Keeps the policy before anything is planned: what somebody may not read is not asked of subgraphs at all. */
import { type DocumentNode, type FieldNode, GraphQLError, type GraphQLSchema, Kind, visit } from "graphql";
import { type Findings, type HiddenField, findHidden, findHiddenVariables } from "../../transport/access/guard.js";
import type { Policy, Rights } from "../../transport/access/policy.js";
import { scopesOf } from "../../transport/access/scopes.js";
import type { Principal } from "../../transport/subgraph.js";
import type { RequestContext } from "../contexts.js";
import { WrittenData } from "../execution/compiled/answers.js";
import type { CompiledGateway, GatewayAnswer, GatewayInterface, GatewayRequest, ProgramRequest } from "../execution/compiled/executor.js";
import { Recent } from "../../transport/recent.js";
import { Coalescer } from "../execution/coalescing.js";
import type { KeptAnswers } from "../kept/answers.js";
import type { Requirements } from "./directives.js";

/** What is done with a field that may not be read: null with an error at its path, or the whole operation is refused. */
export type HiddenFields = "null" | "refuse";

interface Guarded {
  readonly gateway: CompiledGateway;
  readonly policy: Policy;
  readonly hiddenFields: HiddenFields;
  /** Answers that are kept; undefined where none are. */
  readonly kept?: KeptAnswers | undefined;
  /** What the supergraph that is served asks for itself. */
  readonly requirements: () => Requirements;
}

/** What became of a document for some rights. */
interface Guarding {
  readonly refusals: readonly string[];
  /** The document without what is null, and how its placeholders begin; null where nothing is. */
  readonly rest: { readonly document: DocumentNode; readonly prefix: string } | null;
}

const MOST_RIGHTS = 1_000;

/** A gateway that executes what the policy lets through. */
export class GuardedGateway implements GatewayInterface {
  private schema: GraphQLSchema | undefined;
  /** By rights and documents that others keep. */
  private guardings = new WeakMap<Rights, WeakMap<DocumentNode, Guarding>>();
  private rights = new Recent<Rights>(MOST_RIGHTS);
  readonly coalescer = new Coalescer();

  constructor(private readonly guarded: Guarded) {
    guarded.gateway.onSchemaLoadOrUpdate(({ apiSchema }) => {
      this.schema = apiSchema;
      this.guardings = new WeakMap();
      this.rights = new Recent(MOST_RIGHTS);
      guarded.kept?.clear();
      this.coalescer.clear();
    });
  }

  onSchemaLoadOrUpdate(...[callback]: Parameters<GatewayInterface["onSchemaLoadOrUpdate"]>): () => void {
    return this.guarded.gateway.onSchemaLoadOrUpdate(callback);
  }
  async load(): ReturnType<GatewayInterface["load"]> {
    const { executor } = await this.guarded.gateway.load();
    return { executor: (request) => this.execute(request, executor!) };
  }
  stop(): Promise<void> {
    return this.guarded.gateway.stop();
  }

  /**
   * Executes at once what nobody stands in the way of: an operation whose program is kept, of which nothing is hidden from who asks. Null is everything else.
   * `body` is all that the request says, where it is a query; else null.
   */
  executeAtOnce(schema: GraphQLSchema, request: ProgramRequest, body: string | null): Promise<GatewayAnswer> | null {
    const { gateway, kept } = this.guarded;
    if (schema !== this.schema || this.judge(request)) return null;
    const execution = gateway.findKept(request);
    if (!execution) return null;
    const context = request.context as RequestContext;
    const run = body === null ? execution.run : () => this.coalescer.answer(keyOf(request.queryHash, body, context), context, execution.run);
    return kept ? kept.answer(request, this.rightsOf(context.principal), { ...execution, run }) : run();
  }

  private async execute(request: GatewayRequest, execute: (request: GatewayRequest) => Promise<GatewayAnswer>): Promise<GatewayAnswer> {
    const { answer: known } = request.context as RequestContext;
    if (known) return known;
    const judgement = this.judge(request);
    if (!judgement) return execute(request);
    const { refusals, rest, rights } = judgement;
    if (refusals.length > 0 || !rest) return { data: null, errors: refusals.map((message) => forbidden(message)) };
    const { document, prefix } = rest;
    return withNulls(await execute({ ...request, document, queryHash: `${request.queryHash} ${rights.key}` }), prefix);
  }

  /** What the policy has against a request; null where it is let through as it is. */
  private judge(request: ProgramRequest): (Guarding & { readonly rights: Rights }) | null {
    const rights = this.rightsOf((request.context as RequestContext).principal);
    if (rights.isWhole) return null;
    const { refusals, rest } = this.guardingOf(request.document, rights);
    const variables = findHiddenVariables(this.schema!, request.document, (request.request.variables ?? {}) as Record<string, unknown>, rights);
    if (refusals.length === 0 && variables.length === 0 && !rest) return null;
    return { refusals: [...refusals, ...variables], rest, rights };
  }

  /** What both the policy and the supergraph's own directives let a principal do. */
  private rightsOf(principal: Principal): Rights {
    const granted = this.guarded.policy.rightsOf(principal);
    const requirements = this.guarded.requirements();
    if (requirements.isEmpty) return granted;
    let rights = this.rights.get(granted.key);
    if (!rights) this.rights.set(granted.key, (rights = narrow(granted, requirements, scopesOf(principal))));
    return rights;
  }

  private guardingOf(document: DocumentNode, rights: Rights): Guarding {
    let ofRights = this.guardings.get(rights);
    if (!ofRights) this.guardings.set(rights, (ofRights = new WeakMap()));
    let guarding = ofRights.get(document);
    if (!guarding) ofRights.set(document, (guarding = guard(document, findHidden(this.schema!, document, rights), this.guarded.hiddenFields)));
    return guarding;
  }
}

/** What requests are alike by: who asks, what, and as of when. */
const keyOf = (queryHash: string, body: string, { principal, asOf = "" }: RequestContext): string =>
  `${queryHash} ${asOf} ${JSON.stringify(principal)} ${body}`;

/** The rights, less what the requirements do not let who has those scopes do. */
function narrow(rights: Rights, requirements: Requirements, scopes: ReadonlySet<string>): Rights {
  if (requirements.letAll(scopes)) return rights;
  const lets = (type: string, field: string): boolean => requirements.let(scopes, type, field);
  return {
    key: rights.key,
    isWhole: false,
    mayRead: (type, field) => rights.mayRead(type, field) && lets(type, field),
    maySet: (type, field) => rights.maySet(type, field) && lets(type, field),
    mayWrite: (mutation, type) => rights.mayWrite(mutation, type) && lets("Mutation", mutation),
  };
}

function guard(document: DocumentNode, { fields, refusals }: Findings, hiddenFields: HiddenFields): Guarding {
  const refused = fields.filter(({ isNullable }) => hiddenFields === "refuse" || !isNullable);
  const all = [...refusals, ...refused.map(({ type, field }) => `${type}.${field} may not be read.`)];
  if (all.length > 0) return { refusals: all, rest: null };
  return { refusals: [], rest: fields.length === 0 ? null : takeOut(document, fields) };
}

/** Puts `__typename` in the place of each field, under a name no field of the document has. */
function takeOut(document: DocumentNode, fields: readonly HiddenField[]): { document: DocumentNode; prefix: string } {
  const names = new Set<string>();
  visit(document, { Name: ({ value }) => void names.add(value) });
  let prefix = "hidden";
  while ([...names].some((name) => name.startsWith(prefix))) prefix += "_";
  const hidden = new Set<FieldNode>(fields.map(({ node }) => node));
  let count = 0;
  const rest = visit(document, {
    Field: {
      enter(node) {
        if (!hidden.has(node)) return undefined;
        const name = node.alias ?? node.name;
        const placeholder: FieldNode = {
          kind: Kind.FIELD,
          name: { kind: Kind.NAME, value: "__typename" },
          alias: { kind: Kind.NAME, value: `${prefix}${count++}_${name.value}` },
          directives: node.directives ?? [],
        };
        return placeholder;
      },
    },
  });
  return { document: rest, prefix };
}

/** The answer with a null, and an error at its path, for each placeholder. */
function withNulls(answer: GatewayAnswer, prefix: string): GatewayAnswer {
  const errors: GraphQLError[] = [];
  const restore = (value: unknown, path: readonly (string | number)[]): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => restore(item, [...path, i]));
    if (typeof value !== "object" || value === null) return value;
    const restored: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [key, inner] of Object.entries(value)) {
      const hidden = key.startsWith(prefix) ? key.slice(key.indexOf("_", prefix.length) + 1) : null;
      if (hidden === null) restored[key] = restore(inner, [...path, key]);
      else if (!(hidden in restored)) {
        restored[hidden] = null;
        errors.push(forbidden(`${hidden} may not be read.`, [...path, hidden]));
      }
    }
    return restored;
  };
  const given: unknown = answer.data;
  const data = restore(given instanceof WrittenData ? given.toJSON() : given, []) as NonNullable<GatewayAnswer["data"]>;
  const all = [...(answer.errors ?? []), ...errors];
  return { ...answer, ...(answer.data === undefined ? {} : { data }), ...(all.length > 0 ? { errors: all } : {}) };
}

const forbidden = (message: string, path?: readonly (string | number)[]): GraphQLError =>
  new GraphQLError(message, { ...(path ? { path } : {}), extensions: { code: "FORBIDDEN" } });
