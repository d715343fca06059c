/** A fictitious person whom the demonstration offers; the server's word, and no more than a label for a button. */
export interface DemoPerson {
  readonly profile: string;
  readonly personName: string;
  readonly postName: string;
  readonly stateName: string;
  readonly devices: number;
}

/** A device that the demonstration handed out, for good. */
export interface HandedDevice {
  readonly keyStore: string;
  readonly witnessPolicy: string;
}

const MAX_PEOPLE = 200;
const MAX_TEXT = 200;
const OWN_PAGE = { 'rogatory-demo': 'yes' };
const PROFILE = /^[a-z0-9-]{1,60}$/;

/** Who plays in the demonstration. @throws Error where the server does not say so in this form. */
export async function askDemoPeople(): Promise<readonly DemoPerson[]> {
  const { people } = await answerOf('/demo/people', 'GET');
  if (!Array.isArray(people) || people.length > MAX_PEOPLE) throw new RangeError('not a list of people');
  return people.map((told: unknown) => ({
    profile: named(told),
    personName: textOf(told, 'personName'),
    postName: textOf(told, 'postName'),
    stateName: textOf(told, 'stateName'),
    devices: Number(partOf(told, 'devices')) || 0,
  }));
}

/** Takes a device of a person; nobody else gets the same one. */
export async function takeDemoDevice(profile: string): Promise<HandedDevice> {
  const told = await answerOf(`/demo/devices/${profile}`, 'POST');
  const [keyStore, witnessPolicy] = [told['keyStore'], told['witnessPolicy']];
  if (typeof keyStore !== 'string' || typeof witnessPolicy !== 'string') throw new RangeError('not a device');
  return { keyStore, witnessPolicy };
}

async function answerOf(path: string, method: 'GET' | 'POST'): Promise<Record<string, unknown>> {
  const answer = await fetch(path, { method, headers: OWN_PAGE, cache: 'no-store' });
  if (!answer.ok) throw new RangeError(`answered ${answer.status}`);
  const told: unknown = await answer.json();
  if (typeof told !== 'object' || told === null) throw new RangeError('not an object');
  return { ...told };
}

function named(told: unknown): string {
  const profile = partOf(told, 'profile');
  if (typeof profile !== 'string' || !PROFILE.test(profile)) throw new RangeError('not a person');
  return profile;
}

function textOf(told: unknown, name: string): string {
  const value = partOf(told, name);
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : '';
}

function partOf(whole: unknown, name: string): unknown {
  return typeof whole === 'object' && whole !== null ? Reflect.get(whole, name) : undefined;
}
