import type { OpenCase } from '@rogatory/client';
import { parsePersonId } from '@rogatory/kernel';
import { caseRoles } from '@rogatory/protocol';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SignedIn } from '../device/signed-in.js';
import { Failure } from '../parts/failure.js';
import { useLanguage } from '../parts/language.js';
import { type Invitable, invitableOf, readAnswered } from './invitation-facts.js';

interface InviteParts {
  readonly signedIn: SignedIn;
  readonly open: OpenCase;
}

/** Inviting, by a lead: nobody is in before they accepted and the lead admitted them. */
export function InviteSection({ signedIn, open }: InviteParts) {
  const { text } = useLanguage().catalogue;
  return (
    <section aria-labelledby="invite">
      <h2 id="invite">{text('invite.heading')}</h2>
      <Answered signedIn={signedIn} open={open} />
      <InviteForm signedIn={signedIn} open={open} />
    </section>
  );
}

function Answered({ signedIn, open }: InviteParts) {
  const { text } = useLanguage().catalogue;
  const queries = useQueryClient();
  const answered = useQuery({
    queryKey: ['answered', open.caseId],
    queryFn: () => readAnswered(signedIn, open),
    gcTime: 0,
  });
  const admit = useMutation({
    mutationFn: async ({ offer, personId }: NonNullable<typeof answered.data>[number]) =>
      signedIn.client.invitations.admit(open, offer, { personId }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['answered', open.caseId] }),
  });
  return (
    <>
      {answered.isError && <Failure error={answered.error} />}
      {answered.data?.map((one) => (
        <p key={one.personId}>
          <bdi translate="no">{one.line}</bdi> {text('invite.accepted')}{' '}
          <button type="button" disabled={admit.isPending} onClick={() => admit.mutate(one)}>
            {text('invite.admit')}
          </button>
        </p>
      ))}
      {admit.isError && <Failure error={admit.error} />}
    </>
  );
}

function InviteForm({ signedIn, open }: InviteParts) {
  const { text } = useLanguage().catalogue;
  const [person, setPerson] = useState<Invitable>();
  const [history, setHistory] = useState<'all' | 'from-now'>();
  const people = invitableOf(signedIn, open);
  const invite = useMutation({
    mutationFn: async () => {
      if (person === undefined || history === undefined) return;
      const personId = parsePersonId(person.personId);
      // The words beside the button say what this decides. Another key than before is never decided on here.
      if (person.contact === 'changed') return;
      if (person.contact === 'unknown') await signedIn.client.contacts.accept(personId);
      const terms = { role: caseRoles.contributor, history: { kind: history } };
      await signedIn.client.invitations.invite(open, { invited: { personId }, ...terms });
    },
    onSuccess: () => {
      setPerson(undefined);
      setHistory(undefined);
    },
  });
  const choices = { all: text('invite.all'), 'from-now': text('invite.fromNow') } as const;
  return (
    <form action={() => invite.mutate()}>
      <label className="field">
        <span>{text('invite.person')}</span>
        <select
          required
          value={person?.personId ?? ''}
          onChange={({ target }) => setPerson(people.find(({ personId }) => personId === target.value))}
        >
          <option value="">{text('invite.choose')}</option>
          {people.map(({ personId, line }) => (
            <option key={personId} value={personId} translate="no">
              {line}
            </option>
          ))}
        </select>
      </label>
      <fieldset>
        <legend>{text('invite.history')}</legend>
        {(['all', 'from-now'] as const).map((kind) => (
          <label key={kind} className="radio">
            <input type="radio" name="history" checked={history === kind} onChange={() => setHistory(kind)} />
            {choices[kind]}
          </label>
        ))}
      </fieldset>
      {person?.contact === 'changed' && <p className="warning">{text('invite.changed')}</p>}
      {person?.contact === 'unknown' && (
        <p className="warning">
          {text('invite.uncompared')} <strong translate="no">{person.words}</strong>
        </p>
      )}
      <button
        type="submit"
        disabled={invite.isPending || person === undefined || person.contact === 'changed' || history === undefined}
      >
        {text('invite.send')}
      </button>
      <div aria-live="polite">{invite.isSuccess && <p>{text('invite.sent')}</p>}</div>
      {invite.isError && <Failure error={invite.error} />}
    </form>
  );
}
