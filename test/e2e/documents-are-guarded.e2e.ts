import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BytesTarget, bytesSource, type Client, type OpenCase, operations } from '@rogatory/client';
import { type CompartmentId, limits, systemRandom } from '@rogatory/kernel';
import { actSubjects, legalBases } from '@rogatory/protocol';
import { admitAll } from '../world/admission.js';
import { onEachEngine } from '../world/engines.js';
import { World } from '../world/world.js';

const justification = { legalBasis: legalBases.investigation, instrument: '', text: 'to prepare the hearing' };

function randomFile(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) bytes.set(systemRandom(Math.min(65_536, length - at)), at);
  return bytes;
}

onEachEngine('documents are guarded', (open) => {
  let world: World;
  let prosecutor: Client;
  let stranger: Client;
  let mine: OpenCase;
  let id: CompartmentId;

  beforeAll(async () => {
    world = await World.start(await open());
    prosecutor = await world.client('prosecutor-xa');
    stranger = await world.client('prosecutor-xb');
    mine = await prosecutor.cases.create({ title: 'Warehouse' });
    id = mine.root.compartmentId;
  }, 60_000);
  afterAll(() => world.stop());

  const begin = (client: Client, sealedBytes: number) =>
    client.gateway.call(
      operations.beginUploadOperation,
      { variables: { compartmentId: id, sealedBytes }, subject: actSubjects.beginUpload(id) },
      (data) => data.beginUpload,
    );

  it('an interrupted upload goes on where it stopped, on a server that was started again', async () => {
    const bytes = randomFile(64 * 1024 * 1024);
    const abort = new AbortController();
    const interrupted = prosecutor.documents.upload(mine, id, bytesSource('container scans.bin', bytes), {
      signal: abort.signal,
      onProgress: ({ doneBytes }) => {
        if (doneBytes > 0) abort.abort();
      },
    });
    await expect(interrupted).rejects.toThrow();
    expect(await prosecutor.documents.interrupted()).toHaveLength(1);
    await world.restart();
    const again = prosecutor;
    const document = await again.documents.upload(mine, id, bytesSource('container scans.bin', bytes));
    expect(await again.documents.interrupted()).toEqual([]);
    const target = new BytesTarget();
    await again.documents.download(mine.compartment(id), document, target, { justification });
    expect(target.bytes && Buffer.compare(target.bytes, bytes)).toBe(0);
  });

  it('a range is read without the rest', async () => {
    const bytes = randomFile(3 * 1024 * 1024);
    const document = await prosecutor.documents.upload(mine, id, bytesSource('ledger.bin', bytes));
    const wanted = { offset: 1_000_000, length: 300_000 };
    const pieces: Uint8Array[] = [];
    for await (const piece of prosecutor.documents.read(mine.compartment(id), document, { ...wanted, justification })) {
      pieces.push(piece);
    }
    const expected = bytes.subarray(wanted.offset, wanted.offset + wanted.length);
    expect(Buffer.compare(Buffer.concat(pieces), expected)).toBe(0);
  });

  it('a withdrawn version is not handed out any more', async () => {
    const document = await prosecutor.documents.upload(
      mine,
      id,
      bytesSource('draft.txt', new TextEncoder().encode('draft')),
    );
    const { objectId, version } = document;
    await prosecutor.documents.withdraw(mine, id, { objectId, version, reason: 'superseded' });
    const [withdrawn] = prosecutor.documents
      .list(mine.compartment(id))
      .filter((found) => found.objectId === document.objectId);
    expect(withdrawn?.withdrawn).toBe('superseded');
    const asked = prosecutor.documents.download(mine.compartment(id), document, new BytesTarget(), { justification });
    await expect(asked).rejects.toMatchObject({ family: 'refused' });
  });

  it('a withdrawal by one who neither leads nor added the document stays without effect, also after he has left', async () => {
    const open = await prosecutor.cases.create({ title: 'Ledgers' });
    const { compartmentId } = open.root;
    const admitted = await admitAll(world, { lead: prosecutor, leader: 'prosecutor-xa', open }, { 'judge-xb': {} });
    const judge = admitted.get('judge-xb');
    if (judge === undefined) throw new Error('the judge was not admitted');
    const proof = bytesSource('proof.txt', new TextEncoder().encode('proof'));
    const document = await prosecutor.documents.upload(open, compartmentId, proof);
    const fetched = async (by: Client, from: OpenCase) => {
      const target = new BytesTarget();
      await by.documents.download(from.compartment(compartmentId), document, target, { justification });
      return target.bytes && new TextDecoder().decode(target.bytes);
    };
    const his = await judge.cases.open(open.caseId);
    const all = { objectId: document.objectId, version: 0, reason: 'never seen' };
    await judge.documents.withdraw(his, compartmentId, all);
    expect(await fetched(judge, his)).toBe('proof');
    await prosecutor.cases.remove(open, world.keysOf('judge-xb').personId);
    expect(await fetched(prosecutor, open)).toBe('proof');
    await prosecutor.documents.withdraw(open, compartmentId, { ...all, reason: 'a copy' });
    await expect(fetched(prosecutor, open)).rejects.toMatchObject({ family: 'refused' });
  });

  it('strangers get the same answer for uploads that exist and uploads that do not', async () => {
    const upload = await begin(prosecutor, 112);
    const put = async (uploadId: string, token: string): Promise<readonly [number, string]> => {
      const response = await fetch(`${world.url}/uploads/${uploadId}/parts/0`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
        body: new Uint8Array(112),
      });
      return [response.status, (await response.text()).replace(/"requestId":"[^"]*"/, '')];
    };
    const token = await tokenOf(stranger);
    const [status, body] = await put(upload.uploadId, token);
    expect(status).toBe(404);
    expect(await put('0'.repeat(32), token)).toEqual([status, body]);
    await expect(begin(stranger, 112)).rejects.toMatchObject({ code: 'access/refused' });
  });

  it('a file cannot have any size, and a person not any number of unfinished ones', async () => {
    await expect(begin(prosecutor, 10)).rejects.toMatchObject({ code: 'documents/size' });
    for (let i = 0; i < limits.maxOpenUploadsPerPerson; i++) await begin(prosecutor, 112).catch(() => undefined);
    await expect(begin(prosecutor, 112)).rejects.toMatchObject({ code: 'documents/too-many-uploads' });
    expect(await world.server.features.documents.removeOrphans.run()).toBe(0);
  });

  it('a closed case takes no more files, in none of its compartments', async () => {
    const closing = await prosecutor.cases.create({ title: 'Closed', compartments: ['Inner'] });
    const inner = closing.compartments.find((found) => found.compartmentId !== closing.root.compartmentId);
    if (inner === undefined) throw new Error('no compartment');
    const wish = { variables: { compartmentId: inner.compartmentId, sealedBytes: 112 } };
    const ask = () =>
      prosecutor.gateway.call(
        operations.beginUploadOperation,
        { ...wish, subject: actSubjects.beginUpload(inner.compartmentId) },
        (data) => data.beginUpload,
      );
    await prosecutor.cases.close(closing);
    await expect(ask()).rejects.toMatchObject({ code: 'access/refused' });
    // Whoever keeps to the product hears of it before a byte is sent, in the same words for all that is added.
    const file = bytesSource('late.txt', new TextEncoder().encode('late'));
    const late = prosecutor.documents.upload(closing, inner.compartmentId, file);
    await expect(late).rejects.toMatchObject({ code: 'chain/closed', message: 'the case is closed' });
    const word = prosecutor.messages.post(closing, inner.compartmentId, { text: 'late' });
    await expect(word).rejects.toMatchObject({ code: 'chain/closed' });
    expect(await prosecutor.documents.interrupted()).toEqual([]);
  });
});

/** An access token of a device's own session, as its transport sends it. */
async function tokenOf(client: Client): Promise<string> {
  let seen = '';
  const { transport } = client.gateway;
  const request = transport.request.bind(transport);
  transport.request = (sent) => {
    seen = sent.proof?.accessToken ?? seen;
    return request(sent);
  };
  await client.whoAmI();
  transport.request = request;
  return seen;
}
