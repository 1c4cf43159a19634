/** Finds signals, whether somebody has taken note of them, and whom to call. */
import { groupBy } from "../../kernel/groups.js";
import type { Reading } from "../reading.js";
import type { Scope } from "../scopes.js";
import { searchOf, text, textOrNull } from "../search.js";
import { sqlOf } from "../sql.js";
import { type Found, type Severity, rankOf } from "./kind.js";
import { KINDS, type KindName } from "./kinds.js";

type State = "OPEN" | "ACKNOWLEDGED" | "REOPENED";

export interface Signal extends Found {
  readonly key: string;
  readonly kind: KindName;
  readonly state: State;
  readonly acknowledgementId: string | null;
  readonly personId: string | null;
}

/** All signals of those kinds about the customers that are asked about, the most severe first, then those that have held longest. */
export async function findSignals(reading: Reading, kinds: readonly KindName[], within: Scope): Promise<Signal[]> {
  const search = searchOf(reading, within);
  const [found, acknowledged, managers] = await Promise.all([
    Promise.all([...new Set(kinds)].map(async (kind) => (await KINDS[kind].find(search)).map((each) => ({ ...each, kind, key: keyOf(kind, each) })))),
    search.rows(sqlOf`
      SELECT k.id, k.\`signal\`, k.severity, k.since, k.\`until\`
      FROM \`signal_acknowledgement\` k WHERE k.withdrawnOn IS NULL${within("k.customerId")} ORDER BY k.acknowledgedOn, k.id`),
    search.rows(sqlOf`
      SELECT r.customerId, r.managerId
      FROM \`relationship\` r JOIN \`person\` m ON m.id = r.managerId AND m.active = 1 WHERE 1 = 1${within("r.customerId")}`),
  ]);
  const managerOf = new Map(managers.map(([customerId, managerId]) => [text(customerId), text(managerId)]));
  // Later ones replace earlier ones: the newest of a signal counts.
  const noteOf = new Map(
    acknowledged.map(([id, signal, severity, since, until]) => [
      text(signal),
      { id: text(id), severity: text(severity) as Severity, since: text(since), until: textOrNull(until) },
    ]),
  );
  return [...groupBy(found.flat(), ({ key }) => key).values()]
    .map(([signal]) => {
      const { key, customerId, severity, since, callId } = signal!;
      const note = noteOf.get(key);
      return {
        ...signal!,
        state: note ? stateOf(note, { severity, since }, reading.today) : "OPEN",
        acknowledgementId: note?.id ?? null,
        personId: (customerId === null ? null : managerOf.get(customerId)) ?? callId ?? null,
      } satisfies Signal;
    })
    .sort(compareSignals);
}

/** Its kind, the records that make it the one it is, and its customer. */
const keyOf = (kind: KindName, { about, customerId, mark }: Found): string =>
  [kind, ...about, ...(customerId === null ? [] : [customerId]), ...(mark ? [mark] : [])].join(":");

/** An acknowledgement holds until its last day, unless the signal is more severe or newer than it was then. */
function stateOf(note: { severity: Severity; since: string; until: string | null }, now: { severity: Severity; since: string }, today: string): State {
  const worse = rankOf(now.severity) > rankOf(note.severity) || now.since > note.since;
  return worse || (note.until !== null && note.until < today) ? "REOPENED" : "ACKNOWLEDGED";
}

/** What places a signal among others. */
export type Place = Pick<Signal, "severity" | "since" | "key">;

/** The most severe first, then those that have held longest. */
export function compareSignals(a: Place, b: Place): number {
  return rankOf(b.severity) - rankOf(a.severity) || compareText(a.since, b.since) || compareText(a.key, b.key);
}
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
