import { daysAfter, daysBetween } from "../kernel/dates.js";
import { parseDecimal } from "../kernel/decimals.js";
import { field, type FieldContext, type Fields } from "../kernel/fields.js";
import type { AgreementRow, ObligationRow, ServiceLevelTargetRow, UnderpinningRow } from "./rows.js";

export const fields = {
  Agreement: {
    daysLeft: field<AgreementRow>(["endOn", "state"], ({ endOn, state }, _, { today }) =>
      endOn === null || hasEnded(state) ? null : daysBetween(today, endOn),
    ),
    noticeBy: field<AgreementRow>(["endOn", "noticeDays"], ({ endOn, noticeDays }) =>
      endOn === null || noticeDays === null ? null : daysAfter(endOn, -noticeDays),
    ),
    underpinningGaps: field<AgreementRow>([], async (agreement, _, context) => {
      const underpinnings = await context.rows<UnderpinningRow>("Underpinning", "upperId", agreement.id);
      const gaps = await Promise.all(underpinnings.map((underpinning) => gapOf(underpinning, context)));
      return underpinnings.filter((_, i) => gaps[i] !== null);
    }),
  },
  Underpinning: {
    endsEarlier: field<UnderpinningRow>(["upperId", "lowerId"], async (underpinning, _, context) => {
      const [upper, lower] = await agreementsOf(underpinning, context);
      return endsEarlier(upper, lower);
    }),
    weaker: field<UnderpinningRow>(["lowerId", "targetId"], async (underpinning, _, context) => {
      const { needed, promised } = await promisesOf(underpinning, context);
      return weaker(needed, promised);
    }),
    gap: field<UnderpinningRow>(["upperId", "lowerId", "targetId"], (underpinning, _, context) => gapOf(underpinning, context)),
  },
  Obligation: {
    overdue: field<ObligationRow>(["state", "dueOn"], ({ state, dueOn }, _, { today }) => {
      if (state !== "PENDING") return false;
      return dueOn === null ? null : dueOn < today;
    }),
  },
} satisfies Fields;

/** Where the lower agreement does not carry the upper one, in words; null where no gap is known. */
async function gapOf(underpinning: UnderpinningRow, context: FieldContext): Promise<string | null> {
  const [[upper, lower], { needed, promised }] = await Promise.all([agreementsOf(underpinning, context), promisesOf(underpinning, context)]);
  const gaps = [
    ...(endsEarlier(upper, lower) ? [`The lower agreement ${sayEnd(lower)}, the upper one ${sayEnd(upper)}.`] : []),
    ...(weaker(needed, promised) ? [`The lower agreement promises ${promised.map(sayPromise).join(", ")}; the target needs ${sayPromise(needed!)}.`] : []),
  ];
  return gaps.length > 0 ? gaps.join(" ") : null;
}

// --- ends ---

const agreementsOf = ({ upperId, lowerId }: UnderpinningRow, context: FieldContext) =>
  Promise.all([context.row<AgreementRow>("Agreement", upperId), context.row<AgreementRow>("Agreement", lowerId)]);

const hasEnded = (state: AgreementRow["state"]): boolean => state === "EXPIRED" || state === "TERMINATED";

/** The last day an agreement holds; null when it has no end, undefined when it has ended and nobody has recorded when. */
function lastDayOf(agreement: AgreementRow | null): string | null | undefined {
  if (agreement === null) return undefined;
  const { state, endOn, terminatedOn } = agreement;
  if (!hasEnded(state)) return endOn;
  return (state === "TERMINATED" ? terminatedOn : endOn) ?? undefined;
}

function endsEarlier(upper: AgreementRow | null, lower: AgreementRow | null): boolean | null {
  const [upperEnd, lowerEnd] = [lastDayOf(upper), lastDayOf(lower)];
  if (upperEnd === undefined || lowerEnd === undefined) return null;
  return lowerEnd !== null && (upperEnd === null || lowerEnd < upperEnd);
}

const sayEnd = (agreement: AgreementRow | null): string => {
  const day = lastDayOf(agreement);
  return day ? `holds until ${day}` : "has no end";
};

// --- promises ---

interface Promises {
  /** The target that rests on the lower agreement, where one is named. */
  readonly needed: ServiceLevelTargetRow | null;
  /** The lower agreement's targets that can be compared with it. */
  readonly promised: readonly ServiceLevelTargetRow[];
}

async function promisesOf({ lowerId, targetId }: UnderpinningRow, context: FieldContext): Promise<Promises> {
  const needed = await context.row<ServiceLevelTargetRow>("ServiceLevelTarget", targetId);
  if (needed === null) return { needed, promised: [] };
  const targets = await context.rows<ServiceLevelTargetRow>("ServiceLevelTarget", "agreementId", lowerId);
  return { needed, promised: targets.filter((target) => isComparable(target, needed)) };
}

const isComparable = (one: ServiceLevelTargetRow, other: ServiceLevelTargetRow): boolean =>
  one.metric === other.metric && one.comparator === other.comparator && one.unit === other.unit && one.window === other.window;

function weaker(needed: ServiceLevelTargetRow | null, promised: readonly ServiceLevelTargetRow[]): boolean | null {
  if (needed === null || promised.length === 0) return null;
  const verdicts = new Set(promised.map((target) => promisesLess(target, needed)));
  return verdicts.size === 1 ? verdicts.has(true) : null;
}

function promisesLess(lower: ServiceLevelTargetRow, upper: ServiceLevelTargetRow): boolean {
  const difference = parseDecimal(lower.value, 6) - parseDecimal(upper.value, 6);
  switch (upper.comparator) {
    case "AT_LEAST":
      return difference < 0;
    case "AT_MOST":
      return difference > 0;
    case "EQUAL":
      return difference !== 0;
  }
}

const COMPARATOR_WORDS = { AT_LEAST: "at least", AT_MOST: "at most", EQUAL: "exactly" } as const;
const sayPromise = ({ comparator, value, unit }: ServiceLevelTargetRow): string => `${COMPARATOR_WORDS[comparator]} ${value} ${unit}`;
