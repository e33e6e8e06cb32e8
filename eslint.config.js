// The style of the page's JavaScript; for development only, see package.json.
import js from "@eslint/js";
import globals from "globals";

const rules = {
  "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "none" }],
  "prefer-const": "error",
  "no-var": "error",
  eqeqeq: "error",
  curly: ["error", "multi-line"],
  "no-shadow": "error",
  "no-implicit-globals": "error",
  "no-restricted-globals": ["error", "event", "name", "length", "top", "parent", "status"],
  "max-lines": ["error", 500],
  "max-params": ["error", 7],
};

export default [
  js.configs.recommended,
  { files: ["musegen/ui/web/**/*.js"], languageOptions: { globals: globals.browser }, rules },
  { files: ["musegen/ui/shell/**/*.js"], languageOptions: { globals: globals.serviceworker }, rules },
  { files: ["tests/web/**/*.js", "eslint.config.js"], languageOptions: { globals: globals.node }, rules },
  { ignores: [".venv/", "node_modules/", "**/*.d.ts"] },
];
