// Style of the page's modules and of their tests: what the type checker does not see.

import js from "@eslint/js";
import globals from "globals";

const SILENT = "A failure must be said: attempt(), makeQuiet() or report() of trouble.js.";

export default [
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals.browser },
    rules: {
      "array-callback-return": "error",
      "consistent-return": "error",
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "max-depth": ["error", 3],
      "max-len": ["error", { code: 110, ignoreUrls: true }],
      "max-lines": ["error", { max: 400 }],
      "no-alert": "error",
      "no-console": ["error", { allow: ["error"] }],
      "no-empty": "error",
      "no-implicit-coercion": "error",
      "no-param-reassign": "error",
      "no-promise-executor-return": "error",
      "no-shadow": ["error", { builtinGlobals: false, allow: ["resolve"] }],
      "no-throw-literal": "error",
      "no-unneeded-ternary": "error",
      "no-unused-vars": ["error", { args: "all", argsIgnorePattern: "^_" }],
      "no-use-before-define": ["error", { functions: false, variables: false }],
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-promise-reject-errors": "error",
      "require-atomic-updates": "off",
      "no-restricted-globals": ["error",
        { name: "localStorage", message: "It may be forbidden; go through storage.js." },
        { name: "sessionStorage", message: "It may be forbidden; go through storage.js." },
        { name: "event", message: "Take the event as an argument." }],
      "no-restricted-syntax": ["error",
        { selector: "CallExpression[callee.property.name='catch'] > ArrowFunctionExpression:matches("
            + "[body.type='Identifier'], [body.type='Literal'], [body.type='ObjectExpression'], "
            + "[body.type='ArrayExpression'], [body.type='UnaryExpression'], [body.body.length=0])",
        message: SILENT },
        { selector: "CallExpression[callee.property.name='catch'] > ArrowFunctionExpression[params.length=0]",
          message: SILENT },
        { selector: "CallExpression[callee.property.name='then'][arguments.length=1] > "
            + "MemberExpression > CallExpression[callee.name=/^(rpc|fetch)$/]",
        message: "Await it, so that its failure reaches somebody." },
        { selector: "ExpressionStatement > CallExpression[callee.name=/^(rpc|fetch)$/]", message: SILENT },
        { selector: "Program > VariableDeclaration > VariableDeclarator > "
            + "CallExpression[callee.name=/^(h|svg|matchMedia)$/]",
        message: "Built at import; build it in mount()." },
        { selector: "Program > ExpressionStatement > "
            + "CallExpression:not([callee.name=/^(test|before|after|afterEach)$/])",
        message: "Importing a module does nothing; do it in mount()." },
        { selector: "CallExpression[callee.property.name=/^(innerHTML|insertAdjacentHTML)$/], "
            + "AssignmentExpression[left.property.name=/^(innerHTML|outerHTML)$/]",
        message: "File names are not markup; text goes through h()." }],
    },
  },
  {
    files: ["tests/js/**"],
    languageOptions: { globals: globals.node },
  },
  {
    files: ["assets/js/api.js"], // generated: as long as there are operations
    rules: { "max-lines": "off" },
  },
  { ignores: ["**/node_modules/**"] },
];
