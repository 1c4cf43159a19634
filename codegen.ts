import type { CodegenConfig } from "@graphql-codegen/cli";
import { ports } from "./subgraphs/list.js";

/** TypeScript types of each subgraph's enums, inputs and value objects. */
const config: CodegenConfig = {
  generates: Object.fromEntries(
    Object.keys(ports).map((name) => [
      `schema/generated/${name}.ts`,
      {
        schema: `schema/generated/${name}.graphql`,
        plugins: ["typescript"],
        config: {
          enumsAsTypes: true,
          useTypeImports: true,
          strictScalars: true,
          scalars: {
            ID: "string",
            Date: "string",
            DateTime: "string",
            Decimal: "string",
            JSON: "unknown",
            federation__FieldSet: "string",
            link__Import: "string",
            _FieldSet: "string",
          },
        },
      },
    ]),
  ),
};
export default config;
