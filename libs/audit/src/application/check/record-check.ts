import { fromBase64Url, isRogatoryError, type Secret } from '@rogatory/kernel';
import {
  type AuditGroup,
  type AuditLeaf,
  decodeAuditLeaf,
  decodeAuditWhat,
  decodeAuditWho,
  decodeSignedAct,
  decodeWhy,
} from '@rogatory/protocol';
import { checkCommitment } from '@rogatory/crypto/rest';
import { auditGroups } from '../../domain/stored-record.js';
import { type OpenedGroup, openGroup } from '../build-record.js';
import { monthOf } from '../month-keys.js';
import type { CheckedRecord } from './log-check.store.js';
import { type Findings, logFindings } from './log-finding.js';

/** What explains that a stored opening is gone. */
export type IsErased = (recordId: string, group: AuditGroup) => boolean;

export interface RecordCheckParts {
  readonly findings: Findings;
  /** Key of a month; undefined when it is gone. @throws VerificationError `crypto/open` when it cannot be opened. */
  readonly monthKey: (month: string) => Promise<Secret | undefined>;
  readonly isErased: IsErased;
  /** Months whose key was missed already: each is one finding. */
  readonly monthsMissing: Set<string>;
}

type Columns = Readonly<Record<string, string | number | undefined>>;

/** What the columns say has to follow from the opened groups. */
const projections: { readonly [Group in AuditGroup]?: (bytes: Uint8Array) => Columns } = {
  who: (bytes) => {
    const { personId, deviceId, authorityId } = decodeAuditWho(bytes);
    return { actor_person: personId, actor_device: deviceId, actor_authority: authorityId };
  },
  what: (bytes) => {
    const { ownerAuthorityId, caseId, compartmentId, objectId } = decodeAuditWhat(bytes);
    return { owner_authority: ownerAuthorityId, case_id: caseId, compartment_id: compartmentId, object_id: objectId };
  },
  why: (bytes) => ({ legal_basis: decodeWhy(bytes).legalBasis }),
  act: (bytes) => ({ act_counter: decodeSignedAct(bytes).act.counter }),
};

/** Columns that are empty when the leaf commits to no group that tells them. */
const emptyWithout: { readonly [Group in AuditGroup]?: readonly string[] } = {
  who: ['actor_person', 'actor_device', 'actor_authority'],
  why: ['legal_basis'],
  act: ['act_counter'],
};

/** Compares a stored record with itself: columns with the leaf, openings with its commitments, columns with them. */
export class RecordCheck {
  readonly #parts: RecordCheckParts;

  constructor(parts: RecordCheckParts) {
    this.#parts = parts;
  }

  async check(record: CheckedRecord): Promise<void> {
    const { findings } = this.#parts;
    const recordId = String(record.columns['id'] ?? '');
    const leaf = leafOf(record.leaf);
    if (leaf === undefined) {
      findings.add({ code: logFindings.leafMalformed, index: record.index, recordId });
      return;
    }
    const { id, t, ev, cls, out, ms } = leaf;
    this.#compare(record, { id, t, ev, cls, out, ms });
    await this.#checkGroups(record, leaf);
  }

  async #checkGroups(record: CheckedRecord, leaf: AuditLeaf): Promise<void> {
    const { findings, isErased } = this.#parts;
    const monthKey = await this.#monthKey(monthOf(leaf.t));
    const recordId = leaf.id;
    for (const group of auditGroups) {
      const place = { index: record.index, recordId, group };
      const sealed = record.openings[group];
      const commitment = leaf.com[group];
      if (commitment === undefined) {
        if (sealed !== undefined) findings.add({ code: logFindings.openingSurplus, ...place });
        for (const column of emptyWithout[group] ?? []) this.#compare(record, { [column]: undefined });
      } else if (sealed === undefined) {
        if (!isErased(recordId, group)) findings.add({ code: logFindings.openingMissing, ...place });
      } else if (monthKey !== undefined) {
        const columns = openedColumns(leaf, group, { sealed, commitment, monthKey });
        if (columns === undefined) findings.add({ code: logFindings.openingMismatch, ...place });
        else this.#compare(record, columns);
      }
    }
  }

  #compare({ index, columns }: CheckedRecord, expected: Columns): void {
    for (const [column, value] of Object.entries(expected)) {
      if (columns[column] === value) continue;
      const recordId = String(columns['id'] ?? '');
      this.#parts.findings.add({ code: logFindings.projectionMismatch, index, recordId, column });
    }
  }

  async #monthKey(month: string): Promise<Secret | undefined> {
    const { monthsMissing } = this.#parts;
    if (monthsMissing.has(month)) return undefined;
    const key = await this.#parts.monthKey(month).catch((error: unknown) => {
      if (isRogatoryError(error) && error.family === 'verification') return undefined;
      throw error;
    });
    if (key === undefined) {
      monthsMissing.add(month);
      this.#parts.findings.add({ code: logFindings.monthKeyMissing, month });
    }
    return key;
  }
}

function leafOf(bytes: Uint8Array): AuditLeaf | undefined {
  try {
    return decodeAuditLeaf(bytes);
  } catch {
    return undefined;
  }
}

interface SealedGroup {
  readonly sealed: Uint8Array;
  readonly commitment: string;
  readonly monthKey: Secret;
}

/** The columns that a group tells; undefined when it does not open, is not what was committed to, or has another form. */
function openedColumns(
  { id }: AuditLeaf,
  label: AuditGroup,
  { sealed, commitment, monthKey }: SealedGroup,
): Columns | undefined {
  try {
    const opened: OpenedGroup = openGroup(id, label, sealed, monthKey);
    checkCommitment({ label, ...opened }, fromBase64Url(commitment));
    return projections[label]?.(opened.bytes) ?? {};
  } catch (error) {
    if (!isRogatoryError(error) || error.family === 'internal') throw error;
    return undefined;
  }
}
