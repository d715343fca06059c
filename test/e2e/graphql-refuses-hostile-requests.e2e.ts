import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Client, operations } from '@rogatory/client';
import { limits } from '@rogatory/kernel';
import { onEmbedded } from '../world/engines.js';
import { Refusals } from '../world/refusals.js';
import { World } from '../world/world.js';
import { codesOf, RawPeer } from './raw-peer.js';

const { whoAmIOperation, serverOperation, noticesOperation, casesOperation } = operations;

describe('the GraphQL edge in production form', () => {
  let world: World;
  let peer: RawPeer;
  let refusals: Refusals;
  let judge: Client;
  let bearer: Record<string, string>;

  beforeAll(async () => {
    world = await World.start(await onEmbedded());
    peer = new RawPeer(world.url);
    refusals = new Refusals(await world.client('auditor-xa'), () => world.server);
    judge = await world.client('judge-xa');
    bearer = { authorization: `Bearer ${await judge.gateway.accessToken()}` };
  }, 60_000);
  afterAll(() => world.stop());
  beforeEach(() => refusals.begin());

  describe('over HTTP', () => {
    it('O06 runs no document that is not in the list, introspection least of all', async () => {
      for (const query of ['{ __schema { types { name } } }', 'query Server { server { version } }']) {
        expect(await peer.post({ query })).toMatchObject({ codes: ['request/unknown-document'] });
      }
      expect(await peer.post({ documentId: 'f'.repeat(64) })).toMatchObject({ codes: ['request/unknown-document'] });
      expect(await peer.post({ documentId: '__proto__' })).toMatchObject({ codes: ['request/unknown-document'] });
      const hash = { persistedQuery: { version: 1, sha256Hash: serverOperation.id } };
      expect(await peer.post({ extensions: hash })).toMatchObject({ codes: ['request/unknown-document'] });
      expect(await refusals.recorded()).toEqual(Array(5).fill('request/unknown-document'));
    });

    it('refuses batches, bodies that are no request, and variables that are none', async () => {
      const one = { documentId: serverOperation.id };
      for (const body of [[one, one], [], 'null', '"text"', { ...one, variables: [] }, '{', '{"documentId":']) {
        expect(await peer.post(body)).toMatchObject({ status: 400, codes: ['request/invalid'] });
      }
      expect(await refusals.recorded()).toEqual(Array(7).fill('request/invalid'));
    });

    it('O05 refuses GET, other methods and the content types that a page can send unasked', async () => {
      const get = await peer.send(`/graphql?query=${encodeURIComponent('{ server { version } }')}`, {});
      expect(get.codes).toHaveLength(1);
      expect(get.text).not.toContain('federation');
      const put = await peer.send('/graphql', {
        method: 'PUT',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      });
      expect(put.codes).toHaveLength(1);
      const body = JSON.stringify({ documentId: serverOperation.id });
      for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded']) {
        const answer = await peer.send('/graphql', { method: 'POST', body, headers: { 'content-type': type } });
        expect([type, answer.codes]).toEqual([type, ['request/invalid']]);
      }
      expect(await refusals.recorded()).toHaveLength(5);
    });

    it('X04 refuses an oversize body by its announced length, and one without a length', async () => {
      const long = { documentId: serverOperation.id, variables: { x: 'x'.repeat(limits.maxBodyBytes) } };
      expect(await peer.post(long)).toMatchObject({ status: 400, codes: ['codec/too-long'] });
      const stream = new Blob([JSON.stringify({ documentId: serverOperation.id })]).stream();
      const chunked: RequestInit & { duplex: 'half' } = {
        ...{ method: 'POST', body: stream, duplex: 'half' },
        headers: { 'content-type': 'application/json' },
      };
      expect(await peer.send('/graphql', chunked)).toMatchObject({ codes: ['codec/length'] });
      const packed = { 'content-encoding': 'gzip' };
      expect((await peer.post({ documentId: serverOperation.id }, packed)).codes).toHaveLength(1);
      expect(await refusals.recorded()).toEqual(['codec/too-long', 'codec/length', 'request/invalid']);
    });

    it('answers a token that proves nothing alike, whatever is wrong with it', async () => {
      const own = bearer['authorization'] ?? '';
      const tokens = ['Bearer x', 'Basic eDp5', `${own.slice(0, -4)}AAAA`, own.replace('Bearer', 'bearer '), ''];
      const answers = [];
      for (const authorization of tokens)
        answers.push(await peer.post({ documentId: whoAmIOperation.id }, { authorization }));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(answers[0]).toMatchObject({ status: 401, codes: ['login/session'] });
      expect(await refusals.recorded()).toEqual(Array(tokens.length).fill('login/session'));
    });

    it('says of wrong variables that they are wrong, and shows nothing of schema or program', async () => {
      const wrong = { documentId: operations.caseOperation.id, variables: { caseId: 'no id', caseIdd: 1 } };
      const answer = await peer.post(wrong, bearer);
      expect(answer.codes).toEqual(['request/invalid']);
      expect(answer.text).not.toMatch(/did you mean|caseId|stack|node_modules|\.js:/i);
      expect(await refusals.recorded()).toEqual(['request/invalid']);
    });

    it('records a refused operation once', async () => {
      expect(await peer.post({ documentId: whoAmIOperation.id })).toMatchObject({ codes: ['access/refused'] });
      expect(await refusals.recorded()).toEqual(['access/refused']);
      expect(await peer.post({ documentId: casesOperation.id }, bearer)).toMatchObject({ codes: ['audit/act'] });
      expect(await refusals.recorded()).toEqual(['audit/act']);
    });
  });

  describe('over WebSocket', () => {
    const init = () => ({
      type: 'connection_init',
      payload: { accessToken: (bearer['authorization'] ?? '').slice(7) },
    });
    const subscribe = (payload: object) => ({ type: 'subscribe', id: '1', payload: { query: '', ...payload } });
    const trusted = (documentId: string) => subscribe({ extensions: { documentId } });

    it('O05 opens for no foreign page, and at no other address', async () => {
      for (const origin of ['https://evil.example', 'null', `${world.url}.evil.example`, `${world.url}1`]) {
        expect(await peer.socket([init()], { origin })).toMatchObject({ code: 404 });
      }
      expect(await peer.socket([init()], { path: '/graphql?token=x' })).toMatchObject({ code: 404 });
      expect(await refusals.recorded()).toEqual(Array(5).fill('access/refused'));
      expect(await peer.socket([init()], { path: '/subscriptions' })).toMatchObject({ code: 404 });
      expect(await refusals.recorded()).toEqual([]);
    });

    it('O04 speaks no legacy subprotocol, and nothing before init', async () => {
      // The server names no subprotocol, on which the peer gives up.
      expect(await peer.socket([init()], { protocol: 'graphql-ws' })).toMatchObject({ code: 1006, messages: [] });
      expect(await peer.socket([trusted(noticesOperation.id)], {})).toMatchObject({ code: 4401, messages: [] });
      expect(await peer.socket(['{"type":"start","id":"1"}'], {})).toMatchObject({ code: 4400, messages: [] });
      expect(await refusals.recorded()).toEqual(Array(3).fill('request/invalid'));
    });

    it('lets nobody in without a good token', async () => {
      const bad = await peer.socket([{ type: 'connection_init', payload: { accessToken: 'x' } }], {});
      expect(bad).toMatchObject({ code: 4401, reason: 'login/session', messages: [] });
      expect(await peer.socket([{ type: 'connection_init' }], {})).toMatchObject({ code: 4401, messages: [] });
      expect(await refusals.recorded()).toEqual(['login/session', 'access/refused']);
    });

    it.each([
      ['a query', () => trusted(whoAmIOperation.id), 'request/invalid'],
      ['a mutation', () => trusted(operations.logoutOperation.id), 'request/invalid'],
      [
        'a document of its own',
        () => subscribe({ query: 'subscription { notices { kind } }' }),
        'request/unknown-document',
      ],
      ['introspection', () => subscribe({ query: '{ __schema { types { name } } }' }), 'request/unknown-document'],
      ['a subscription without a statement', () => trusted(noticesOperation.id), 'audit/act'],
    ])('O04 refuses %s', async (_name, frame, code) => {
      const { messages } = await peer.socket([init(), frame()], { answers: 2 });
      expect(messages.slice(0, 2).map(codesOf)).toEqual([[], [code]]);
      expect(messages[1]).not.toMatch(/did you mean|stack|node_modules/i);
      expect(await refusals.recorded()).toEqual([code]);
    });

    it('X04 ends a socket whose frame is too long, and one that sends no JSON', async () => {
      const long = trusted('f'.repeat(limits.maxFrameBytes));
      expect(await peer.socket([init(), long], {})).toMatchObject({ code: 1009 });
      expect(await peer.socket([init(), '{'], {})).toMatchObject({ code: 4400 });
      expect(await refusals.recorded()).toEqual(['codec/too-long', 'request/invalid']);
    });

    it('X03 counts refused subscriptions off again', async () => {
      const frames = Array.from({ length: limits.maxSubscriptionsPerSocket + 2 }, () => trusted(whoAmIOperation.id));
      const { messages } = await peer.socket([init(), ...frames], { answers: frames.length + 1 });
      expect(new Set(messages.slice(1).flatMap(codesOf))).toEqual(new Set(['request/invalid']));
      expect(await refusals.recorded()).toHaveLength(frames.length);
    });
  });
});
