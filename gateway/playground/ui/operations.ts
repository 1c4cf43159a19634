/** A ready-made operation of the collection, as its file under schema/operations/ describes it. */
export interface Operation {
  /** Name of its file, without number and extension: unique in the collection. */
  key: string;
  number: number | null;
  askedBy: string;
  /** The data set it is asked of, by the name of its folder; null where it is the sample story. */
  dataSet: string | null;
  title: string;
  question: string;
  /** Name of the GraphQL operation. */
  name: string;
  query: string;
  /** Example variables as JSON, empty when it takes none. */
  variables: string;
}

const askers = [
  "relationship manager",
  "service owner",
  "service level manager",
  "project office",
  "application manager",
  "CIO",
  "analyst",
  "customer's executive",
  "integrator",
];

const starter = `# Any field of the graph can be asked for: the Docs panel lists them all.
query Customers {
  customers(first: 5) {
    nodes {
      id
      code
      name
    }
  }
}
`;

const files = import.meta.glob<string>("../../../schema/operations/**/*.graphql", {
  query: "?raw",
  import: "default",
  eager: true,
});

const read = Object.entries(files).map(([path, text]) => readOperation(path, text));

/** The collection by number; where there are no files yet, one operation to start from. */
export const operations: Operation[] = read.length
  ? read.sort((a, b) => (a.number ?? Infinity) - (b.number ?? Infinity) || a.key.localeCompare(b.key))
  : [readOperation("ask-anything.graphql", starter)];

/** The operations under who asks them, in the order of the list of questions; then those of each data set that is to be imported first. */
export function groupOperations(list: Operation[]): [string, Operation[]][] {
  const groups = Map.groupBy(list, ({ dataSet, askedBy }) => dataSet ?? askedBy);
  const rank = (group: string) => (askers.includes(group) ? askers.indexOf(group) : askers.length);
  return [...groups].sort(([a], [b]) => rank(a) - rank(b));
}

function readOperation(path: string, text: string): Operation {
  const key = path.replace(/^.*\//, "").replace(/^\d+-|\.graphql$/g, "");
  const lines = text.trim().split(/\r?\n/);
  const start = lines.findIndex((line) => !line.startsWith("#"));
  const comments = lines.slice(0, start).map((line) => line.slice(1).trim());
  const heading = comments.map((line) => /^(?:Question (\d+)|(\S+)) · (.+)$/.exec(line)).find(Boolean);
  const variables = comments.map((line) => /^variables: (.+)$/.exec(line)).find(Boolean);
  return {
    key,
    number: heading?.[1] ? Number(heading[1]) : null,
    askedBy: heading?.[3] ?? "anyone",
    dataSet: heading?.[2] ?? null,
    title: readTitle(key),
    question: comments.filter((line) => line !== heading?.[0] && line !== variables?.[0]).join(" "),
    name: /^(?:query|mutation|subscription) (\w+)/m.exec(text)?.[1] ?? "",
    query: `${lines.filter((line) => !line.startsWith("# variables:")).join("\n")}\n`,
    variables: variables?.[1] ? formatJson(variables[1]) : "",
  };
}

function readTitle(key: string): string {
  const words = key.replaceAll("-", " ").replace(/\b(?:(?:i|brm|cio)\b|(?:sla|ola)(?=s?\b))/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Text that is not JSON is kept as it is: the editor marks what is wrong with it. */
function formatJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
