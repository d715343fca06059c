import {
  type AuthorityCalendar,
  type Finding,
  FindingsEngine,
  type FindingsInput,
  parseCalendarFile,
} from '@rogatory/findings';
import {
  type ClaimVerdict,
  type DirectoryFacts,
  notChecked,
  type PassedRange,
  type PassingRecord,
  type RecordCheck,
  type RunFacts,
  verdictOf,
} from '@rogatory/evidence';
import { type AuthorityId, limits } from '@rogatory/kernel';
import type { VerifyRequest } from './command-line.js';
import { readBounded } from './evidence-files.js';

export interface FindingsOptions {
  readonly calendars: readonly AuthorityCalendar[];
  readonly directory: DirectoryFacts | undefined;
}

/**
 * What somebody should look at, computed from the records of an export alone and by the reader's own working hours.
 * Findings do not fail: each has to be explained by somebody. SPEC: findings 7
 */
export class FindingsCheck implements RecordCheck {
  readonly #options: FindingsOptions;
  #engine: FindingsEngine | undefined;
  #found: readonly Finding[] = [];

  constructor(options: FindingsOptions) {
    this.#options = options;
  }

  /** Once the claim was asked for. */
  get findings(): readonly Finding[] {
    return this.#found;
  }

  /** Rules remember: what began before the range cannot be told from what began in it. */
  begin({ first, scope }: RunFacts): void {
    if (first === 0) this.#engine = new FindingsEngine(this.#input(scope));
  }

  take(record: PassingRecord): void {
    // A leaf that is none was passed over, and fails a claim of its own; the places behind it are not those of the log.
    if (this.#engine?.nextIndex === record.index) this.#engine.push(record);
  }

  claim({ first: begin, end, isProven }: PassedRange): ClaimVerdict {
    const engine = this.#engine;
    if (engine === undefined) return notChecked('findings', begin === 0 ? 'none-open' : 'not-from-the-start');
    if (engine.nextIndex !== end) return notChecked('findings', 'leaves');
    this.#found = engine.take();
    const facts = {
      basis: 'calendars' as const,
      count: engine.nextIndex,
      findings: this.#found.length,
      notChecked: engine.forgotten,
    };
    const [first] = this.#found;
    if (first !== undefined) {
      const place = first.records[0]?.index;
      const at = place === undefined ? {} : { firstBadIndex: place };
      return verdictOf('findings', 'not-checked', { ...facts, ...at, code: first.rule });
    }
    return verdictOf('findings', isProven && engine.forgotten === 0 ? 'holds' : 'not-checked', facts);
  }

  #input(scope: readonly AuthorityId[]): FindingsInput {
    const { calendars, directory } = this.#options;
    const mandateOf: FindingsInput['mandateOf'] = (person) => {
      const notAfterMs = directory?.mandateEndMs(person);
      return notAfterMs === undefined ? undefined : { notAfterMs };
    };
    return { scope: new Set(scope), calendars, mandateOf };
  }
}

/** The check that a request asks for. @throws what reading the file of calendars throws. */
export async function findingsCheckOf(
  { findings, calendars }: VerifyRequest,
  directory: DirectoryFacts | undefined,
): Promise<FindingsCheck | undefined> {
  if (!findings) return undefined;
  const file = calendars === undefined ? undefined : await readBounded(calendars, limits.maxCalendarFileBytes);
  return new FindingsCheck({ calendars: file === undefined ? [] : parseCalendarFile(file), directory });
}
