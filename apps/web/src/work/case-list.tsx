import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SignedIn } from '../device/signed-in.js';
import { Failure } from '../parts/failure.js';
import { useLanguage } from '../parts/language.js';
import { shown } from '../parts/shown.js';
import { type CaseRow, readCases } from './case-facts.js';
import { ReceivedInvitations } from './received-invitations.js';

interface CaseListParts {
  readonly signedIn: SignedIn;
  readonly choose: (caseId: string) => void;
}

/** The cases of this device, with a search that asks nobody: titles are sealed, so is what finds them. */
export function CaseList({ signedIn, choose }: CaseListParts) {
  const { text, locale } = useLanguage().catalogue;
  const cases = useQuery({ queryKey: ['cases'], queryFn: () => readCases(signedIn), staleTime: 0 });
  const [sought, setSought] = useState('');
  const rows = cases.data ?? [];
  const fit = rows.filter(({ title = '' }) =>
    title.toLocaleLowerCase(locale).includes(sought.toLocaleLowerCase(locale)),
  );
  return (
    <>
      <h1>{text('cases.heading')}</h1>
      <ReceivedInvitations signedIn={signedIn} />
      {rows.length > 0 && (
        <label className="field">
          <span>{text('cases.search')}</span>
          <input type="search" value={sought} onChange={({ target }) => setSought(target.value)} />
        </label>
      )}
      <div aria-live="polite">
        {cases.isPending && <p className="quiet">{text('cases.reading')}</p>}
        {cases.isSuccess && rows.length === 0 && <p className="quiet">{text('cases.none')}</p>}
        {rows.length > 0 && fit.length === 0 && <p className="quiet">{text('cases.noneFit')}</p>}
      </div>
      {cases.isError && <Failure error={cases.error} />}
      <ul className="plain cases">
        {fit.map((row) => (
          <CaseLine key={row.caseId} row={row} choose={choose} />
        ))}
      </ul>
      <BeginCase signedIn={signedIn} choose={choose} />
    </>
  );
}

function CaseLine({ row, choose }: { readonly row: CaseRow; readonly choose: (caseId: string) => void }) {
  const { text, counted, time } = useLanguage().catalogue;
  return (
    <li>
      <button type="button" className="person" onClick={() => choose(row.caseId)}>
        {row.title === undefined ? text('cases.untitled') : <bdi translate="no">{shown(row.title)}</bdi>}
        <span className="post">
          {counted('cases.people', row.people)} <span translate="no">{row.states.join(', ')}</span>
        </span>
        <span className="post" translate="no">
          {time(row.createdAtMs)}
        </span>
        {row.isClosed && <span className="post">{text('cases.closed')}</span>}
      </button>
    </li>
  );
}

function BeginCase({ signedIn, choose }: CaseListParts) {
  const { text } = useLanguage().catalogue;
  const [title, setTitle] = useState('');
  const queries = useQueryClient();
  const begin = useMutation({
    mutationFn: async () => (await signedIn.client.cases.create({ title: title.trim() })).caseId,
    onSuccess: async (caseId) => {
      await queries.invalidateQueries({ queryKey: ['cases'], refetchType: 'none' });
      choose(caseId);
    },
  });
  return (
    <section aria-labelledby="begin">
      <h2 id="begin">{text('cases.begin')}</h2>
      <form action={() => begin.mutate()}>
        <label className="field">
          <span>{text('cases.title')}</span>
          <input required maxLength={200} value={title} onChange={({ target }) => setTitle(target.value)} />
        </label>
        <button type="submit" disabled={begin.isPending || title.trim() === ''}>
          {text(begin.isPending ? 'cases.beginning' : 'cases.begin')}
        </button>
      </form>
      {begin.isError && <Failure error={begin.error} />}
    </section>
  );
}
