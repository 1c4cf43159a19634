/** A process that creates people: `writer.ts NAME COUNT`, on the database the settings name. */
import { openPortfolios } from "../../start/portfolios.js";
import { readDatabaseSettings } from "../../subgraphs/kernel/settings.js";

const [name, count] = process.argv.slice(2);
const { local, close } = await openPortfolios(readDatabaseSettings());
const call = { principal: { subject: `writer ${name}`, roles: [], customers: null }, requestId: "test" };
const writer = local.get("people")!.writer(call);
for (let i = 0; i < Number(count); i++) {
  const { problems } = await writer.create("Person", { code: `${name}-${i}`, name: "n" });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
}
await close();
