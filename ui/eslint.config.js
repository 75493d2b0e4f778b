import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "node_modules", "src/generated"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"] } },
  },
  {
    rules: {
      "no-undef": "off",
      "no-eval": "error",
      "no-implied-eval": "error",
      "svelte/no-at-html-tags": "error",
      "svelte/require-each-key": "error",
      "svelte/prefer-svelte-reactivity": "off",
      // A static style attribute is refused by the windows' policy; `style:x={"..."}` goes through the object model.
      "svelte/no-useless-mustaches": "off",
      "no-restricted-properties": ["error", { property: "innerHTML", message: "text from outside is a text node" }],
    },
  },
);
