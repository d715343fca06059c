import type { Call } from '../run/call.js';
import { alarmLines, alarmsJson } from '../run/concerns.js';
import type { Outcome } from '../run/outcome.js';
import { withSession } from '../run/session.js';

/** `alarms`: what this device refused or missed and nobody took note of; with `--clear` they are shown once more and gone. */
export async function showAlarms(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const alarms = client.alarms.list();
    const isCleared = call.flag('clear') && alarms.length > 0;
    if (isCleared) await client.alarms.takeNote(alarms);
    const lines = alarms.length === 0 ? ['No alarms.'] : alarmLines(alarms);
    return {
      json: { alarms: alarmsJson(alarms), isCleared },
      lines: isCleared ? [...lines, `Cleared: ${alarms.length}.`] : lines,
    };
  });
}
