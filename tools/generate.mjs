/**
 * Writes the generated files that are kept in the repository: `node tools/generate.mjs`. With `--check` it writes nothing
 * and exits 1 when one differs from what the program says now. Needs the build. A new artefact is one line in `artefacts`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateAccessMatrix } from './generators/access-matrix.mjs';
import { generateAuditCoverage } from './generators/audit-coverage.mjs';
import { generateCliReference } from './generators/cli-reference.mjs';
import { generateErrors } from './generators/errors.mjs';
import { generateOperations, generateTrustedDocuments } from './generators/operations.mjs';
import { generateSchema } from './generators/schema.mjs';
import { generateTaskTransitions } from './generators/task-transitions.mjs';

/** @type {readonly { file: string, generate: (root: string) => string | Promise<string> }[]} */
const artefacts = [
  // First: the operations are checked against it.
  { file: 'schema.graphql', generate: generateSchema },
  { file: 'docs/audit-coverage.md', generate: generateAuditCoverage },
  { file: 'docs/access-matrix.md', generate: generateAccessMatrix },
  { file: 'docs/task-transitions.md', generate: generateTaskTransitions },
  { file: 'docs/errors.md', generate: generateErrors },
  { file: 'docs/cli-reference.md', generate: generateCliReference },
  { file: 'libs/client/src/operations.generated.ts', generate: generateOperations },
  { file: 'apps/api/src/trusted-documents.generated.ts', generate: generateTrustedDocuments },
];

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = process.cwd();
for (const { file, generate } of artefacts) {
  const target = join(root, file);
  const wanted = await generate(root);
  const present = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
  if (present === wanted) continue;
  if (values.check) {
    console.error(`${file} is out of date: run "npm run generate" and review the difference`);
    process.exitCode = 1;
  } else {
    writeFileSync(target, wanted);
    console.log(`wrote ${file}`);
  }
}
