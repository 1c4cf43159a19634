/** Apollo's own gateway as its documentation starts it, SUPERGRAPH being a file. Subgraphs are told who asks. */
import { readFileSync } from "node:fs";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";

class Source extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.principal) request.http.headers.set("x-principal", context.principal);
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(process.env.SUPERGRAPH, "utf8"),
  buildService: ({ url }) => new Source({ url }),
});
const server = new ApolloServer({ gateway });
await startStandaloneServer(server, {
  listen: { port: Number(process.env.PORT), host: "127.0.0.1" },
  context: async ({ req }) => ({ principal: req.headers["x-principal"] }),
});
