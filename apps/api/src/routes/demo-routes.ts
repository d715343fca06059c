import { accessRefused } from '@rogatory/access';
import { nothingConcerned, systemActor } from '@rogatory/audit';
import { newActId } from '@rogatory/kernel';
import { auditObjectKinds } from '@rogatory/protocol';
import type { FastifyRequest } from 'fastify';
import type { DemoDevices } from '../demo-devices.js';
import type { ServiceStateParts } from '../service-state.js';
import type { Route } from './route.js';

export interface DemoRouteParts extends ServiceStateParts {
  readonly demo: DemoDevices;
  /** Origin by which browsers reach this server. */
  readonly address: string;
}

/** A device is asked for without a body. */
const NOTHING_BYTES = 1;
const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Who plays in the demonstration, and a device for whoever asks first; mounted in the demo profile alone (ADR 0041). */
export function demoRoutes(parts: DemoRouteParts): readonly Route[] {
  const { demo, address } = parts;
  return [
    {
      operation: 'route.demoPeople',
      method: 'GET',
      url: '/demo/people',
      handle: async (_context, request, reply) => {
        demandOwnPage(request, address);
        return reply.headers(headers).send({ people: await demo.people() });
      },
    },
    {
      operation: 'route.demoDevice',
      method: 'POST',
      url: '/demo/devices/:profile',
      bodyLimit: NOTHING_BYTES,
      handle: async (_context, request, reply) => {
        demandOwnPage(request, address);
        const { profile } = request.params as { readonly profile: string };
        const taken = await demo.take(profile);
        if (taken === undefined) throw accessRefused('not-own');
        await recordHandOut(parts, taken.name);
        return reply.headers(headers).type('application/json').send(taken.bytes);
      },
    },
  ];
}

/**
 * Keys must not leave for the page of another site: not by a request of its own, which a browser marks and which lacks a
 * header that only a page of this origin may set; and not under a name that it makes resolve to this machine.
 */
function demandOwnPage({ headers: told }: FastifyRequest, address: string): void {
  const isNamed = told.host === new URL(address).host;
  const isOwn = told['sec-fetch-site'] === 'same-origin' && told['rogatory-demo'] === 'yes';
  if (!isNamed || !isOwn) throw accessRefused('not-own');
}

/** The device leaves after its record is there; one whose record fails is lost, and the next one is there. */
async function recordHandOut({ database, recorder, clock, random }: DemoRouteParts, name: string): Promise<void> {
  await database.write({ kind: 'job', job: 'service' }, (writer) =>
    recorder.record(writer, {
      id: newActId(clock, random),
      event: 'key.demo.device',
      outcome: 'allowed',
      reasonCode: 'ok',
      who: systemActor,
      what: { ...nothingConcerned, objectKind: auditObjectKinds.none, count: 1, detail: name },
    }),
  );
}
