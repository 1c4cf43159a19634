/** What the questions that follow, count or sort across portfolios must answer. */
import { type Expected, nodes, pick } from "./shown.js";
import type { Told } from "./story.js";

const portfolioOf = ({ type }: Told) => ({ Feedback: "customer", Project: "project" })[type];
/** What is shown of a record of any type. */
const shown = (record: Told) => ({
  __typename: record.type,
  ...(record.type === "Feedback" ? pick(record, "kind", "statement") : pick(record, "code", "name")),
});

export const everythingThatChanged: Expected = (story, { since }) => ({
  changes: {
    ...nodes(
      story.changes
        .filter(({ at }) => at > since)
        .map(({ at, by, operation, ref, fields }) => {
          const record = story.get(ref);
          return {
            portfolio: portfolioOf(record),
            at,
            by,
            operation: operation.startsWith("update") ? "update" : operation,
            type: record.type,
            version: story.changes.filter((change) => change.ref === ref).length,
            fields: fields.map((field) => ({ field })),
            record: shown(record),
          };
        }),
    ),
    pageInfo: { hasNextPage: false, endCursor: "a cursor" },
    asOf: ["customer", "agreement", "service", "project", "application", "people"].map((portfolio) => ({ portfolio, stale: false })),
  },
});
