/** What a client command may be told by its environment; the command line comes first. */
export interface ClientSettings {
  /** Folder of the device's keys and state. */
  readonly profileFolder: string | undefined;
  /** File whose first line is the passphrase of that profile. */
  readonly passphraseFile: string | undefined;
  readonly homeFolder: string | undefined;
}

export const clientVariables = {
  profileFolder: 'ROGATORY_PROFILE_FOLDER',
  passphraseFile: 'ROGATORY_PASSPHRASE_FILE',
} as const;

/** The settings of this process's environment. Light: it is read at the start of every command. */
export function readClientSettings(): ClientSettings {
  const present = (value: string | undefined) => (value === undefined || value === '' ? undefined : value);
  return {
    profileFolder: present(process.env[clientVariables.profileFolder]),
    passphraseFile: present(process.env[clientVariables.passphraseFile]),
    homeFolder: present(process.env.HOME ?? process.env.USERPROFILE),
  };
}

/** The environment of a server process that this process starts: its own, with these settings in place of others. */
export function serverEnvironment(
  variables: Readonly<Record<`ROGATORY_${string}`, string>>,
): Readonly<Record<string, string | undefined>> {
  return { ...process.env, ...variables };
}

/** The folder in which the user is: npm runs scripts in the project's folder and names that one beside. */
export function userFolder(): string {
  return process.env.INIT_CWD ?? process.cwd();
}
