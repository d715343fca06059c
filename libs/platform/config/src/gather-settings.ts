import type { z } from 'zod';
import type { ConfigurationFault } from './configuration.js';
import { type Setting, type SettingName, settingNames, settings } from './settings.js';

/** Where settings come from, strongest first. */
export interface Sources {
  /** From the command line. */
  readonly overrides?: Readonly<Partial<Record<SettingName, unknown>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file?: ConfigurationFile;
}

/** A parsed JSON file. */
export interface ConfigurationFile {
  readonly content: unknown;
  /** False when other users of the machine can read it. */
  readonly isPrivate: boolean;
}

/** Checked values by name; absent where no source has one. */
export type Values = {
  readonly [Name in SettingName]?: z.output<(typeof settings)[Name]['schema']>;
};

export interface Gathered {
  readonly values: Values;
  readonly faults: ConfigurationFault[];
}

/** Variables with our prefix that other parts read. */
const FOREIGN = /^ROGATORY_(CONFIG_FILE|PROFILE_FOLDER|PASSPHRASE_FILE|LONG|TEST_[A-Z_]+)$/;

/** Reads every setting from its strongest source. A name that is not ours is a fault: it is probably a typing error. */
export function gatherSettings({ overrides = {}, environment, file }: Sources): Gathered {
  const faults: ConfigurationFault[] = [...strangers(environment)];
  const fromFile = file === undefined ? {} : flatten(file.content, faults);
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of settingNames) {
    const setting: Setting = settings[name];
    if (setting.isSecret && fromFile[name] !== undefined && file?.isPrivate === false) {
      faults.push({ setting: name, reason: 'stands in a file that other users can read' });
    }
    const variable = environment[setting.variable];
    const raw = overrides[name] ?? (variable === '' ? undefined : variable) ?? fromFile[name];
    if (raw === undefined) continue;
    const parsed = setting.schema.safeParse(raw);
    if (parsed.success) values[name] = parsed.data;
    else faults.push({ setting: name, reason: reasonOf(parsed.error) });
  }
  // Each value has passed the schema of its own name.
  return { values: values as Values, faults };
}

function strangers(environment: Sources['environment']): ConfigurationFault[] {
  const known = new Set<string>(settingNames.map((name) => settings[name].variable));
  return Object.keys(environment)
    .filter((variable) => variable.startsWith('ROGATORY_') && !known.has(variable) && !FOREIGN.test(variable))
    .map((variable) => ({ setting: variable, reason: 'no such setting' }));
}

/** Nested objects to dotted names. */
function flatten(content: unknown, faults: ConfigurationFault[], prefix = ''): Record<string, unknown> {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    faults.push({ setting: prefix === '' ? 'file' : prefix, reason: 'must be an object' });
    return {};
  }
  const flat: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(content)) {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (name in settings) flat[name] = value;
    else if (settingNames.some((known) => known.startsWith(`${name}.`)))
      Object.assign(flat, flatten(value, faults, name));
    else faults.push({ setting: name.slice(0, 100), reason: 'no such setting' });
  }
  return flat;
}

/** zod's own messages may quote what they got. */
function reasonOf(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'invalid';
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'invalid_value') return `one of ${issue.values.join(', ')}`;
  if (issue.code === 'too_small') return `at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  if (issue.code === 'invalid_format') return issue.message;
  return 'not of the right form';
}
