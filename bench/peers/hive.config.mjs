/** Hive Gateway with its defaults; subgraphs are told who asks. */
import { defineConfig } from "@graphql-hive/gateway";

export const gatewayConfig = defineConfig({
  pollingInterval: 0,
  logging: "error",
  landingPage: false,
  graphiql: false,
  propagateHeaders: { fromClientToSubgraphs: ({ request }) => ({ "x-principal": request.headers.get("x-principal") ?? "" }) },
});
