import ts from 'typescript';
import { isProgram, isTest, lineOf, listFiles, parse, readText, walk } from './source-files.mjs';

/** @typedef {import('./source-files.mjs').Finding} Finding */
/** @typedef {{ file: string, source: ts.SourceFile, report: (rule: string, node: ts.Node, message: string) => void }} Reading */

const vagueWords = /^(service|manager|helpers?|utils?|common|shared)$/;
const vagueType = /(Service|Manager|Helpers?|Utils?)$/;
const fileName = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const features = 'access|audit|cases|directory|documents|login|messages|operations|tasks';
const serverSide = new RegExp(`^(apps/api|libs/(${features}))/`);
const injectionOnly = new Set(['Injectable', 'Inject', 'Optional']);

/** Text that must not stand in any file of ours; built so that the patterns do not match themselves. */
const forbiddenText = [
  {
    rule: 'machine-path',
    pattern: /(^|[\s"'`(=])\/(?:home|Users|root|w[o]rk|f[a]rm)\/[\w.-]/,
    message: 'a path of one machine',
  },
  { rule: 'download-address', pattern: /"resolved":\s*"http/, message: 'a download address' },
  { rule: 'open-mark', pattern: /\b(?:TO[D]O|FIX[M]E|HA[C]K|X[X]X)\b/, message: 'an open mark; do it or file it' },
  { rule: 'test-retry', pattern: /\bretryTimes\s*\(/, message: 'a retried test hides a race' },
];

/**
 * Rules about words: names that say nothing, identifiers that may not stand on the server, text that ties the project
 * to one machine.
 * @param {string} root @returns {Finding[]}
 */
export function checkWords(root) {
  const files = listFiles(root);
  const text = files.filter((path) =>
    /\.(ts|tsx|mjs|cjs|json|md|ya?ml|sh|sql|graphql)$|^\.ci\/|Dockerfile$/.test(path),
  );
  return [
    ...files.filter(isProgram).flatMap(checkPath),
    ...text.flatMap((path) => checkText(root, path)),
    ...files.filter(isProgram).flatMap((path) => checkProgram(root, path)),
  ];
}

/** @param {string} path @returns {Finding[]} */
function checkPath(path) {
  const parts = path.split('/');
  const words = parts.flatMap((part) => part.split('.')).map((segment) => segment.split('-').at(-1) ?? '');
  const vague = words.find((word) => vagueWords.test(word));
  const at = { file: path, line: 1 };
  /** @type {Finding[]} */
  const findings = [];
  if (vague !== undefined)
    findings.push({ rule: 'vague-file-name', ...at, message: `"${vague}" says nothing: find the noun` });
  if (!fileName.test(parts.at(-1) ?? ''))
    findings.push({ rule: 'file-name-case', ...at, message: 'file names are kebab-case' });
  return findings;
}

/** @param {string} root @param {string} path @returns {Finding[]} */
function checkText(root, path) {
  const lines = readText(root, path).text.split('\n');
  return forbiddenText.flatMap(({ rule, pattern, message }) =>
    lines.flatMap((line, index) => (pattern.test(line) ? [{ rule, file: path, line: index + 1, message }] : [])),
  );
}

/** @param {string} root @param {string} path @returns {Finding[]} */
function checkProgram(root, path) {
  const source = parse(readText(root, path));
  /** @type {Finding[]} */
  const findings = [];
  /** @type {Reading} */
  const reading = {
    file: path,
    source,
    report: (rule, node, message) => findings.push({ rule, file: path, line: lineOf(source, node), message }),
  };
  walk(source, (node) => {
    checkDeclaredName(reading, node);
    checkServerWords(reading, node);
    checkCasts(reading, node);
    checkFrameworkUse(reading, node);
  });
  return findings;
}

/** @param {Reading} reading @param {ts.Node} node */
function checkDeclaredName({ report }, node) {
  const named = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
  if (named && node.name !== undefined && vagueType.test(node.name.text)) {
    report('vague-type-name', node, `"${node.name.text}" says nothing: find the noun`);
  }
}

/** Content is opened on clients only, so nothing on the server may even be named after it. @param {Reading} reading @param {ts.Node} node */
function checkServerWords({ file, report }, node) {
  if (serverSide.test(file) && ts.isIdentifier(node) && /^Open[A-Z]/.test(node.text)) {
    report('opened-content-on-server', node, `"${node.text}": opened content has no place on the server`);
  }
}

/** @param {Reading} reading @param {ts.Node} node */
function checkCasts({ file, report }, node) {
  if (ts.isAsExpression(node) && ts.isAsExpression(node.expression)) {
    if (node.expression.type.kind === ts.SyntaxKind.UnknownKeyword)
      report('double-cast', node, '"as unknown as" hides a mistake');
  }
  if (ts.isEnumDeclaration(node) && !/\/graphql\//.test(file)) {
    report('enum', node, 'use a const object and a union type; an enum only for GraphQL');
  }
}

/** @param {Reading} reading @param {ts.Node} node */
function checkFrameworkUse(reading, node) {
  const { file, report } = reading;
  if (
    ts.isPropertyAssignment(node) &&
    node.name.getText() === 'synchronize' &&
    node.initializer.kind !== ts.SyntaxKind.FalseKeyword
  ) {
    report('synchronize', node, 'the schema comes from migrations only');
  }
  if (ts.isIdentifier(node) && node.text === 'forwardRef')
    report('forward-ref', node, 'a circle of modules: use an event or a port');
  if (ts.isImportDeclaration(node)) checkApplicationImport(reading, node);
  if (!isTest(file) && !file.startsWith('tools/') && isEnvironment(node) && !file.startsWith('libs/platform/config/')) {
    report('environment', node, 'the environment is read in libs/platform/config only');
  }
}

/** @param {ts.Node} node */
function isEnvironment(node) {
  return ts.isPropertyAccessExpression(node) && node.name.text === 'env' && node.expression.getText() === 'process';
}

/** Use cases take part in injection and know nothing else of the framework. @param {Reading} reading @param {ts.ImportDeclaration} node */
function checkApplicationImport({ file, report }, node) {
  if (!/^libs\/[^/]+\/src\/application\//.test(file) || isTest(file) || !ts.isStringLiteral(node.moduleSpecifier))
    return;
  if (!node.moduleSpecifier.text.startsWith('@nestjs/')) return;
  const bindings = node.importClause?.namedBindings;
  const names =
    bindings !== undefined && ts.isNamedImports(bindings)
      ? bindings.elements.map((element) => (element.propertyName ?? element.name).text)
      : ['*'];
  const foreign = names.find((name) => !injectionOnly.has(name));
  if (foreign !== undefined)
    report('framework-in-application', node, `a use case may import Injectable and Inject, not ${foreign}`);
}
