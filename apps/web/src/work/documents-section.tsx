import { chosenFileSource } from '@rogatory/client/browser';
import { type Justification, type OpenCase, type OpenDocument, rootOf } from '@rogatory/client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { SignedIn } from '../device/signed-in.js';
import { Failure } from '../parts/failure.js';
import { useLanguage } from '../parts/language.js';
import { shown } from '../parts/shown.js';
import { AskWhy } from './ask-why.js';
import { DocumentView } from './document-view.js';
import { MAX_OPENED_BYTES, progressOf, readDocument } from './reading.js';

interface DocumentsParts {
  readonly signedIn: SignedIn;
  readonly open: OpenCase;
  /** Why this person reads in this case, once they said so; kept until they sign out. */
  readonly reasons: Map<string, Justification>;
}

/** The documents of a case: adding one, and opening one after the reason was given. */
export function DocumentsSection({ signedIn, open, reasons }: DocumentsParts) {
  const { text } = useLanguage().catalogue;
  const [wanted, setWanted] = useState<OpenDocument>();
  const [percent, setPercent] = useState(0);
  const documents = signedIn.client.documents.list(open.root);
  const read = useMutation({
    mutationFn: (wish: { readonly document: OpenDocument; readonly justification: Justification }) => {
      setPercent(0);
      return readDocument(signedIn, open, wish.document, { justification: wish.justification, onPercent: setPercent });
    },
    gcTime: 0,
  });
  const ask = (document: OpenDocument): void => {
    const justification = reasons.get(open.caseId);
    if (justification === undefined) setWanted(document);
    else read.mutate({ document, justification });
  };
  const answer = (justification: Justification): void => {
    reasons.set(open.caseId, justification);
    if (wanted !== undefined) read.mutate({ document: wanted, justification });
    setWanted(undefined);
  };
  return (
    <section aria-labelledby="documents">
      <h2 id="documents">{text('docs.heading')}</h2>
      {documents.length === 0 && <p className="quiet">{text('docs.none')}</p>}
      <ul className="plain">
        {documents.map((document) => (
          <DocumentLine key={`${document.objectId}-${document.version}`} document={document} ask={ask} />
        ))}
      </ul>
      {wanted !== undefined && <AskWhy answer={answer} cancel={() => setWanted(undefined)} />}
      <div aria-live="polite">{read.isPending && <p>{text('docs.opening', { percent })}</p>}</div>
      {read.isError && <Failure error={read.error} />}
      {read.data !== undefined && <DocumentView read={read.data} close={() => read.reset()} />}
      <AddDocument signedIn={signedIn} open={open} />
    </section>
  );
}

function DocumentLine({
  document,
  ask,
}: {
  readonly document: OpenDocument;
  readonly ask: (document: OpenDocument) => void;
}) {
  const { text, number } = useLanguage().catalogue;
  const { manifest, version, withdrawn } = document;
  const isTooLarge = manifest.trueSize > MAX_OPENED_BYTES;
  return (
    <li className="document">
      <div>
        <bdi translate="no">{shown(manifest.name)}</bdi>
        <span className="post">
          {text('docs.size', { size: number(manifest.trueSize) })}
          {version > 1 && <>, {text('docs.version', { version })}</>}
        </span>
        {withdrawn !== undefined && (
          <span className="post">{text('docs.withdrawn', { reason: shown(withdrawn) })}</span>
        )}
        {isTooLarge && <span className="post">{text('docs.tooLarge', { size: number(MAX_OPENED_BYTES) })}</span>}
      </div>
      {withdrawn === undefined && !isTooLarge && (
        <button type="button" onClick={() => ask(document)}>
          {text('docs.open')}
          <span className="unseen" translate="no">
            {' '}
            {shown(manifest.name)}
          </span>
        </button>
      )}
    </li>
  );
}

function AddDocument({ signedIn, open }: Omit<DocumentsParts, 'reasons'>) {
  const { text } = useLanguage().catalogue;
  const [percent, setPercent] = useState(0);
  const add = useMutation({
    mutationFn: (file: File) => {
      setPercent(0);
      const onProgress = progressOf(setPercent);
      return signedIn.client.documents.upload(open, rootOf(open.caseId), chosenFileSource(file), { onProgress });
    },
  });
  const take = (files: FileList | null): void => {
    const file = files?.[0];
    if (file !== undefined && !add.isPending) add.mutate(file);
  };
  return (
    <div
      className="drop"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        take(event.dataTransfer.files);
      }}
    >
      <label className="field">
        <span>{text('docs.choose')}</span>
        <input
          type="file"
          disabled={add.isPending}
          onChange={({ target }) => {
            take(target.files);
            target.value = ''; // what was added stands in the list; the same file can be chosen again
          }}
        />
      </label>
      <div aria-live="polite">
        {add.isPending && <p>{text('docs.adding', { name: shown(add.variables.name, 80), percent })}</p>}
      </div>
      {add.isError && <Failure error={add.error} />}
    </div>
  );
}
