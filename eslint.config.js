import { readdirSync } from "node:fs";
import js from "@eslint/js";
import graphql from "@graphql-eslint/eslint-plugin";
import tseslint from "typescript-eslint";

const SUBGRAPHS = readdirSync("schema").flatMap((file) => /^(?!(?:api|common|supergraph)\.)(\w+)\.graphql$/.exec(file)?.[1] ?? []);
const API = "schema/api.graphql";
const OPERATIONS = "schema/operations/**/*.graphql";
const subgraphFile = (name) => `schema/generated/${name}.graphql`;

const CODE = ["**/*.ts", "**/*.tsx"];
const scopedTo = (files, configs) => configs.map((config) => ({ ...config, files }));

// One object for all schemas: graphql-eslint reads the first `graphQLConfig` it meets and no other.
const graphQLConfig = {
  projects: {
    ...Object.fromEntries(SUBGRAPHS.map((name) => [name, { schema: subgraphFile(name) }])),
    api: { schema: API, documents: OPERATIONS },
  },
};
const sdl = { languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig } }, plugins: { "@graphql-eslint": graphql } };

const { EnumValueDefinition, ...naming } = graphql.configs["flat/schema-recommended"].rules["@graphql-eslint/naming-convention"][1];
const schemaRules = {
  ...graphql.configs["flat/schema-recommended"].rules,
  "@graphql-eslint/naming-convention": [
    "error",
    { ...naming, "EnumTypeDefinition[name.value!=/(OrderField|GroupField|GroupLink|MeasureField|DateField)$/] > EnumValueDefinition": EnumValueDefinition }, // the values of these are names of fields
  ],
  "@graphql-eslint/description-style": "off", // a line or a block, as the text needs
  "@graphql-eslint/strict-id-in-types": "off", // entities have an id, value objects have none
  "@graphql-eslint/input-name": ["error", { checkInputType: false }],
  "@graphql-eslint/no-scalar-result-type-on-mutation": "error",
  "@graphql-eslint/relay-connection-types": "error",
  "@graphql-eslint/relay-edge-types": ["error", { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }],
  "@graphql-eslint/relay-page-info": "error",
};
const described = (options) => ["error", { FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true, ...options }];

export default [
  { ignores: ["dist/", "coverage/", "data/", "schema/generated/*.ts", "gateway/playground/public/"] },
  ...scopedTo(CODE, [js.configs.recommended, ...tseslint.configs.recommendedTypeChecked]),
  {
    files: CODE,
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ["gateway/playground/vite.config.ts"] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: "error",
      "@typescript-eslint/require-await": "off", // async also where it only turns a throw into a rejection
      "@typescript-eslint/unbound-method": "off", // interfaces here describe values that hold functions; `this` is only used inside classes
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    // Tests read answers whose shape the test itself is about.
    files: ["test/**/*.ts"],
    rules: Object.fromEntries(
      [
        "no-explicit-any",
        "no-unnecessary-type-assertion",
        "no-unsafe-argument",
        "no-unsafe-assignment",
        "no-unsafe-call",
        "no-unsafe-member-access",
        "no-unsafe-return",
      ].map((rule) => [`@typescript-eslint/${rule}`, "off"]),
    ),
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    rules: js.configs.recommended.rules,
    languageOptions: { globals: Object.fromEntries(["URL", "clearTimeout", "console", "fetch", "process", "setTimeout"].map((name) => [name, "readonly"])) },
  },

  // What clients see, and the subgraphs it is composed from.
  {
    files: [API],
    ...sdl,
    rules: {
      ...schemaRules,
      "@graphql-eslint/require-description": described({ types: true, ignoredSelectors: ["ObjectTypeDefinition[name.value=/^(Query|Mutation)$/]"] }),
    },
  },
  {
    files: SUBGRAPHS.map(subgraphFile),
    ...sdl,
    rules: {
      ...schemaRules,
      "@graphql-eslint/no-unreachable-types": "off", // roots are extended here, and what one subgraph does not reach another may
      "@graphql-eslint/require-description": described({ ignoredSelectors: ["FieldDefinition[name.value=id]"] }), // stubs of other portfolios' types are described by their owners
    },
  },
  {
    files: [OPERATIONS],
    ...sdl,
    rules: {
      ...graphql.configs["flat/operations-recommended"].rules,
      "@graphql-eslint/require-selections": "off",
      "@graphql-eslint/selection-set-depth": "off",
    },
  },
];
