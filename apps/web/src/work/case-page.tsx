import { follow, type Justification, type OpenCase, rootOf } from '@rogatory/client';
import { parseCaseId } from '@rogatory/kernel';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { SignedIn } from '../device/signed-in.js';
import { Failure } from '../parts/failure.js';
import { useLanguage } from '../parts/language.js';
import { shown, shownLines } from '../parts/shown.js';
import { type CasePerson, homeOf } from './case-facts.js';
import { isLead } from './invitation-facts.js';
import { InviteSection } from './invite-section.js';
import { DocumentsSection } from './documents-section.js';

interface CasePageParts {
  readonly signedIn: SignedIn;
  readonly caseId: string;
  readonly back: () => void;
  /** Why this person reads, by case; they said so since they signed in. */
  readonly reasons: Map<string, Justification>;
}

/** One case: who is in it, and what they write to each other. */
export function CasePage({ signedIn, caseId, back, reasons }: CasePageParts) {
  const { text } = useLanguage().catalogue;
  const opened = useQuery({
    queryKey: ['case', caseId],
    queryFn: () => signedIn.client.cases.open(parseCaseId(caseId)),
    gcTime: 0,
  });
  return (
    <>
      <button type="button" className="plainly" onClick={back}>
        {text('case.back')}
      </button>
      <div aria-live="polite">{opened.isPending && <p className="quiet">{text('cases.reading')}</p>}</div>
      {opened.isError && <Failure error={opened.error} />}
      {opened.data !== undefined && <Home signedIn={signedIn} open={opened.data} reasons={reasons} />}
    </>
  );
}

interface HomeParts extends Pick<CasePageParts, 'signedIn' | 'reasons'> {
  readonly open: OpenCase;
}

function Home({ signedIn, open, reasons }: HomeParts) {
  const { text, time } = useLanguage().catalogue;
  const link = useLive(signedIn, open);
  const { title, people, messages } = homeOf(signedIn, open);
  const names = new Map(people.map(({ personId, name }) => [personId, name]));
  return (
    <>
      <h1>{title === undefined ? text('cases.untitled') : <bdi translate="no">{shown(title)}</bdi>}</h1>
      <section aria-labelledby="people">
        <h2 id="people">{text('case.people')}</h2>
        <ul className="plain">
          {people.map((person) => (
            <PersonLine key={person.personId} person={person} />
          ))}
        </ul>
      </section>
      <DocumentsSection signedIn={signedIn} open={open} reasons={reasons} />
      <section aria-labelledby="messages">
        <h2 id="messages">{text('case.messages')}</h2>
        {link.error !== undefined && <Failure error={link.error} />}
        <p className={link.isLive ? 'quiet' : 'warning'}>{text(link.isLive ? 'case.live' : 'case.offline')}</p>
        {messages.length === 0 && <p className="quiet">{text('case.noMessages')}</p>}
        <ol className="plain messages" aria-live="polite">
          {messages.map(({ objectId, author, sentAtMs, text: words }) => (
            <li key={objectId}>
              <p className="post" translate="no">
                <bdi>{names.get(author.personId) ?? author.personId.slice(0, 8)}</bdi> · {time(sentAtMs)}
              </p>
              <p className="words" translate="no" dir="auto">
                {shownLines(words)}
              </p>
            </li>
          ))}
        </ol>
        <Write signedIn={signedIn} open={open} />
      </section>
      {isLead(signedIn, open) && <InviteSection signedIn={signedIn} open={open} />}
    </>
  );
}

function PersonLine({ person }: { readonly person: CasePerson }) {
  const { text, counted } = useLanguage().catalogue;
  return (
    <li>
      <strong translate="no">
        <bdi>{person.name}</bdi>
      </strong>
      <span className="post" translate="no">
        <bdi>{person.post}</bdi> ({person.state})
      </span>
      <span className="post">{text(`role.${person.role}`)}</span>
      <span className="post">{counted('case.devices', person.devices)}</span>
    </li>
  );
}

function Write({ signedIn, open }: { readonly signedIn: SignedIn; readonly open: OpenCase }) {
  const { text } = useLanguage().catalogue;
  const [words, setWords] = useState('');
  const send = useMutation({
    mutationFn: () => signedIn.client.messages.post(open, rootOf(open.caseId), { text: words }),
    onSuccess: () => setWords(''),
  });
  return (
    <form action={() => send.mutate()}>
      <label className="field">
        <span>{text('case.write')}</span>
        <textarea required rows={3} value={words} onChange={({ target }) => setWords(target.value)} />
      </label>
      <button type="submit" disabled={send.isPending || words.trim() === ''}>
        {text(send.isPending ? 'case.sending' : 'case.send')}
      </button>
      {send.isError && <Failure error={send.error} />}
    </form>
  );
}

interface Link {
  readonly isLive: boolean;
  readonly error: unknown;
}

/** Follows the case while it is shown; every verified event draws it anew. */
function useLive(signedIn: SignedIn, open: OpenCase): Link {
  const [link, setLink] = useState<Link>({ isLive: true, error: undefined });
  const [, draw] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const redraw = (): void => draw((times) => times + 1);
    const forget = open.root.onChange(redraw);
    const run = async (): Promise<void> => {
      const onLink = (isLive: boolean): void => setLink({ isLive, error: undefined });
      for await (const event of follow(signedIn.client.gateway, open.root, { signal: stop.signal, onLink })) {
        if (event.position >= 0) redraw();
      }
    };
    run().catch((error: unknown) => setLink({ isLive: false, error }));
    return () => {
      stop.abort();
      forget();
    };
  }, [signedIn, open]);
  return link;
}
