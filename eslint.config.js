import js from "@eslint/js";
import graphql from "@graphql-eslint/eslint-plugin";
import tseslint from "typescript-eslint";

const CODE = ["**/*.ts", "**/*.tsx"];
const SUBGRAPHS = ["customer", "agreement", "service", "project", "application", "people", "insight"];

const described = { types: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true };
const schemaRules = {
  ...graphql.configs["flat/schema-recommended"].rules,
  "@graphql-eslint/require-description": ["error", described],
  // One line or a block, as long as the text asks for.
  "@graphql-eslint/description-style": "off",
  // Entities have an id, value objects have none; test/schema says which is which.
  "@graphql-eslint/strict-id-in-types": "off",
  "@graphql-eslint/input-name": ["error", { checkInputType: false }],
  "@graphql-eslint/no-scalar-result-type-on-mutation": "error",
  "@graphql-eslint/relay-connection-types": "error",
  "@graphql-eslint/relay-edge-types": ["error", { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }],
  "@graphql-eslint/relay-page-info": "error",
};
// The values of XOrderField are names of fields.
const [severity, naming] = schemaRules["@graphql-eslint/naming-convention"];
const { EnumValueDefinition, ...otherNames } = naming;
schemaRules["@graphql-eslint/naming-convention"] = [severity, { ...otherNames, "EnumTypeDefinition[name.value!=/OrderField$/] > EnumValueDefinition": EnumValueDefinition }];
const graphQLConfig = { projects: { ...Object.fromEntries(SUBGRAPHS.map((name) => [name, {schema: `schema/generated/${name}.graphql`}])), api: {schema: "schema/api.graphql", documents: "schema/operations/**/*.graphql" }} };
export default [
  { ignores: ["dist/", "coverage/", "data/", "schema/generated/*.ts", "gateway/playground/public/"] },
  {
    files: [`schema/generated/*.graphql`, "schema/api.graphql"],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig } },
    plugins: { "@graphql-eslint": graphql },
    rules: schemaRules,
  },
  {
    files: [`schema/operations/**/*.graphql`],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig } },
    plugins: { "@graphql-eslint": graphql },
    rules: graphql.configs["flat/operations-recommended"].rules,
  },
];
