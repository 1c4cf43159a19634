/** `node compose.mjs FILE NAME=URL…`: writes the supergraph of the usual subgraphs at those URLs. */
import { writeFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { subgraphSdl } from "./usual.mjs";

const [file, ...pairs] = process.argv.slice(2);
const services = pairs.map((pair) => {
  const [name, url] = pair.split("=");
  return { name, url, typeDefs: parse(subgraphSdl(name)) };
});
const { errors, supergraphSdl } = composeServices(services);
if (errors) throw new Error(errors.map(({ message }) => message).join("\n"));
writeFileSync(file, supergraphSdl);
