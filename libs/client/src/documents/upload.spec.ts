import { describe, expect, it } from '@jest/globals';
import { legalBases } from '@rogatory/protocol';
import { rootOf } from '../cases/open-case.js';
import { ClientWorld } from '../testing/client-world.js';
import { localPartCiphers, type PartCiphers } from './cipher-pool.js';
import { BytesTarget, bytesSource } from './file-ports.js';

/** Seals as threads do when the first part takes longest: each part is done after the one behind it. */
function lateFirst(parts: number): PartCiphers {
  return (key, layout) => {
    const local = localPartCiphers(key, layout);
    const done = Array.from({ length: parts + 1 }, () => {
      let tell: () => void = () => undefined;
      const told = new Promise<void>((resolve) => {
        tell = resolve;
      });
      return { tell, told };
    });
    done[parts]?.tell();
    const seal: typeof local.seal = async (index, content) => {
      const sealed = await local.seal(index, content);
      await done[index + 1]?.told;
      done[index]?.tell();
      return sealed;
    };
    return { ...local, seal };
  };
}

describe('an upload whose parts are sealed out of turn', () => {
  it('is the same file: leaves, journal and content in their order', async () => {
    const world = new ClientWorld(12);
    const client = await world.actor('XA').open(undefined, { ciphers: lateFirst(3) });
    await client.login();
    const open = await client.cases.create({ title: 'Order' });
    const root = rootOf(open.caseId);
    const content = Uint8Array.from({ length: 17_000_000 }, (_, i) => (i * 31 + (i >> 13)) & 0xff);
    const document = await client.documents.upload(open, root, bytesSource('three-parts.bin', content));
    const target = new BytesTarget();
    const justification = { legalBasis: legalBases.jointInvestigationTeam, instrument: 'JIT/2026/7', text: 'order' };
    await client.documents.download(open.compartment(root), document, target, { justification });
    expect(Buffer.compare(target.bytes ?? new Uint8Array(0), content)).toBe(0);
  });
});
