import type { OpenCase, OpenMessage } from '@rogatory/client';
import { type CaseRoleName, caseRoles } from '@rogatory/protocol';
import type { SignedIn } from '../device/signed-in.js';
import { shown } from '../parts/shown.js';

/** A case as it stands in the list: verified, opened on this device. */
export interface CaseRow {
  readonly caseId: string;
  /** Undefined when this device cannot open it. */
  readonly title: string | undefined;
  readonly isClosed: boolean;
  readonly createdAtMs: number;
  readonly people: number;
  readonly states: readonly string[];
}

export interface CasePerson {
  readonly personId: string;
  readonly name: string;
  readonly post: string;
  readonly state: string;
  readonly role: CaseRoleName;
  readonly devices: number;
}

export interface CaseHome {
  readonly title: string | undefined;
  readonly people: readonly CasePerson[];
  readonly messages: readonly OpenMessage[];
}

/** Every case of this device, newest first. */
export async function readCases({ client }: SignedIn): Promise<readonly CaseRow[]> {
  const rows: CaseRow[] = [];
  for (const { caseId, isClosed, createdAtMs } of await client.cases.list()) {
    const open = await client.cases.open(caseId);
    const people = peopleOf(client, open);
    const states = [...new Set(people.map(({ state }) => state))].sort();
    const title = client.cases.info(open.root)?.title;
    rows.push({ caseId, title, isClosed, createdAtMs, people: people.length, states });
  }
  return rows.sort((a, b) => b.createdAtMs - a.createdAtMs);
}

/** What a case is about as this device has it now; asks nobody. */
export function homeOf({ client }: SignedIn, open: OpenCase): CaseHome {
  const title = client.cases.info(open.root)?.title;
  return { title, people: peopleOf(client, open), messages: client.messages.list(open.root) };
}

/** Who is in the root of a case, which is whoever is in the case at all. */
function peopleOf(client: SignedIn['client'], open: OpenCase): readonly CasePerson[] {
  return [...open.root.state.members.persons].map(([personId, { state, role, devices }]) => {
    const card = client.directory.cardOf(personId);
    return {
      personId,
      name: shown(card?.personName ?? personId.slice(0, 8), 80),
      post: shown(card?.postName ?? '', 80),
      state: shown(state, 2),
      role: roleNames.find((name) => caseRoles[name] === role) ?? 'reader',
      devices: devices.length,
    };
  });
}

const roleNames = Object.keys(caseRoles) as CaseRoleName[];
