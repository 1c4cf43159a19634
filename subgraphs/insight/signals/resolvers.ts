/** `signals` of all customers, or of one. */
import { decodeCursor, encodeCursor } from "../../kernel/cursors.js";
import { badInput } from "../../kernel/errors.js";
import { groupBy } from "../../kernel/groups.js";
import { answerPage, checkFirst } from "../../kernel/pages.js";
import type { Resolvers } from "../../kernel/resolvers.js";
import type { Reading } from "../reading.js";
import { RULES_VERSION } from "../rules.js";
import { type Scope, amongRecords, checkIds } from "../scopes.js";
import { stubOf } from "../search.js";
import { sqlOf, verbatim } from "../sql.js";
import { SEVERITIES, type Severity, rankOf } from "./kind.js";
import { KINDS, type KindName } from "./kinds.js";
import { type Place, type Signal, compareSignals, findSignals } from "./signals.js";

interface PageArguments {
  readonly kinds?: readonly KindName[] | null;
  readonly minSeverity?: Severity | null;
  readonly states: readonly Signal["state"][];
  readonly first?: number | null;
  readonly after?: string | null;
}
interface RootArguments extends PageArguments {
  readonly customers?: readonly string[] | null;
  readonly managers?: readonly string[] | null;
}

const ALL_KINDS = Object.keys(KINDS) as KindName[];

export const signalResolvers: Resolvers = {
  Query: {
    signals: async (_: unknown, args: RootArguments, reading: Reading) => {
      const within = scopeOf(reading, args);
      return showPage(await findSignals(reading, args.kinds ?? ALL_KINDS, within), args, reading);
    },
  },
  Customer: {
    signals: async ({ id }: { id: string }, args: PageArguments, reading: Reading) => {
      const kinds = [...(args.kinds ?? ALL_KINDS)].sort();
      const mine = await reading.load<readonly Signal[]>(`signals ${kinds.join()}`, id, [], async (ids) =>
        groupBy(await findSignals(reading, kinds, amongRecords(ids)), ({ customerId }) => customerId ?? ""),
      );
      return showPage(mine, args, reading);
    },
  },
};

// --- which customers ---

function scopeOf({ model }: Reading, { customers, managers }: RootArguments): Scope {
  const ofCustomers = checkIds(model, "customers", "Customer", customers);
  const ofManagers = checkIds(model, "managers", "Person", managers);
  return (column) => sqlOf`${ofCustomers ? amongRecords(ofCustomers)(column) : verbatim("")}${ofManagers ? managedBy(ofManagers)(column) : verbatim("")}`;
}
/** The customers whose relationship one of these people manages. */
const managedBy =
  (managers: readonly string[]): Scope =>
  (column) =>
    sqlOf` AND ${verbatim(column)} IN (SELECT z.customerId FROM \`relationship\` z WHERE 1 = 1${amongRecords(managers)("z.managerId")})`;

// --- how they are shown ---

function showPage(all: readonly Signal[], { minSeverity, states, first, after }: PageArguments, reading: Reading): object {
  const signals = all.filter(({ severity, state }) => states.includes(state) && (!minSeverity || rankOf(severity) >= rankOf(minSeverity)));
  const page = { first: checkFirst(first), after: after ?? null };
  const place = page.after === null ? null : readCursor(page.after);
  const rest = place ? signals.filter((signal) => compareSignals(signal, place) > 0) : signals;
  const counts = <K extends string>(names: readonly K[], of: (signal: Signal) => K, name: string) => {
    const groups = groupBy(signals, of);
    return names.flatMap((value) => (groups.has(value) ? [{ [name]: value, count: groups.get(value)!.length }] : []));
  };
  return {
    ...answerPage<Signal>(page, {
      read: () => Promise.resolve(rest.slice(0, page.first + 1)),
      count: () => Promise.resolve(signals.length),
      cursorOf: writeCursor,
      nodeOf: (signal) => showSignal(signal, reading),
    }),
    byKind: counts(ALL_KINDS, ({ kind }) => kind, "kind"),
    bySeverity: counts([...SEVERITIES].reverse(), ({ severity }) => severity, "severity"),
    asOf: () => reading.asOf(),
  };
}

function showSignal({ key, kind, severity, since, why, state, customerId, records, personId, acknowledgementId }: Signal, { model }: Reading): object {
  const stub = (id: string | null) => stubOf(model, id);
  return {
    key,
    kind,
    severity,
    since,
    why,
    state,
    customer: stub(customerId),
    records: records.map(stub),
    call: stub(personId),
    rule: KINDS[kind].rule,
    rulesVersion: RULES_VERSION,
    acknowledgement: stub(acknowledgementId),
  };
}

/** A signal's place, so that signals that come or go between two pages move no others. */
const writeCursor = ({ severity, since, key }: Place): string => encodeCursor([severity, since, key]);

function readCursor(cursor: string): Place {
  const parsed = decodeCursor(cursor);
  const [severity, since, key] = Array.isArray(parsed) && parsed.length === 3 ? (parsed as unknown[]) : [];
  if (!SEVERITIES.includes(severity as Severity) || typeof since !== "string" || typeof key !== "string")
    throw badInput("after is not a cursor of signals; pass an endCursor they answered.");
  return { severity: severity as Severity, since, key };
}
