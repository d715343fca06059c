import { join } from 'node:path';
import ts from 'typescript';
import { isProgram, isTest, lineOf, listFiles, walk } from '../checks/source-files.mjs';

/** @typedef {{ code: string, families: Set<string>, messages: Set<string>, places: Set<string> }} ErrorEntry */
/** @typedef {{ checker: ts.TypeChecker, entries: Map<string, ErrorEntry>, faults: string[] }} Collection */

const root = 'RogatoryError';
const toldByServer = 'ServerToldError';
const families = new Map([
  ['UsageError', 'usage'],
  ['RefusedError', 'refused'],
  ['VerificationError', 'verification'],
  ['CodecError', 'codec'],
  ['UnavailableError', 'unavailable'],
  ['InternalError', 'internal'],
]);
const codeForm = /^[a-z0-9-]+\/[a-z0-9-]+$/;

/** @param {string} folder @returns {ts.Program} */
function programOf(folder) {
  const files = listFiles(folder).filter(
    (path) => /^(apps|libs)\/.*\.tsx?$/.test(path) && isProgram(path) && !isTest(path),
  );
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, folder);
  return ts.createProgram(
    files.map((path) => join(folder, path)),
    { ...options, composite: false, noEmit: true },
  );
}

/** Names of a class and what it extends, nearest first. @param {ts.TypeChecker} checker @param {ts.Type} type @returns {string[]} */
function lineage(checker, type) {
  const name = type.symbol?.name;
  if (name === undefined) return [];
  const bases =
    type.isClassOrInterface() || type.symbol.flags & ts.SymbolFlags.Class
      ? checker.getBaseTypes(classOf(checker, type))
      : [];
  return [name, ...bases.flatMap((base) => lineage(checker, base))];
}

/** @param {ts.TypeChecker} checker @param {ts.Type} type @returns {ts.InterfaceType} */
function classOf(checker, type) {
  return /** @type {ts.InterfaceType} */ (checker.getDeclaredTypeOfSymbol(type.symbol));
}

/** All values of a type made of string literals; `undefined` when it is wider. @param {ts.Type} type @returns {string[] | undefined} */
function literalsOf(type) {
  if (type.isStringLiteral()) return [type.value];
  if (!type.isUnion()) return undefined;
  const values = type.types.map((part) => (part.isStringLiteral() ? part.value : undefined));
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** @param {ts.TypeChecker} checker @param {ts.Expression} expression */
function codesOf(checker, expression) {
  const type = checker.getTypeAtLocation(expression);
  const constraint = type.isTypeParameter() ? checker.getBaseConstraintOfType(type) : undefined;
  return literalsOf(constraint ?? type);
}

/**
 * The static text of a message: a literal, or the entry of a code in a table of literals (`messages[code]`).
 * @param {ts.TypeChecker} checker @param {ts.Expression} message @param {string} code @returns {string | undefined}
 */
function textOf(checker, message, code) {
  if (ts.isStringLiteralLike(message)) return message.text;
  if (!ts.isElementAccessExpression(message)) return undefined;
  const table = checker.getSymbolAtLocation(message.expression)?.valueDeclaration;
  if (table === undefined || !ts.isVariableDeclaration(table) || table.initializer === undefined) return undefined;
  const literal = ts.isAsExpression(table.initializer) ? table.initializer.expression : table.initializer;
  if (!ts.isObjectLiteralExpression(literal)) return undefined;
  const entry = literal.properties.find(
    (property) => ts.isPropertyAssignment(property) && ts.isStringLiteral(property.name) && property.name.text === code,
  );
  return entry !== undefined && ts.isPropertyAssignment(entry) && ts.isStringLiteralLike(entry.initializer)
    ? entry.initializer.text
    : undefined;
}

/**
 * Code and message that a `new` gives: its own arguments, or those that the class hands to `super` itself.
 * @param {ts.TypeChecker} checker @param {ts.NewExpression} node @returns {readonly ts.Expression[]}
 */
function argumentsOf(checker, node) {
  const declaration = checker.getTypeAtLocation(node).symbol?.valueDeclaration;
  const own = declaration === undefined ? undefined : superCallOf(declaration);
  const isLiteral =
    own?.arguments[0] !== undefined && ts.isStringLiteral(own.arguments[0]) && codeForm.test(own.arguments[0].text);
  return isLiteral ? own.arguments : (node.arguments ?? []);
}

/** @param {ts.Declaration} declaration @returns {ts.CallExpression | undefined} */
function superCallOf(declaration) {
  /** @type {ts.CallExpression | undefined} */
  let found;
  walk(declaration, (inner) => {
    if (ts.isCallExpression(inner) && inner.expression.kind === ts.SyntaxKind.SuperKeyword) found ??= inner;
  });
  return found;
}

/** @param {Collection} collection @param {ts.SourceFile} source @param {string} path @param {ts.NewExpression} node */
function collect({ checker, entries, faults }, source, path, node) {
  const ancestors = lineage(checker, checker.getTypeAtLocation(node));
  // What a server told keeps the server's code, which the server's own sources list.
  if (!ancestors.includes(root) || ancestors.includes(toldByServer)) return;
  const family = ancestors.map((name) => families.get(name)).find((name) => name !== undefined);
  const [code, message] = argumentsOf(checker, node);
  const codes = code === undefined ? undefined : codesOf(checker, code);
  if (family === undefined || codes === undefined || !codes.every((value) => codeForm.test(value))) {
    faults.push(`${path}:${lineOf(source, node)} an error whose family and code are not known at compile time`);
    return;
  }
  for (const value of codes) {
    /** @type {ErrorEntry} */
    const entry = entries.get(value) ?? { code: value, families: new Set(), messages: new Set(), places: new Set() };
    entry.families.add(family);
    const text = message === undefined ? undefined : textOf(checker, message, value);
    if (text !== undefined) entry.messages.add(text);
    entry.places.add(path);
    entries.set(value, entry);
  }
}

/**
 * The list of error codes, read from the program: each `new` of a class below `RogatoryError`, with the type of its code.
 * Throws when a code or family cannot be told from the types. Needs the build (`tsc -b`).
 * @param {string} folder @returns {string}
 */
export function generateErrors(folder) {
  const program = programOf(folder);
  /** @type {Collection} */
  const collection = { checker: program.getTypeChecker(), entries: new Map(), faults: [] };
  for (const source of program.getSourceFiles()) {
    const path = source.fileName.slice(folder.length + 1);
    if (source.isDeclarationFile || !/^(apps|libs)\//.test(path)) continue;
    walk(source, (node) => {
      if (ts.isNewExpression(node)) collect(collection, source, path, node);
    });
  }
  if (collection.faults.length > 0) throw new Error(collection.faults.join('\n'));
  return render([...collection.entries.values()]);
}

/** @param {readonly ErrorEntry[]} entries */
function render(entries) {
  const rows = entries
    .toSorted((one, other) => (one.code < other.code ? -1 : 1))
    .map(({ code, families: kinds, messages, places }) => {
      const files = [...places].sort().map((path) => `\`${path}\``);
      return `| \`${code}\` | ${[...kinds].sort().join(', ')} | ${[...messages].sort().join('; ').replaceAll('|', '\\|')} | ${files.join(', ')} |`;
    });
  return `# Error codes

Generated by \`npm run generate\` from the program; do not edit. A code is stable; catch by code or family, never by message.
Families: *usage* (the caller's bug), *refused* (policy or state says no; "absent" and "forbidden" are one answer),
*verification* (a signature, tag or proof does not hold), *codec* (bytes without the form they must have), *unavailable*
(may succeed later), *internal* (our bug).

| code | family | message | raised in |
|---|---|---|---|
${rows.join('\n')}
`;
}
