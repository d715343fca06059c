import { bytesSource, BytesTarget } from '../../libs/client/src/documents/file-ports.js';
import { rootOf } from '../../libs/client/src/cases/open-case.js';
import { ClientWorld } from '../../libs/client/src/testing/client-world.js';
import { caseRoles, legalBases } from '@rogatory/protocol';

/** What a page says once the SDK did the main job in it. */
export interface SdkCheck {
  readonly texts: readonly string[];
  readonly isFileEqual: boolean;
  readonly concerns: number;
}

/** Two people, one case, a message and a file, all of it in this page: the same code as in Node, on libsodium alone. */
export async function checkSdk(): Promise<SdkCheck> {
  const world = new ClientWorld();
  const [ann, bob] = [world.actor('AA'), world.actor('BB')];
  const [hers, his] = [await ann.open(), await bob.open()];
  await hers.login();
  await his.login();
  const open = await hers.cases.create({ title: 'Harbour' });
  const root = rootOf(open.caseId);
  await hers.contacts.accept(bob.person.id);
  const terms = { role: caseRoles.contributor, history: { kind: 'all' } } as const;
  await hers.invitations.invite(open, { invited: { personId: bob.person.id }, ...terms });
  for (const offer of await his.invitations.received()) await his.invitations.accept(offer);
  for (const offer of await hers.invitations.ofCase(open)) {
    await hers.invitations.admit(open, offer, { personId: bob.person.id });
  }
  await hers.messages.post(open, root, { text: 'We open on Monday.' });
  const content = new Uint8Array(1_000_003).map((_, i) => (i * 31) % 251);
  await hers.documents.upload(open, root, bytesSource('scan.pdf', content));
  const theirs = await his.cases.open(open.caseId);
  const [document] = his.documents.list(theirs.root);
  const target = new BytesTarget();
  const justification = { legalBasis: legalBases.trial, text: 'for the hearing' };
  if (document !== undefined) await his.documents.download(theirs.root, document, target, { justification });
  const { bytes } = target;
  return {
    texts: his.messages.list(theirs.root).map(({ text }) => text),
    isFileEqual: bytes?.length === content.length && content.every((byte, i) => byte === bytes[i]),
    concerns: hers.concerns.length + his.concerns.length,
  };
}
