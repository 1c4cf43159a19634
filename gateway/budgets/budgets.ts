/** What everybody may ask for: a budget of points for each subject, from which every operation is paid before it is executed. */
import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError } from "graphql";
import type { Log } from "../../transport/logs.js";
import type { Principal } from "../../transport/subgraph.js";
import type { RequestContext } from "../contexts.js";
import type { Tariffs } from "../security/operations.js";
import { type Allowance, type Buckets, LocalBuckets } from "./buckets.js";
import { Charge, type PointCounts } from "./charges.js";
import { SharedBuckets } from "./shared.js";

export interface BudgetSettings {
  /** What each subject has; null is without end: POINTS, 1,000,000,000, and POINTS_PER_SECOND, 50,000,000. */
  readonly allowance: Allowance | null;
  /** Whether answers say what they cost, in `extensions.cost`: COST_EXTENSION, off. */
  readonly tells: boolean;
}

export class Budgets {
  readonly counts: PointCounts = { taken: 0, refunded: 0, refused: 0 };

  private constructor(
    private readonly allowance: Allowance | null,
    private readonly buckets: Buckets | null,
    /** Whether answers say what they cost. */
    readonly tells: boolean,
  ) {}

  /** Opens budgets that gateways share in the Redis of that URL, or this one's own. */
  static async open({ allowance, tells }: BudgetSettings, redis: string | undefined, log: Log): Promise<Budgets> {
    if (!allowance) return new Budgets(null, null, tells);
    return new Budgets(allowance, redis === undefined ? new LocalBuckets(allowance) : await SharedBuckets.open(redis, allowance, log), tells);
  }

  /** Whether several gateways share what is left. */
  get areShared(): boolean {
    return this.buckets instanceof SharedBuckets && this.buckets.isShared;
  }

  /** Takes so many points from the subject's budget, or none. Throws COST_TOO_HIGH where it can never hold so many. */
  charge({ subject }: Principal, points: number): Promise<Charge> {
    const { allowance, buckets, counts } = this;
    if (allowance && points > allowance.capacity) {
      const message = `The operation may cost ${points} points, and a budget holds ${allowance.capacity}. Ask for smaller pages by first, or for fewer lists within lists.`;
      throw new GraphQLError(message, { extensions: { code: "COST_TOO_HIGH", http: { status: 400 } } });
    }
    const make = (taking: Awaited<ReturnType<Buckets["take"]>> | null) => new Charge(subject, points, allowance, taking, counts);
    if (!buckets) return Promise.resolve(make(null));
    const taking = buckets.take(subject, points);
    return taking instanceof Promise ? taking.then(make) : Promise.resolve(make(taking));
  }

  async close(): Promise<void> {
    if (this.buckets instanceof SharedBuckets) await this.buckets.close();
  }
}

/** Refuses operations that may cost too much, or more than is left, before they are planned; settles and tells what the others have cost. Lets go of the budgets in the end. */
export const chargeOperations = (tariffs: Tariffs, budgets: Budgets): ApolloServerPlugin<RequestContext> => ({
  serverWillStart: async () => ({ serverWillStop: () => budgets.close() }),
  requestDidStart: async () => ({
    async didResolveOperation({ schema, document, operation, request, contextValue: { trail, principal } }) {
      if (!operation) return;
      // The short way may have asked already.
      trail.charge ??= budgets.charge(principal, tariffs.costOf({ schema, document, operation }, request.variables ?? {}));
      const charge = await trail.charge;
      if (!charge.granted) throw refuse(charge);
    },
    async willSendResponse({ response, contextValue: { trail } }) {
      if (!trail.charge) return;
      const charge = await trail.charge;
      charge.settle(trail.spent);
      charge.tell((name, value) => void response.http.headers.set(name, value));
      if (!budgets.tells || response.body.kind !== "single") return;
      const { singleResult } = response.body;
      singleResult.extensions = { ...singleResult.extensions, cost: charge.report };
    },
  }),
});

function refuse({ requested, wait, report: { remaining = 0 } }: Charge): GraphQLError {
  const message = `The operation may cost ${requested} points, and ${remaining} are left of your budget. Ask again in ${wait} s, or for less.`;
  const headers = new Map([["retry-after", String(wait)]]);
  return new GraphQLError(message, { extensions: { code: "BUDGET_EXCEEDED", retryable: true, http: { status: 429, headers } } });
}
