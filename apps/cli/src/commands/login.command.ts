import type { CommandSpec } from '../run/command-spec.js';

const actions = () => import('../actions/login.js');

export const loginCommand: CommandSpec = {
  name: 'login',
  summary: 'prove this device to the server and read the directory',
  options: [
    { flags: '--server <origin>', summary: 'such as https://rogatory.example; kept in the profile' },
    { flags: '--policy <file>', summary: 'witnesses whose quorum vouches for the directory from now on (tlog-policy)' },
  ],
  needsProfile: true,
  run: async (call) => (await actions()).login(call),
};

export const logoutCommand: CommandSpec = {
  name: 'logout',
  summary: 'end the session of this device',
  needsProfile: true,
  run: async (call) => (await actions()).logout(call),
};

export const whoamiCommand: CommandSpec = {
  name: 'whoami',
  summary: 'show who this device is to the server',
  needsProfile: true,
  run: async (call) => (await actions()).whoami(call),
};

export const alarmsCommand: CommandSpec = {
  name: 'alarms',
  summary: 'show what this device refused or missed, until you clear it',
  options: [{ flags: '--clear', summary: 'forget them once shown; keep the output where they may be evidence' }],
  needsProfile: true,
  run: async (call) => (await import('../actions/alarms.js')).showAlarms(call),
};

export const doctorCommand: CommandSpec = {
  name: 'doctor',
  summary: 'check this machine, the profile and the server',
  options: [
    { flags: '--data <folder>', summary: 'also check the data folder of a server on this machine' },
    {
      flags: '--metrics-port <number>',
      summary: 'as its operator: lag, quorums, the last check of the logs and reviews, by its metrics on this machine',
    },
  ],
  needsProfile: true,
  run: async (call) => (await import('../actions/doctor.js')).examine(call),
};
