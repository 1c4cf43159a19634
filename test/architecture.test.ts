/** Who may import whom, and the few rules of the house a program can check. Reads the sources themselves. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import ts from "typescript";
import { projectFolder } from "../transport/project.js";

const NOT_OURS = new Set(["dist", "data", "coverage", ".git", "schema/generated", "gateway/playground/public", "package-lock.json"]);
const SOURCE = /\.(ts|tsx|mjs)$/;
const FOLDERS = ["schema", "transport", "subgraphs", "gateway", "start", "import", "sample", "test", "bench", "deploy", "docs"];

/** Every file of the project, by its path from the project's folder; nothing installed, built or generated. */
function filesBelow(folder: string): string[] {
  return readdirSync(path.join(projectFolder, folder)).flatMap((name) => {
    const file = path.posix.join(folder, name);
    // bench/ has packages of its own, once it is installed.
    if (name === "node_modules" || NOT_OURS.has(file)) return [];
    return statSync(path.join(projectFolder, file)).isDirectory() ? filesBelow(file) : [file];
  });
}
const read = (file: string): string => readFileSync(path.join(projectFolder, file), "utf8");

const files = filesBelow("");
const known = new Set(files);
const sources = files.filter((file) => SOURCE.test(file) && (FOLDERS.includes(file.split("/")[0]!) || !file.includes("/")));

/** What a source names in imports, exports and `import()`: our files by path ("a/b.ts"), packages by name. */
function importsOf(file: string): string[] {
  return ts.preProcessFile(read(file), true, true).importedFiles.map(({ fileName }) => {
    if (!fileName.startsWith(".")) return fileName;
    const target = path.posix.join(path.posix.dirname(file), fileName);
    return [target.replace(/\.js$/, ".ts"), `${target}.ts`, `${target}.tsx`].find((candidate) => known.has(candidate)) ?? target;
  });
}
interface Import {
  readonly from: string;
  readonly to: string;
}
const imports: Import[] = sources.flatMap((from) => importsOf(from).map((to) => ({ from, to })));
const isOurs = ({ to }: Import): boolean => to.includes("/") && FOLDERS.includes(to.split("/")[0]!);
const ours = imports.filter(isOurs);

/** The imports of files under `from` whose target is under none of `allowed`, one a line. */
const straying = (from: RegExp, ...allowed: RegExp[]): string[] =>
  ours.filter((each) => from.test(each.from) && !allowed.some((rule) => rule.test(each.to))).map((each) => `${each.from} imports ${each.to}`);

const portfolioFolders = readdirSync(path.join(projectFolder, "subgraphs"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "kernel")
  .map(({ name }) => name);

test("The sources are read: more than a hundred, each import of ours leads to a file", () => {
  expect(sources.length).toBeGreaterThan(100);
  expect(imports.length).toBeGreaterThan(400);
  for (const folder of ["transport", "subgraphs/kernel", "subgraphs/agreement", "gateway", "start", "test"])
    expect(sources.filter((file) => file.startsWith(`${folder}/`)).length).toBeGreaterThan(2);
  const leadsNowhere = ours.filter(({ to }) => !to.startsWith("schema/generated/") && !known.has(to));
  expect(leadsNowhere).toEqual([]);
});

test("schema/ and transport/ import nothing of ours", () => {
  expect(straying(/^schema\//)).toEqual([]);
  expect(straying(/^transport\//, /^transport\//)).toEqual([]);
});

test("The kernel imports schema/, transport/ and itself", () => {
  expect(straying(/^subgraphs\/kernel\//, /^schema\//, /^transport\//, /^subgraphs\/kernel\//)).toEqual([]);
});

test("A subgraph imports its own files, the kernel and its generated types, never another subgraph", () => {
  expect(portfolioFolders.sort()).toEqual(["agreement", "application", "customer", "insight", "people", "project", "service"]);
  for (const name of portfolioFolders) {
    const own = [new RegExp(`^subgraphs/${name}/`), /^subgraphs\/kernel\//, new RegExp(`^schema/generated/${name}\\.js$`)];
    // Insight holds no facts: it is a subgraph by hand, over the links that others declare.
    const insight = name === "insight" ? [/^transport\/(subgraph|turns|deadlines|access\/policy)\.ts$/, /^subgraphs\/\w+\/links\.ts$/] : [];
    expect(straying(new RegExp(`^subgraphs/${name}/`), ...own, ...insight)).toEqual([]);
  }
});

test("Only the list of portfolios and what derives the graph from it stand above the subgraphs", () => {
  expect(sources.filter((file) => /^subgraphs\/[^/]+$/.test(file)).sort()).toEqual(["subgraphs/derive.ts", "subgraphs/list.ts"]);
  expect(straying(/^subgraphs\/(list|derive)\.ts$/, /^subgraphs\/kernel\//, /^subgraphs\/\w+\/index\.ts$/, /^subgraphs\/list\.ts$/, /^transport\//)).toEqual(
    [],
  );
});

test("The gateway imports schema/, transport/ and itself: it knows no portfolio", () => {
  expect(straying(/^gateway\//, /^schema\//, /^transport\//, /^gateway\//)).toEqual([]);
});

test("start/ is the one place that wires gateway and subgraphs; only imports, samples and tests stand on it", () => {
  const wired = [/^start\//, /^gateway\//, /^subgraphs\//, /^transport\//];
  expect(straying(/^start\/(?!embedded\.ts)/, ...wired)).toEqual([]);
  expect(straying(/^start\/embedded\.ts/, ...wired, /^sample\/replay\.ts$/)).toEqual([]); // tells the story in empty databases
  const above = ours.filter(({ from, to }) => to.startsWith("start/") && !/^(start|import|sample|test|bench)\//.test(from));
  expect(above).toEqual([]);
});

test("import/ and sample/ stand on the opened portfolios, the kernel and the transport", () => {
  for (const folder of ["import", "sample"])
    expect(
      straying(
        new RegExp(`^${folder}/`),
        new RegExp(`^${folder}/`),
        /^start\/portfolios\.ts$/,
        /^subgraphs\/list\.ts$/,
        /^subgraphs\/kernel\//,
        /^transport\//,
      ),
    ).toEqual([]);
});

test("What a portfolio declares and computes reaches no database; only the kernel's database folder knows a driver", () => {
  // insight/store.ts keeps insight's own database.
  const declaring = new RegExp(`^subgraphs/(${portfolioFolders.join("|")})/(?!migrations/|store\\.ts)`);
  expect(sources.filter((file) => declaring.test(file)).length).toBeGreaterThan(30);
  expect(ours.filter(({ from, to }) => declaring.test(from) && to.startsWith("subgraphs/kernel/database/"))).toEqual([]);
  const drivers = imports.filter(({ from, to }) => /^(typeorm|libsql|mysql2)(\/|$)/.test(to) && !/^(subgraphs\/kernel\/database|test|bench)\//.test(from));
  expect(drivers).toEqual([]);
});

test("No default exports but in files whose tool asks for one", () => {
  const configuration = /(^codegen\.ts|\.config\.ts|^test\/support\/(setup|teardown)\.mjs)$/;
  const exporting = sources.filter((file) => !configuration.test(file) && exportsDefault(file));
  expect(exporting).toEqual([]);
  expect(exportsDefault("codegen.ts")).toBe(true);
});
function exportsDefault(file: string): boolean {
  const { statements } = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest);
  return statements.some(
    (statement) =>
      ts.isExportAssignment(statement) ||
      (ts.canHaveModifiers(statement) && (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) ||
      (ts.isExportDeclaration(statement) &&
        statement.exportClause !== undefined &&
        ts.isNamedExports(statement.exportClause) &&
        statement.exportClause.elements.some(({ name }) => name.text === "default")),
  );
}

test("No file names the machine or the folder it was written in", () => {
  const parent = path.dirname(projectFolder);
  const places = [projectFolder, parent, os.homedir()].filter((place) => place.split("/").length > 2 || (place === parent && place.length > 4));
  const patterns = [
    /\/(home|Users)\/[a-z]\w+\//,
    /[A-Z]:\\Users\\/,
    ...places.map((place) => new RegExp(`(^|[^\\w./-])${place.replace(/[.\\+*?^$()[\]{}|]/g, "\\$&")}/`)),
  ];
  const naming = files.filter((file) => !/\.(png|jpe?g|ico|woff2?|xls|xlsx|zip|gz)$/.test(file) && patterns.some((pattern) => pattern.test(read(file))));
  expect(naming).toEqual([]);
});

test("A file stays short enough to be read at one sitting", () => {
  const LINES = 350;
  const longer = sources.filter((file) => /^(subgraphs|gateway|transport|start)\//.test(file) && read(file).split("\n").length > LINES);
  expect(longer).toEqual([]);
});
