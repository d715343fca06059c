import { postKinds, type PostKind } from '@rogatory/protocol';
import { demoStateNames } from './demo-states.js';

/** A person of the fictitious federation. */
export interface DemoPerson {
  /** Name of the profile folder. */
  readonly profile: string;
  readonly personName: string;
  readonly postName: string;
  readonly postKind: PostKind;
}

export interface DemoBody {
  readonly name: string;
  /** Two registrars come first: they certify everybody, themselves too. */
  readonly people: readonly DemoPerson[];
}

/** A fictitious member state; its code is one that ISO 3166-1 leaves to private use. */
export interface DemoState {
  readonly code: string;
  readonly name: string;
  readonly language: string;
  readonly oversight: DemoBody;
  readonly authority: DemoBody;
}

const names: Readonly<Record<string, readonly string[]>> = {
  XA: [
    'Ana Abril',
    'Anton Aalto',
    'Alma Arend',
    'Andor Aster',
    'Agnes Avila',
    'Aldo Amann',
    'Astrid Adam',
    'Axel Aubry',
    'Adele Ahl',
    'Arno Aras',
  ],
  XB: [
    'Bea Brand',
    'Boris Baum',
    'Berta Blom',
    'Bruno Bello',
    'Bianca Boer',
    'Balint Beck',
    'Birgit Bosch',
    'Basil Berg',
    'Blanca Bray',
    'Bodo Banks',
  ],
  XC: [
    'Cleo Costa',
    'Carl Caspar',
    'Celia Conti',
    'Cyril Cern',
    'Clara Corte',
    'Cosmo Claes',
    'Carina Cook',
    'Conrad Crane',
    'Cilla Caro',
    'Cesar Cohen',
  ],
};

function personAt(code: string, place: number, post: Omit<DemoPerson, 'personName'>): DemoPerson {
  return { ...post, personName: names[code]?.[place] ?? `Person ${place + 1}` };
}

function stateOf(code: string, name: string, language: string): DemoState {
  const suffix = code.toLowerCase();
  const post = (place: number, profile: string, postName: string, postKind: PostKind) =>
    personAt(code, place, { profile: profile.replace('*', suffix), postName, postKind });
  const { registrar, auditor, prosecutor, judge, liaisonOfficer } = postKinds;
  return {
    code,
    name,
    language,
    oversight: {
      name: `Oversight Body for Prosecution Data of ${name}`,
      people: [
        post(0, 'oversight-registrar-*', 'Registrar of the oversight body, first', registrar),
        post(1, 'oversight-registrar-*-2', 'Registrar of the oversight body, second', registrar),
        post(2, 'auditor-*', 'Auditor, first chamber', auditor),
        post(3, 'auditor-*-2', 'Auditor, second chamber', auditor),
      ],
    },
    authority: {
      name: `Public Prosecution Office against Organised Crime of ${name}`,
      people: [
        post(4, 'registrar-*', 'Registrar, first', registrar),
        post(5, 'registrar-*-2', 'Registrar, second', registrar),
        post(6, 'prosecutor-*', 'Prosecutor, drug trafficking', prosecutor),
        post(7, 'prosecutor-*-2', 'Prosecutor, asset recovery', prosecutor),
        post(8, 'judge-*', 'Investigating judge', judge),
        post(9, 'liaison-*', 'Liaison officer', liaisonOfficer),
      ],
    },
  };
}

/** The three states of the demonstration. Names of states and people are invented. */
export const demoStates: readonly DemoState[] = demoStateNames.map(({ code, name, language }) =>
  stateOf(code, name, language),
);
