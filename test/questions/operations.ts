/** The operation files of schema/operations, read as the playground reads them. */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

interface Question {
  readonly file: string;
  readonly number: number;
  readonly askedBy: string;
  /** The question in words. */
  readonly text: string;
  readonly variables: Record<string, unknown>;
  readonly query: string;
}

const operationsFolder = path.resolve("schema", "operations");
export const operationFiles = readdirSync(operationsFolder)
  .filter((name) => name.endsWith(".graphql"))
  .sort();

export function readQuestion(file: string): Question {
  const query = readFileSync(path.join(operationsFolder, file), "utf8");
  const heading = /^# Question (\d+) · (.+)\n((?:# (?!variables: ).+\n)+)# variables: (\{.*\})\n/.exec(query);
  if (!heading) throw new Error(`${file} does not begin with a heading, the question in words and variables.`);
  const [, number, askedBy, text, variables] = heading as unknown as [string, string, string, string, string];
  return { file, number: Number(number), askedBy, text: text.replace(/^# /gm, "").trim(), variables: JSON.parse(variables) as Record<string, unknown>, query };
}
