import type { Justification } from '@rogatory/client';
import { limits } from '@rogatory/kernel';
import { legalBases } from '@rogatory/protocol';
import { useEffect, useRef, useState } from 'react';
import { useLanguage } from '../parts/language.js';

/** Those that a member of a case has; oversight and administration are of others. */
const bases = [
  'investigation',
  'jointInvestigationTeam',
  'europeanInvestigationOrder',
  'arrestWarrant',
  'freezingOrConfiscation',
  'informationExchange',
  'trial',
] as const satisfies readonly (keyof typeof legalBases)[];

interface AskWhyParts {
  readonly answer: (justification: Justification) => void;
  readonly cancel: () => void;
}

/** Asks why documents of a case are read, with the commonest reason filled in. */
export function AskWhy({ answer, cancel }: AskWhyParts) {
  const { text } = useLanguage().catalogue;
  const [basis, setBasis] = useState<(typeof bases)[number]>('investigation');
  const [words, setWords] = useState('');
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const own = words.trim();
  return (
    <dialog ref={dialog} aria-labelledby="why" onCancel={cancel}>
      <h3 id="why">{text('why.heading')}</h3>
      <p>{text('why.text')}</p>
      <form action={() => answer({ legalBasis: legalBases[basis], ...(own === '' ? {} : { text: own }) })}>
        <label className="field">
          <span>{text('why.basis')}</span>
          <select value={basis} onChange={({ target }) => setBasis(bases.find((one) => one === target.value) ?? basis)}>
            {bases.map((one) => (
              <option key={one} value={one}>
                {text(`basis.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>{text('why.words')}</span>
          <textarea
            rows={2}
            maxLength={limits.maxJustificationCharacters}
            value={words}
            onChange={({ target }) => setWords(target.value)}
          />
        </label>
        <button type="submit">{text('why.confirm')}</button>{' '}
        <button type="button" className="plainly" onClick={cancel}>
          {text('why.cancel')}
        </button>
      </form>
    </dialog>
  );
}
