/** PostGraphile with its recommended preset over the copy at POSTGRES_URL; only queries, since no others are asked. */
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const server = createServer();
const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.env.POSTGRES_URL, schemas: ["graph"], poolConfig: { max: 16 } })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false },
  grafast: { explain: false },
});
await instance.createServ(grafserv).addTo(server);
// Its schema is there before it listens.
await instance.getSchema();
server.listen(Number(process.env.PORT), "127.0.0.1");
