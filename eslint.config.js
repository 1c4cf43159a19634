import js from "@eslint/js";
import graphql from "@graphql-eslint/eslint-plugin";
import tseslint from "typescript-eslint";

const SUBGRAPHS = ["customer", "agreement", "service", "project", "application", "people", "insight"];
const CODE = ["**/*.ts", "**/*.tsx"];

export default [
  { ignores: ["dist/", "coverage/", "data/", "schema/generated/*.ts", "gateway/playground/public/"] },
  ...[js.configs.recommended, ...tseslint.configs.recommendedTypeChecked].map((config) => ({ ...config, files: CODE })),
  {
    files: CODE,
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["gateway/playground/vite.config.ts"] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: "error",
    },
  },
  { files: ["**/*.js", "**/*.mjs"], ...js.configs.recommended, languageOptions: { globals: { console: "readonly", process: "readonly" } } },
  ...SUBGRAPHS.map((name) => ({
    files: [`schema/generated/${name}.graphql`],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: `schema/generated/${name}.graphql` } } },
    plugins: { "@graphql-eslint": graphql },
    rules: graphql.configs["flat/schema-recommended"].rules,
  })),
];
