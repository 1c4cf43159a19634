/** `recordQuality` by owner, and the freshness and completeness of one record. */
import { badInput } from "../../kernel/errors.js";
import { groupBy } from "../../kernel/groups.js";
import type { Resolvers } from "../../kernel/resolvers.js";
import type { Reading } from "../reading.js";
import { verbatim } from "../sql.js";
import { amongRecords, checkIds } from "../scopes.js";
import { searchOf, stubOf } from "../search.js";
import { showPage } from "./pages.js";
import { QUALITY_TYPES, type Quality, type QualityType, completenessRule, findQualities, freshnessRule } from "./quality.js";
import { showVerdict } from "./resolvers.js";

interface ListArguments {
  readonly types?: readonly string[] | null;
  readonly owners?: readonly string[] | null;
  readonly onlyLacking: boolean;
  readonly first?: number | null;
  readonly after?: string | null;
}
type OfRecord = { readonly id: string };

const isStale = ({ freshness: { level } }: Quality): boolean => level === "FAIR" || level === "POOR";
const isUnverified = ({ freshness: { level } }: Quality): boolean => level === "UNKNOWN";
const isIncomplete = ({ completeness: { level } }: Quality): boolean => level !== "GOOD";
const isLacking = (quality: Quality): boolean => isStale(quality) || isUnverified(quality) || isIncomplete(quality);
const countLacking = (some: readonly Quality[]) => ({
  records: some.length,
  stale: some.filter(isStale).length,
  neverVerified: some.filter(isUnverified).length,
  incomplete: some.filter(isIncomplete).length,
});

const typeOf = ({ model }: Reading, { recordId }: Pick<Quality, "recordId">): QualityType => model.directory.typeOf(recordId) as QualityType;
const showFreshness = (quality: Quality, reading: Reading): object => showVerdict(quality.freshness, freshnessRule(typeOf(reading, quality)), reading.model);
const showCompleteness = (quality: Quality, reading: Reading): object =>
  showVerdict(quality.completeness, completenessRule(typeOf(reading, quality)), reading.model);

/** The types asked about, each once; all, where none are named. Refuses those nobody answers for. */
function checkTypes(types: readonly string[] | null | undefined): readonly QualityType[] {
  const unknown = types?.find((type) => !(QUALITY_TYPES as readonly string[]).includes(type));
  if (unknown !== undefined) throw badInput(`types holds ${JSON.stringify(unknown.slice(0, 60))}; name some of ${QUALITY_TYPES.join(", ")}.`);
  return types ? ([...new Set(types)] as QualityType[]) : QUALITY_TYPES;
}

const qualityOf = (type: QualityType, id: string, reading: Reading): Promise<Quality | null> =>
  reading.load<Quality | null>(
    `quality ${type}`,
    id,
    null,
    async (ids) => new Map((await findQualities(searchOf(reading, amongRecords(ids)), type)).map((each) => [each.recordId, each])),
  );

const fieldsOf = (type: QualityType) => ({
  freshness: async ({ id }: OfRecord, _: unknown, reading: Reading) => {
    const quality = await qualityOf(type, id, reading);
    return quality && showFreshness(quality, reading);
  },
  completeness: async ({ id }: OfRecord, _: unknown, reading: Reading) => {
    const quality = await qualityOf(type, id, reading);
    return quality && showCompleteness(quality, reading);
  },
});

export const qualityResolvers: Resolvers = {
  Query: {
    recordQuality: async (_: unknown, { types, owners, onlyLacking, ...page }: ListArguments, reading: Reading) => {
      const wanted = checkIds(reading.model, "owners", "Person", owners);
      const search = searchOf(reading, () => verbatim(""));
      const asked = checkTypes(types);
      const found = await Promise.all(asked.map((type) => findQualities(search, type)));
      const live = found.flat().filter(({ live: isLive, ownerId }) => isLive && (!wanted || (ownerId !== null && wanted.includes(ownerId))));
      return {
        ...showPage(
          live.filter((quality) => !onlyLacking || isLacking(quality)),
          page,
          {
            placeOf: ({ ownerId, recordId }) => [ownerId ?? "", recordId],
            show: (quality) => ({
              record: stubOf(reading.model, quality.recordId),
              owner: stubOf(reading.model, quality.ownerId),
              freshness: showFreshness(quality, reading),
              completeness: showCompleteness(quality, reading),
            }),
          },
        ),
        byOwner: () =>
          [...groupBy(live, ({ ownerId }) => ownerId)]
            .sort(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1))
            .map(([ownerId, some]) => ({ owner: stubOf(reading.model, ownerId), ...countLacking(some) })),
        byType: () => {
          const byType = groupBy(live, (quality) => typeOf(reading, quality));
          return asked.map((type) => ({ type, ...countLacking(byType.get(type) ?? []) }));
        },
        asOf: () => reading.asOf(),
      };
    },
  },
  ...Object.fromEntries(QUALITY_TYPES.map((type) => [type, fieldsOf(type)])),
};
