import { useMutation, useQuery } from '@tanstack/react-query';
import { BUILD } from '../build-name.js';
import { askDemoPeople, type DemoPerson } from '../device/demo-people.js';
import type { SignedIn } from '../device/signed-in.js';
import { Failure } from '../parts/failure.js';
import { useLanguage } from '../parts/language.js';
import { shown } from '../parts/shown.js';

/** The people of the demonstration by state; picking one signs in on this device. */
export function DemoSection({ onSignedIn }: { readonly onSignedIn: (signedIn: SignedIn) => void }) {
  const { text } = useLanguage().catalogue;
  const people = useQuery({ queryKey: ['demo-people'], queryFn: askDemoPeople });
  const signIn = useMutation({
    // What opens keys is loaded when somebody signs in, not with the first page.
    mutationFn: async ({ profile }: DemoPerson) => (await import('../device/signed-in.js')).signInDemo(profile, BUILD),
    onSuccess: onSignedIn,
    onError: () => void people.refetch(),
  });
  const { variables } = signIn;
  return (
    <>
      <p>{text('demo.text')}</p>
      <div aria-live="polite">
        {people.isPending && <p className="quiet">{text('demo.asking')}</p>}
        {people.isError && <p className="warning">{text('demo.failed')}</p>}
        {signIn.isPending && variables !== undefined && (
          <p>{text('demo.signingIn', { name: shown(variables.personName, 80) })}</p>
        )}
      </div>
      {signIn.isError && <Failure error={signIn.error} />}
      {statesOf(people.data ?? []).map(([state, those]) => (
        <People key={state} state={state} people={those} isBusy={signIn.isPending} pick={(one) => signIn.mutate(one)} />
      ))}
    </>
  );
}

interface PeopleParts {
  readonly state: string;
  readonly people: readonly DemoPerson[];
  readonly isBusy: boolean;
  readonly pick: (person: DemoPerson) => void;
}

function People({ state, people, isBusy, pick }: PeopleParts) {
  const { text } = useLanguage().catalogue;
  return (
    <>
      <h3 translate="no">
        <bdi>{state}</bdi>
      </h3>
      <ul className="plain people">
        {people.map((person) => (
          <li key={person.profile}>
            <button type="button" className="person" disabled={isBusy} onClick={() => pick(person)} translate="no">
              <bdi>{shown(person.personName, 80)}</bdi>
              <span className="post">
                <bdi>{shown(person.postName, 80)}</bdi>
              </span>
            </button>
            {person.devices === 0 && <span className="quiet"> {text('demo.gone')}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

function statesOf(people: readonly DemoPerson[]): readonly (readonly [string, readonly DemoPerson[]])[] {
  const states = [...new Set(people.map(({ stateName }) => stateName))];
  return states.map((state) => [shown(state, 60), people.filter(({ stateName }) => stateName === state)]);
}
