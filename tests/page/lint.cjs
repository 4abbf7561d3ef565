// A linter for the page's modules: node --expose-internals lint.cjs FILE…
//
// It needs nothing but node, whose own parser (acorn) it borrows. Prints `file:line: what is wrong` and ends with 1 if
// anything is; with 3 where this node does not lend its parser.

"use strict";

const {basename, dirname, join} = require("node:path");
const {existsSync, readFileSync} = require("node:fs");

const LONGEST_FUNCTION = 60, LONGEST_MODULE = 400, MOST_CHARACTERS = 120;
const LANGUAGE = ["Array", "Boolean", "Date", "Error", "Infinity", "JSON", "Map", "Math", "NaN", "Number", "Object",
  "Promise", "RegExp", "Set", "String", "Symbol", "URLSearchParams", "encodeURIComponent", "undefined"];
const BROWSER = ["addEventListener", "Blob", "document", "history", "location", "matchMedia", "removeEventListener", "requestAnimationFrame",
  "ResizeObserver", "setTimeout", "URL"];
const NODE = ["TextEncoder", "globalThis", "process", "URL"];
const MARKUP = new Set(["innerHTML", "outerHTML", "insertAdjacentHTML", "write", "writeln"]);
const UNFORGEABLE = new Set(["document", "location", "top", "window"]); // a classic script cannot declare these

function parser() {
  try {
    return require("internal/deps/acorn/acorn/dist/acorn");
  } catch {
    process.stderr.write("node lends no parser: start it with --expose-internals\n");
    process.exit(3);
  }
}

// Names that a pattern binds, each with whether a rest beside it makes it useful although nothing reads it.
function bound(pattern, besideRest = false) {
  if (!pattern) return [];
  switch (pattern.type) {
    case "Identifier": return [{node: pattern, besideRest}];
    case "AssignmentPattern": return bound(pattern.left, besideRest);
    case "RestElement": return bound(pattern.argument);
    case "ArrayPattern": return pattern.elements.flatMap((each) => bound(each));
    case "ObjectPattern": {
      const rest = pattern.properties.some(({type}) => type === "RestElement");
      return pattern.properties.flatMap((each) => bound(each.value || each, rest));
    }
    default: return [];
  }
}

class Scope {
  constructor(parent) {
    this.parent = parent;
    this.names = new Map();
  }

  find(name) {
    return this.names.get(name) || (this.parent ? this.parent.find(name) : null);
  }
}

class Module {
  constructor(path, text, tree) {
    Object.assign(this, {path, text, tree, told: [], imports: [], exports: new Map(), free: new Set()});
    this.top = new Scope(null);
    this.declareAll(tree.body, this.top);
    for (const node of tree.body) this.visit(node, this.top);
    this.judgeNames(this.top);
  }

  tell(node, text) {
    this.told.push([node.loc.start.line, text]);
  }

  declare(scope, node, kind, more = {}) {
    const outer = scope === this.top ? null : this.top.names.get(node.name);
    if (outer) this.tell(node, `${node.name} hides the module's own name of line ${outer.node.loc.start.line}`);
    scope.names.set(node.name, {node, kind, reads: 0, writes: 0, ...more});
  }

  declareAll(body, scope) {
    for (const statement of body) {
      const node = statement.type === "ExportNamedDeclaration" && statement.declaration || statement;
      const exported = node !== statement;
      if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") {
        this.declare(scope, node.id, "function", {exported});
        if (exported) this.exports.set(node.id.name, node);
      } else if (node.type === "VariableDeclaration") this.declareVariables(node, scope, exported);
      else if (node.type === "ImportDeclaration") this.declareImport(node, scope);
    }
  }

  declareVariables(node, scope, exported = false) {
    if (node.kind === "var") this.tell(node, "var: use const or let");
    for (const {id, init} of node.declarations) {
      const group = bound(id), names = group.map((each) => each.node.name);
      for (const {node: name, besideRest} of group) {
        this.declare(scope, name, node.kind, {exported, besideRest, names, hasValue: init !== null});
        if (exported) this.exports.set(name.name, name);
      }
    }
  }

  declareImport(node, scope) {
    for (const specifier of node.specifiers) {
      this.declare(scope, specifier.local, "import");
      const name = specifier.type === "ImportSpecifier" ? specifier.imported.name : null;
      this.imports.push({from: node.source.value, name, node});
    }
  }

  visit(node, scope) {
    if (!node || typeof node.type !== "string") return;
    const own = this[`visit${node.type}`];
    if (own) own.call(this, node, scope); else this.visitChildren(node, scope);
  }

  visitChildren(node, scope) {
    for (const [key, value] of Object.entries(node)) {
      if (key === "loc") continue;
      for (const each of [value].flat()) if (each && typeof each === "object") this.visit(each, scope);
    }
  }

  visitImportDeclaration() {}

  visitExportNamedDeclaration(node, scope) {
    if (!node.declaration) this.tell(node, "export a declaration where it stands");
    this.visit(node.declaration, scope);
  }

  visitIdentifier(node, scope) {
    const known = scope.find(node.name);
    if (known) known.reads++; else this.free.add(node);
  }

  visitMemberExpression(node, scope) {
    this.visit(node.object, scope);
    if (node.computed) this.visit(node.property, scope);
    else if (MARKUP.has(node.property.name)) this.tell(node, `${node.property.name} writes markup`);
  }

  visitProperty(node, scope) {
    if (node.computed) this.visit(node.key, scope);
    this.visit(node.value, scope);
  }

  visitMethodDefinition(node, scope) {
    this.visitProperty(node, scope);
  }

  visitPropertyDefinition(node, scope) {
    this.visitProperty(node, scope);
  }

  visitClassDeclaration(node, scope) {
    this.visit(node.superClass, scope);
    this.visit(node.body, scope);
  }

  visitLabeledStatement(node, scope) {
    this.visit(node.body, scope);
  }

  visitBreakStatement() {}

  visitContinueStatement() {}

  visitBinaryExpression(node, scope) {
    if (node.operator === "==" || node.operator === "!=") this.tell(node, `${node.operator}: use ${node.operator}=`);
    this.visitChildren(node, scope);
  }

  visitAssignmentExpression(node, scope) {
    const names = bound(node.left);
    for (const {node: name} of names) this.write(name, scope);
    if (node.operator !== "=" || !names.length) this.visit(node.left, scope); else this.visitDefaults(node.left, scope);
    this.visit(node.right, scope);
  }

  visitUpdateExpression(node, scope) {
    if (node.argument.type === "Identifier") this.write(node.argument, scope);
    this.visit(node.argument, scope);
  }

  write(name, scope) {
    const known = scope.find(name.name);
    if (!known) this.free.add(name);
    else if (["const", "import"].includes(known.kind)) this.tell(name, `${name.name} is assigned, but constant`);
    else known.writes++;
  }

  // What a pattern evaluates: defaults and computed keys; the names that it binds are not read.
  visitDefaults(pattern, scope) {
    if (!pattern) return;
    if (pattern.type === "AssignmentPattern") {
      this.visitDefaults(pattern.left, scope);
      this.visit(pattern.right, scope);
    } else if (pattern.type === "ArrayPattern") pattern.elements.forEach((each) => this.visitDefaults(each, scope));
    else if (pattern.type === "ObjectPattern") {
      pattern.properties.forEach((each) => this.visitDefaults(each.value || each.argument, scope));
    } else if (pattern.type === "RestElement") this.visitDefaults(pattern.argument, scope);
    else if (pattern.type === "MemberExpression") this.visit(pattern, scope);
  }

  visitVariableDeclaration(node, scope) {
    for (const {id, init} of node.declarations) {
      this.visitDefaults(id, scope);
      this.visit(init, scope);
    }
  }

  inside(scope, body, names, visit) {
    const inner = new Scope(scope);
    names(inner);
    this.declareAll(body, inner);
    visit(inner);
    this.judgeNames(inner);
  }

  visitBlockStatement(node, scope) {
    this.inside(scope, node.body, () => {}, (inner) => node.body.forEach((each) => this.visit(each, inner)));
  }

  visitForStatement(node, scope) {
    const first = node.init || node.left, body = first && first.type === "VariableDeclaration" ? [first] : [];
    this.inside(scope, body, () => {}, (inner) => this.visitChildren(node, inner));
  }

  visitForOfStatement(node, scope) {
    this.visitForStatement(node, scope);
  }

  visitForInStatement(node, scope) {
    this.visitForStatement(node, scope);
  }

  visitCatchClause(node, scope) {
    const names = (inner) => bound(node.param).forEach((each) => this.declare(inner, each.node, "parameter"));
    this.inside(scope, [], names, (inner) => this.visit(node.body, inner));
  }

  visitFunctionDeclaration(node, scope) {
    const lines = node.loc.end.line - node.loc.start.line + 1;
    if (lines > LONGEST_FUNCTION) this.tell(node, `a function of ${lines} lines: at most ${LONGEST_FUNCTION}`);
    const kind = (index) => (index < node.params.length - 1 ? "passed" : "parameter");
    const names = (inner) => node.params.forEach((parameter, index) => {
      for (const {node: name, besideRest} of bound(parameter)) this.declare(inner, name, kind(index), {besideRest});
    });
    const block = node.body.type === "BlockStatement";
    this.inside(scope, block ? node.body.body : [], names, (inner) => {
      node.params.forEach((parameter) => this.visitDefaults(parameter, inner));
      if (block) node.body.body.forEach((each) => this.visit(each, inner)); else this.visit(node.body, inner);
    });
  }

  visitFunctionExpression(node, scope) {
    this.visitFunctionDeclaration(node, scope);
  }

  visitArrowFunctionExpression(node, scope) {
    this.visitFunctionDeclaration(node, scope);
  }

  judgeNames(scope) {
    for (const [name, {node, kind, reads, writes, exported, besideRest, names, hasValue}] of scope.names) {
      const useful = exported || besideRest || kind === "passed" || /^_/.test(name);
      if (!reads && !useful) this.tell(node, `${name} is never used`);
      const constant = () => names.every((each) => scope.names.get(each).writes === 0);
      if (kind === "let" && hasValue && !writes && constant()) this.tell(node, `${name} never changes: use const`);
    }
  }
}

// What is wrong inside one module.
function judge(module, isTest) {
  const drawing = isTest || basename(module.path) === "dom.js" || module.imports.some(({from}) => from === "./dom.js");
  const known = new Set([...LANGUAGE, ...(isTest ? NODE : drawing ? BROWSER : [])]);
  for (const node of module.free) if (!known.has(node.name)) module.tell(node, unknownName(node.name, drawing));
  const lines = module.text.split("\n");
  const count = lines.length - 1;
  if (count > LONGEST_MODULE) module.told.push([count, `a module of ${count} lines: at most ${LONGEST_MODULE}`]);
  if (lines[lines.length - 1] !== "") module.told.push([lines.length, "no newline at the end"]);
  lines.forEach((line, index) => {
    if ([...line].length > MOST_CHARACTERS) module.told.push([index + 1, `a line above ${MOST_CHARACTERS} characters`]);
    if (/\s$|\t/.test(line)) module.told.push([index + 1, "a tab, or a blank at the end of a line"]);
  });
  if (isTest) return;
  for (const [name, {node}] of module.top.names) {
    if (UNFORGEABLE.has(name) || BROWSER.includes(name)) module.tell(node, `${name} is the browser's own`);
  }
}

function unknownName(name, drawing) {
  if (!drawing && BROWSER.includes(name)) return `${name}: only a module that imports ./dom.js may use the browser`;
  return `${name} is not declared: import it`;
}

// What is wrong between modules: imports of what is not there, exports that nobody imports.
function judgeTogether(modules) {
  const byPath = new Map(modules.map((module) => [module.path, module])), wanted = new Set();
  for (const module of modules) {
    for (const {from, name, node} of module.imports) {
      if (!from.startsWith(".")) continue;
      const path = join(dirname(module.path), from), other = byPath.get(path);
      wanted.add(`${path} ${name}`);
      if (other ? !other.exports.has(name) : !existsSync(path)) module.tell(node, `${from} does not export ${name}`);
    }
  }
  for (const {path, exports, told} of modules) {
    for (const [name, node] of exports) {
      if (!wanted.has(`${path} ${name}`)) told.push([node.loc.start.line, `${name} is exported, but imported nowhere`]);
    }
  }
}

function main(paths) {
  const acorn = parser(), modules = [];
  let wrong = 0;
  const print = (path, line, text) => { wrong++; process.stdout.write(`${path}:${line}: ${text}\n`); };
  for (const path of paths) {
    const text = readFileSync(path, "utf8");
    try {
      const tree = acorn.parse(text, {ecmaVersion: "latest", sourceType: "module", locations: true});
      modules.push(new Module(path, text, tree));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      print(path, error.loc.line, error.message);
    }
  }
  for (const module of modules) judge(module, module.path.endsWith(".mjs"));
  judgeTogether(modules);
  for (const {path, told} of modules) {
    for (const [line, text] of told.sort((a, b) => a[0] - b[0])) print(path, line, text);
  }
  process.exitCode = wrong ? 1 : 0;
}

main(process.argv.slice(2));
