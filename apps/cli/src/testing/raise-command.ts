import type { Concern } from '@rogatory/client';
import type { CommandSpec } from '../run/command-spec.js';
import { withSession } from '../run/session.js';

/** Raises an alarm as the SDK does when it refuses what a server shows. For tests. */
export function raiseCommand(concern: Concern): CommandSpec {
  return {
    name: 'raise',
    summary: 'as the SDK does when it refuses',
    needsProfile: true,
    run: (call) =>
      withSession(call, async ({ client }) => {
        await client.alarms.raise(concern);
        return { json: null, lines: [] };
      }),
  };
}
